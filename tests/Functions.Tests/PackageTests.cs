using System.Diagnostics;
using Nano.Functions.Tests.Hosting;
using Nano.Testing;

namespace Nano.Functions.Tests;

/// <summary>The deployed files: the output of publishing src/Functions, and that they run.</summary>
public sealed class PackageTests(PackageTests.Published published) : IClassFixture<PackageTests.Published>
{
    /// <summary>Published from the output that these tests run anyway: like <c>dotnet publish</c>, without compiling ahead for another platform.</summary>
    public sealed class Published : IAsyncLifetime
    {
        public TemporaryFolder Folder { get; } = new("nano-package-");

        public async Task InitializeAsync()
        {
            var configuration = Path.GetFileName(WorkerProcess.Folder);
            var start = new ProcessStartInfo("dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList =
                {
                    "msbuild", Path.Combine(WorkerProcess.Repository, "src", "Functions", "Functions.csproj"), "-target:Publish", "-nologo", "-verbosity:quiet", "-nodeReuse:false",
                    $"-property:Configuration={configuration}", "-property:NoBuild=true", $"-property:PublishDir={Folder.FullName}{Path.DirectorySeparatorChar}",
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
            Folder.Dispose();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void It_contains_the_files_that_the_host_and_the_worker_read()
    {
        foreach (var name in new[] { "Functions.dll", "Nano.Core.dll", "host.json", "functions.metadata", "worker.config.json", "extensions.json", ".azurefunctions" })
            Path.Exists(Path.Combine(published.Folder.FullName, name)).ShouldBeTrue(name);
    }

    [Fact]
    public void It_has_no_symbols_no_documentation_files_and_no_settings() =>
        Directory.EnumerateFiles(published.Folder.FullName, "*", SearchOption.AllDirectories).Select(Path.GetFileName)
            .Where(name => Path.GetExtension(name) is ".pdb" or ".xml" || name == "local.settings.json").ShouldBeEmpty();

    [Fact]
    public async Task It_runs()
    {
        var settings = new Dictionary<string, string> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development", ["API_KEY"] = BothHosts.CallerKey };
        await using var host = await FunctionsHost.StartAsync(settings, published.Folder.FullName);
        using var client = new HttpClient { BaseAddress = host.Address };
        using var response = await client.SendAsync(BothHosts.Chat("""{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}"""));
        (await response.Content.ReadAsStringAsync()).ShouldContain("Hello");
        ((int)response.StatusCode).ShouldBe(200);
        (await BothHosts.SoonAsync(() => host.Results.FirstOrDefault())).Function.ShouldBe("ChatCompletions");
    }
}
