using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Limits;

/// <summary>The built gateway as a separate process: with little memory it refuses requests and keeps running, and after a load it releases memory.</summary>
public sealed partial class ProcessMemoryTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new("nano-memory");
    private readonly ConcurrentQueue<string> _log = new();
    private WebApplication _upstream = null!;
    private Process? _gateway;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        _upstream = builder.Build();
        _upstream.Run(AnswerAsync);
        await _upstream.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_gateway is { } gateway)
        {
            if (!gateway.HasExited) gateway.Kill();
            await gateway.WaitForExitAsync();
            gateway.Dispose();
        }
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _upstream.StopAsync(now.Token);
        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Passed through, edited for the provider, and converted.</summary>
    [Theory]
    [InlineData("openai/any")]
    [InlineData("mistral/any")]
    [InlineData("anthropic/claude-opus-5-5")]
    public async Task With_a_small_heap_32_concurrent_large_bodies_are_served_or_refused_and_never_a_500(string model)
    {
        await StartAsync("DOTNET_GCHeapHardLimit=24000000"); // hexadecimal: 576 MiB
        var body = Large(model, 24 * MiB);
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => StatusAsync(body)));
        answers.ShouldAllBe(answer => answer == "200" || answer == "503 after 2");
        answers.ShouldContain("200");
        _gateway!.HasExited.ShouldBeFalse();
        (await StatusAsync(Large(model, 10))).ShouldBe("200");
        // Each refusal has arrived, and has its record: a refusal that was lost with its connection would be missing here.
        var refused = answers.Count(answer => answer != "200");
        using var limit = new CancellationTokenSource(Patience);
        while (Overloaded() < refused && !limit.IsCancellationRequested) await Task.Delay(50);
        Overloaded().ShouldBe(refused);
    }

    [SkippableFact]
    public async Task After_a_load_memory_is_within_16_MiB_of_what_it_was_before()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The memory of a process is read from /proc.");
        await StartAsync();
        // The code and data that the first requests load stays, and so do the threads and connections of concurrent requests.
        foreach (var model in (string[])["openai/any", "mistral/any", "anthropic/claude-opus-5-5"])
        {
            var small = Large(model, 300_000);
            for (var i = 0; i < 20; i++) (await StatusAsync(small)).ShouldBe("200");
            (await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StatusAsync(small)))).ShouldAllBe(status => status == "200");
        }
        var idle = await LowestAsync(TimeSpan.FromSeconds(60));
        var peak = 0L;
        var large = Large("openai/any", 20 * MiB);
        var converted = Large("anthropic/claude-opus-5-5", 20 * MiB);
        for (var round = 0; round < 2; round++)
        {
            (await StatusAsync(Large("xai/endless", 10))).ShouldBe("502");
            await Task.WhenAll(Enumerable.Range(0, 16).Select(i => StatusAsync(i % 2 == 0 ? large : converted)));
            peak = Math.Max(peak, Resident());
        }
        peak.ShouldBeGreaterThan(idle + 50 * MiB, "there was no load");
        using var limit = new CancellationTokenSource(Patience);
        // Code that was compiled under load and larger buffers of open connections stay: a fifth of such a process's resident memory.
        while (Resident() > idle + 16 * MiB)
        {
            limit.IsCancellationRequested.ShouldBeFalse($"{Resident() / MiB} MiB after the load, {idle / MiB} MiB before it");
            await Task.Delay(500);
        }
    }

    /// <summary>The smallest resident memory within a time that is long enough for the gateway to release what it does not need.</summary>
    private async Task<long> LowestAsync(TimeSpan time)
    {
        var lowest = Resident();
        for (var end = DateTime.UtcNow + time; DateTime.UtcNow < end; await Task.Delay(500)) lowest = Math.Min(lowest, Resident());
        return lowest;
    }

    private static byte[] Large(string model, int length) =>
        Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{new string('x', length)}}"}]}""");

    private int Overloaded() => _log.Count(line => line.Contains("error=overloaded", StringComparison.Ordinal));

    /// <summary>The status, and the value of <c>Retry-After</c>.</summary>
    private async Task<string> StatusAsync(byte[] body)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await _client.PostAsync("/v1/chat/completions", content);
                if (answer.StatusCode != HttpStatusCode.RequestTimeout || tries == 10)
                    return $"{(int)answer.StatusCode}" + (answer.Headers.RetryAfter is { } wait ? $" after {wait}" : "");
            }
            catch (HttpRequestException) when (tries < 10 && !_gateway!.HasExited)
            {
                // On a machine that is busy for seconds, the web server drops a caller who sends too slowly.
            }
        }
    }

    /// <summary>Without the pages of files (assemblies), which the system may drop and load again at any time.</summary>
    private long Resident()
    {
        var line = File.ReadLines($"/proc/{_gateway!.Id}/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(Digits().Match(line).Value, System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        var path = context.Request.Path.Value!;
        context.Response.ContentType = "application/json";
        if (path.StartsWith("/xai", StringComparison.Ordinal))
        {
            var piece = new byte[64 * 1024];
            piece.AsSpan().Fill((byte)' ');
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.BodyWriter.WriteAsync(piece, context.RequestAborted);
            return;
        }
        await context.Response.WriteAsync(path.StartsWith("/anthropic", StringComparison.Ordinal)
            ? """{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"""
            : """{"id":"a","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""");
    }

    private async Task StartAsync(params string[] variables)
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
        var upstream = _upstream.Urls.First();
        string[] settings = ["PORT=0",
            .. ((string[])["OPENAI", "MISTRAL", "ANTHROPIC", "XAI"]).SelectMany(name => (string[])[$"{name}_API_KEY=key", $"{name}_BASE_URL={upstream}/{name.ToLowerInvariant()}"]),
            .. variables];
        foreach (var setting in settings) start.Environment[setting[..setting.IndexOf('=')]] = setting[(setting.IndexOf('=') + 1)..];
        _gateway = Process.Start(start)!;
        var complaints = _gateway.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        var welcome = await _gateway.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("The gateway did not start: " + await complaints);
        _ = Task.Run(async () =>
        {
            while (await _gateway.StandardOutput.ReadLineAsync() is { } line) _log.Enqueue(line);
        });
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(Url().Match(welcome).Value), Timeout = Patience };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");
    }

    [GeneratedRegex("http://[0-9.:]+")]
    private static partial Regex Url();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
