using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Inbound;
using Nano.Providers.Catalogue;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Start;

/// <summary>
/// What a gateway loads before its first request and for its first response, each in a separate process: time is measured by
/// <c>bench/coldstart.sh</c>, and the causes of its cost are tested here.
/// </summary>
public sealed partial class ColdStartTests : IDisposable
{
    /// <summary>Libraries that neither a start nor the built-in model needs, by the beginning of the assembly's or library's name, and their purpose.</summary>
    private static readonly (string Name, string Work)[] Unwanted =
    [
        ("libssl", "cryptography, whose library and settings are read from the disk"),
        ("Azure.", "Key Vault or Entra, which no request has asked for"),
        ("Microsoft.Identity", "tokens, which no caller has sent"),
        ("System.Linq.Expressions", "expression trees"),
        ("System.Text.RegularExpressions", "regular expressions"),
        ("System.Reflection.DispatchProxy", "types that are made at run time"),
        ("System.Collections.Immutable", "frozen collections, slow to build"),
        ("System.Private.Xml", "XML"),
        ("Microsoft.Extensions.Caching", "the response cache, which no request has asked for"),
        ("StackExchange.Redis", "a store, which nothing has used"),
        ("OpenTelemetry", "exporters, which no setting asks for"),
    ];

    private readonly TemporaryFolder _folder = new("nano-start");

    private string LogFile => Path.Combine(_folder.FullName, "start.log");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData]
    [InlineData("KEY_VAULT_URI=https://nano-test.vault.azure.net/")]
    public async Task Before_the_first_request_nothing_is_read_connected_or_loaded_that_a_start_does_not_need(params string[] settings)
    {
        using var gateway = await StartAsync(settings);
        Excess(gateway).ShouldBeEmpty();
        gateway.Log.ShouldContain("assembly Nano.Core", "the hook did not run");
    }

    [Fact]
    public async Task The_first_response_of_the_built_in_model_needs_no_connection_no_cryptography_and_no_sdk()
    {
        using var gateway = await StartAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");
        using var answer = await client.PostAsJsonAsync("/v1/chat/completions", new { model = "nano/echo", messages = new[] { new { role = "user", content = "Hello" } } });
        answer.IsSuccessStatusCode.ShouldBeTrue();
        Excess(gateway).ShouldBeEmpty();
    }

    [Fact]
    public async Task Exporters_are_loaded_when_a_setting_asks_for_them()
    {
        using var collector = new ClosedPort();
        using var gateway = await StartAsync("OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.Address);
        Excess(gateway).ShouldContain(line => line.StartsWith("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_model_catalogue_is_not_read_before_a_request_needs_it()
    {
        var catalogue = ModelCatalogue.FromJson("this cannot be read"u8.ToArray());
        Should.Throw<InvalidDataException>(() => catalogue.Models);
        await using var host = LocalHostApp.Build(new Dictionary<string, string> { ["PORT"] = "0" }, complaint => complaint.ShouldBeNull(), builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(catalogue);
        });
        host!.Services.GetRequiredService<ModelCatalogue>().ShouldBeSameAs(catalogue);
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls.First()) };
        (await client.GetAsync("/healthz")).EnsureSuccessStatusCode();
    }

    private static IEnumerable<string> Excess(Gateway gateway)
    {
        foreach (var line in gateway.Log.Where(line => line.StartsWith("network "))) yield return line;
        foreach (var file in gateway.Log.Select(line => line[(line.IndexOf(' ') + 1)..]).Concat(gateway.NativeLibraries))
        {
            foreach (var (name, work) in Unwanted) if (file.StartsWith(name, StringComparison.Ordinal)) yield return $"{file} was loaded: {work}";
        }
    }

    private async Task<Gateway> StartAsync(params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(LocalHostApp).Assembly.Location])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var kept in (string[])["PATH", "HOME", "DOTNET_ROOT", "TMPDIR"])
        {
            if (Environment.GetEnvironmentVariable(kept) is { } value) start.Environment[kept] = value;
        }
        foreach (var setting in settings) start.Environment[setting[..setting.IndexOf('=')]] = setting[(setting.IndexOf('=') + 1)..];
        start.Environment["PORT"] = "0";
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ColdStartTests).Assembly.Location;
        start.Environment[StartupHook.FileVariable] = LogFile;
        var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var welcome = await process.StandardOutput.ReadLineAsync(patience.Token);
        if (welcome is null) throw new InvalidOperationException("The gateway did not start: " + await complaints);
        return new Gateway(process, new Uri(Url().Match(welcome).Value), LogFile);
    }

    [GeneratedRegex("http://[0-9.:]+")]
    private static partial Regex Url();

    private sealed class Gateway(Process process, Uri address, string logFile) : IDisposable
    {
        public Uri Address => address;

        public string[] Log => File.ReadAllLines(logFile);

        /// <summary>The names of the files mapped into its memory, if the platform reports them (Linux).</summary>
        public IEnumerable<string> NativeLibraries =>
            OperatingSystem.IsLinux() ? File.ReadLines($"/proc/{process.Id}/maps").Select(line => Path.GetFileName(line[(line.LastIndexOf(' ') + 1)..])).Distinct() : [];

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
