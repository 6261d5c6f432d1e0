using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Json;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Start;

/// <summary>The .NET tool: packed from the output that these tests run anyway, installed from a folder, and run like its users do.</summary>
public sealed class ToolTests(ToolTests.Installed tool) : IClassFixture<ToolTests.Installed>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public sealed class Installed : IAsyncLifetime
    {
        public TemporaryFolder Folder { get; } = new("nano-tool");

        public string Package { get; private set; } = "";

        public string Command => Path.Combine(Folder.FullName, "tools", OperatingSystem.IsWindows() ? "nano-gateway.exe" : "nano-gateway");

        public async Task InitializeAsync()
        {
            var packages = Path.Combine(Folder.FullName, "packages");
            var project = Path.Combine(WireCorpus.RepositoryRoot, "src", "LocalHost", "LocalHost.csproj");
            var configuration = Path.GetFileName(Path.GetDirectoryName(typeof(LocalHostApp).Assembly.Location)!);
            await RunAsync("dotnet", "msbuild", project, "-target:Pack", "-nologo", "-verbosity:quiet", "-nodeReuse:false",
                $"-property:Configuration={configuration}", "-property:NoBuild=true", $"-property:PackageOutputPath={packages}{Path.DirectorySeparatorChar}",
                // Files of an earlier publish would be packed too.
                $"-property:PublishDir={Path.Combine(Folder.FullName, "publish")}{Path.DirectorySeparatorChar}");
            Package = Directory.EnumerateFiles(packages, "nano-gateway.*.nupkg").Single();
            await RunAsync("dotnet", "tool", "install", "nano-gateway", "--tool-path", Path.GetDirectoryName(Command)!, "--source", packages);
        }

        public Task DisposeAsync()
        {
            Folder.Dispose();
            return Task.CompletedTask;
        }

        public async Task<string> RunAsync(string command, params string[] arguments)
        {
            var (code, output) = await EndAsync(command, arguments);
            code.ShouldBe(0, output);
            return output;
        }

        public async Task<(int Code, string Output)> EndAsync(string command, params string[] arguments)
        {
            using var process = Start(command, arguments);
            var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            using var patience = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, string.Concat(await output));
        }

        public Process Start(string command, params string[] arguments)
        {
            var start = new ProcessStartInfo(command, arguments) { WorkingDirectory = Folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
            // Leave nothing of this test in the user's caches.
            start.Environment["NUGET_PACKAGES"] = Path.Combine(Folder.FullName, "cache");
            start.Environment["PORT"] = "0";
            return Process.Start(start)!;
        }
    }

    [Fact]
    public async Task It_serves_the_built_in_model_and_the_panel()
    {
        using var process = tool.Start(tool.Command);
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var welcome = await process.StandardOutput.ReadLineAsync(patience.Token);
            var url = welcome?.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)).ShouldNotBeNull(await RestAsync(process, welcome));
            using var client = new HttpClient { BaseAddress = new Uri(new Uri(url!), "/") };
            client.DefaultRequestHeaders.Authorization = new("Bearer", "Nano");
            using var chat = await client.PostAsJsonAsync("/v1/chat/completions", new { model = "nano/echo", messages = new[] { new { role = "user", content = "Hello" } } });
            (await chat.Content.ReadAsStringAsync()).ShouldContain("Hello");
            (await client.GetStringAsync("/access")).ShouldContain("<html");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task It_prints_its_usage_and_its_version()
    {
        (await tool.RunAsync(tool.Command, "--help")).ShouldContain("Usage: nano-gateway");
        Path.GetFileName(tool.Package).ShouldBe($"nano-gateway.{(await tool.RunAsync(tool.Command, "--version")).Trim()}.nupkg");
        var (code, output) = await tool.EndAsync(tool.Command, "--port", "80");
        code.ShouldBe(2);
        output.ShouldContain("Unknown argument '--port'");
    }

    /// <summary>As dnx, which is the same command.</summary>
    [Fact]
    public async Task It_runs_without_an_installation() =>
        (await tool.RunAsync("dotnet", "tool", "exec", "nano-gateway", "--yes", "--source", Path.GetDirectoryName(tool.Package)!, "--", "--version")).Trim()
            .ShouldEndWith((await tool.RunAsync(tool.Command, "--version")).Trim());

    [Fact]
    public void It_has_no_symbols_no_settings_and_libraries_of_servers_only()
    {
        using var package = ZipFile.OpenRead(tool.Package);
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        files.ShouldContain("README.md");
        files.Where(file => Path.GetExtension(file) == ".pdb" || Path.GetFileName(file) is "Nano.Core.xml" or "nano.json" or ".env" or "web.config").ShouldBeEmpty();
        files.ShouldContain(file => file.EndsWith("/Microsoft.Data.Sqlite.dll", StringComparison.Ordinal));
        files.Where(file => file.Contains("/native/")).Select(file => file.Split('/')[^3].Split('-')[0]).Distinct().Order().ShouldBe(["linux", "osx", "win"]);
    }

    /// <summary>What <c>dotnet publish</c> tells MSBuild. A build and the package need no compiler for one platform.</summary>
    [Theory]
    [InlineData("true", "-property:_IsPublishing=true")]
    [InlineData("false", "-property:_IsPublishing=true", "-property:PublishReadyToRun=false")]
    [InlineData("", "-property:_IsPublishing=true", "-property:PublishAot=true")]
    [InlineData("")]
    public async Task Only_a_publish_compiles_ahead(string expected, params string[] properties)
    {
        var project = Path.Combine(WireCorpus.RepositoryRoot, "src", "LocalHost", "LocalHost.csproj");
        (await tool.RunAsync("dotnet", ["msbuild", project, "-nologo", "-nodeReuse:false", "-getProperty:PublishReadyToRun", .. properties])).Trim().ShouldBe(expected);
    }

    private static async Task<string> RestAsync(Process process, string? welcome) =>
        welcome is null ? await process.StandardError.ReadToEndAsync() : welcome;
}
