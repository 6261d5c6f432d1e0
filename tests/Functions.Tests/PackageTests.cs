using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Nano.Functions.Tests.Hosting;
using Nano.Testing;

namespace Nano.Functions.Tests;

/// <summary>The deployed files: the output of publishing src/Functions, and that they run.</summary>
public sealed partial class PackageTests(PackageTests.Published published) : IClassFixture<PackageTests.Published>
{
    /// <summary>The size of the deployed package in docs/azure.md, in bytes, rounded up.</summary>
    private const int MaxBytes = 14_500_000;

    /// <summary>The same without code that is compiled ahead.</summary>
    private const int MaxBytesWithoutCode = 8_400_000;

    /// <summary>
    /// Published from the output that these tests run anyway: like <c>dotnet publish</c>, without compiling ahead for another platform. With <c>NANO_PACKAGE</c>,
    /// the folder that an earlier <c>dotnet publish</c> has made, as the package is deployed (scripts/package.sh).
    /// </summary>
    public sealed class Published : IAsyncLifetime
    {
        private readonly TemporaryFolder _own = new("nano-package-");

        public string Folder => Environment.GetEnvironmentVariable("NANO_PACKAGE") is { Length: > 0 } folder ? folder : _own.FullName;

        public async Task InitializeAsync()
        {
            if (Folder != _own.FullName) return;
            var configuration = Path.GetFileName(WorkerProcess.Folder);
            var start = new ProcessStartInfo("dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList =
                {
                    "msbuild", Path.Combine(WorkerProcess.Repository, "src", "Functions", "Functions.csproj"), "-target:Publish", "-nologo", "-verbosity:quiet", "-nodeReuse:false",
                    $"-property:Configuration={configuration}", "-property:NoBuild=true", $"-property:PublishDir={Folder}{Path.DirectorySeparatorChar}",
                },
            };
            using var publish = Process.Start(start)!;
            var output = Task.WhenAll(publish.StandardOutput.ReadToEndAsync(), publish.StandardError.ReadToEndAsync());
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            await publish.WaitForExitAsync(patience.Token);
            publish.ExitCode.ShouldBe(0, string.Join('\n', await output));
        }

        public Task DisposeAsync()
        {
            _own.Dispose();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void It_contains_the_files_that_the_host_and_the_worker_read()
    {
        foreach (var name in new[] { "Functions.dll", "Nano.Core.dll", "host.json", "functions.metadata", "worker.config.json", "extensions.json", ".azurefunctions" })
            Path.Exists(Path.Combine(published.Folder, name)).ShouldBeTrue(name);
    }

    [Fact]
    public void It_has_no_symbols_no_documentation_files_and_no_settings() =>
        Directory.EnumerateFiles(published.Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName)
            .Where(name => Path.GetExtension(name) is ".pdb" or ".xml" || name == "local.settings.json").ShouldBeEmpty();

    /// <summary>Every cold start downloads the package. Compiled ahead, it is larger.</summary>
    [Fact]
    public void Its_zip_is_small()
    {
        using var zip = new MemoryStream();
        ZipFile.CreateFromDirectory(published.Folder, zip, CompressionLevel.SmallestSize, includeBaseDirectory: false);
        zip.Length.ShouldBeLessThanOrEqualTo(IsCompiledAhead ? MaxBytes : MaxBytesWithoutCode);
    }

    /// <summary>Its settings refuse it (SettingsTests): the native libraries are as large as all other engines.</summary>
    [Fact]
    public void It_has_no_SQLite()
    {
        Directory.EnumerateFiles(published.Folder, "*sqlite*", new EnumerationOptions { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive }).ShouldBeEmpty();
        File.ReadAllText(Path.Combine(published.Folder, "Functions.deps.json")).ShouldNotContain("sqlite", Case.Insensitive);
    }

    [Fact]
    public async Task It_runs_and_loads_nothing_that_is_not_compiled_ahead()
    {
        var settings = new Dictionary<string, string> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development", ["API_KEY"] = BothHosts.CallerKey };
        await using var host = await FunctionsHost.StartAsync(settings, published.Folder);
        using var client = new HttpClient { BaseAddress = host.Address };
        using var response = await client.SendAsync(BothHosts.Chat("""{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}"""));
        (await response.Content.ReadAsStringAsync()).ShouldContain("Hello");
        ((int)response.StatusCode).ShouldBe(200);
        (await BothHosts.SoonAsync(() => host.Results.FirstOrDefault())).Function.ShouldBe("ChatCompletions");
        if (!OperatingSystem.IsLinux()) return;
        var loaded = LoadedAssembly().Matches(await File.ReadAllTextAsync($"/proc/{host.WorkerId}/maps")).Select(match => match.Groups[1].Value).Distinct().ToList();
        loaded.ShouldContain("Nano.Core.dll");
        loaded.Intersect(NotCompiledAhead()).ShouldBeEmpty();
    }

    private bool IsCompiledAhead
    {
        get
        {
            using var core = new PEReader(File.OpenRead(Path.Combine(published.Folder, "Nano.Core.dll")));
            return core.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
        }
    }

    private static List<string> NotCompiledAhead()
    {
        var project = File.ReadAllText(Path.Combine(WorkerProcess.Repository, "src", "Functions", "Functions.csproj"));
        var names = Excluded().Matches(project).SelectMany(match => match.Groups[1].Value.Split(';')).ToList();
        names.ShouldContain("StackExchange.Redis.dll");
        return names;
    }

    [GeneratedRegex("<PublishReadyToRunExclude Include=\"([^\"]+)\"")]
    private static partial Regex Excluded();

    [GeneratedRegex("/([^/\n]+\\.dll)$", RegexOptions.Multiline)]
    private static partial Regex LoadedAssembly();
}
