using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.LocalHost.Tests.Cases;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using Nano.Testing;
using Nano.Testing.Upstream;
using OpenTelemetry.Metrics;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>
/// Requests of every kind through a gateway that exports to a collector, one after the other, each in a trace of its own. The clock stands still, except
/// where a step moves it: how fast the machine is decides nothing.
/// </summary>
public sealed class ExportedDay : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions", Messages = "/v1/messages";

    /// <summary>The span of the caller, in every trace.</summary>
    internal const string CallerSpan = "b7ad6b7169203331";

    private const string Plans = """
        "models": {
          "hedged": { "targets": [ { "model": "one/late" }, { "model": "two/m" } ], "retries": 0, "hedge_after_ms": 5 },
          "spare": { "targets": [ { "model": "one/down" }, { "model": "two/m" } ] },
          "reach": { "targets": [ { "model": "five/m" }, { "model": "two/m" } ], "retries": 0 }
        },
        "prices": {
          "two/*": { "input": 1, "output": 1 },
          "four/*": { "input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75 },
          "open/*": { "input": 2.5, "output": 10, "cache_read": 1.25 }
        }
        """;

    private readonly FakeTimeProvider _clock = new TickingClock();
    private readonly List<string> _steps = [];
    private RoutingGateway _gateway = null!;

    /// <summary>The titles of the steps; the trace of the first one is 1.</summary>
    public IReadOnlyList<string> Steps => _steps;

    internal OtlpReceived Received { get; private set; } = null!;

    /// <summary>As they were while the gateway ran: some have no value once it has ended.</summary>
    internal IReadOnlyList<ProtoMessage> Metrics { get; private set; } = [];

    public static string TraceOf(int step) => $"{step:x32}";

    public async Task InitializeAsync()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        using var folder = new TemporaryFolder("nano-exported");
        using var closed = new ClosedPort();
        _gateway = await StartAsync(collector, folder, closed);
        await using (_gateway)
        {
            await HedgeAsync();
            await PassThroughAsync();
            await ConvertAsync();
            await OtherOperationsAsync();
            await FailAsync();
            await RefuseAsync();
            await RepeatAsync();
            await LeaveAsync();
            _gateway.Services.GetRequiredService<MeterProvider>().ForceFlush().ShouldBeTrue();
            Metrics = [.. collector.Received.Metrics];
        }
        Received = collector.Received;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private Task<RoutingGateway> StartAsync(OtlpReceiver collector, TemporaryFolder folder, ClosedPort closed) => RoutingGateway.StartAsync(Plans,
        configure: builder => builder.Services.AddSingleton<TimeProvider>(_clock),
        providers: upstream => $$"""
            , "four": { "type": "anthropic", "base_url": "{{upstream}}/four", "key": "FOUR_API_KEY" },
            "five": { "type": "openai-compatible", "base_url": "{{closed.Address}}/v1", "key": "FIVE_API_KEY" },
            "gem": { "type": "google", "base_url": "{{upstream}}/gem", "key": "GEM_API_KEY" },
            "open": { "type": "openai", "base_url": "{{upstream}}/open/v1", "key": "OPEN_API_KEY" }
            """,
        more:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Grpc), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_SERVICE_NAME", "nano-test"),
            // One export, when the day is over.
            ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"), ("OTEL_METRIC_EXPORT_TIMEOUT", "60000"),
            ("STATE_STORE", "sqlite:" + Path.Combine(folder.FullName, "state.db")), ("STATE_TIMEOUT_MILLISECONDS", "60000"),
            ("FOUR_API_KEY", GatewayFixture.ProviderKey("four")), ("FIVE_API_KEY", GatewayFixture.ProviderKey("five")),
            ("GEM_API_KEY", GatewayFixture.ProviderKey("gem")), ("OPEN_API_KEY", GatewayFixture.ProviderKey("open")),
        ]);

    /// <summary>The only step that moves the clock, so it is the first one.</summary>
    private async Task HedgeAsync()
    {
        _gateway.Answer(name => name == "one" ? new UpstreamScript().Header("content-type", "text/event-stream").Silence() : Stream());
        var open = AskAsync("a hedge", Chat, GatewayFixture.Ask("hedged", stream: true));
        await Wait.UntilAsync(() => _gateway.Upstream.Requests.Count == 1);
        await Wait.UntilAsync(() => _gateway.Upstream.Requests.Count == 2, between: () => _clock.Advance(TimeSpan.FromMilliseconds(1)));
        await open;
    }

    private async Task PassThroughAsync()
    {
        _gateway.Answer(_ => Responses.Whole());
        await AskAsync("a whole response", Chat, Body("one/m"));
        _gateway.Answer(_ => Stream());
        await AskAsync("a stream", Chat, GatewayFixture.Ask("one/m", stream: true));
        _gateway.Answer(_ => UpstreamScript.Json("""
            {"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"},
            {"index":1,"message":{"role":"assistant","content":"Ho"},"finish_reason":"length"}],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,
            "prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":5} } }
            """));
        await AskAsync("a model of the catalogue, two choices", Chat, Body("open/gpt-4o", ",\"n\":2"));
        _gateway.Answer(_ => Message(""","cache_creation_input_tokens":7,"cache_read_input_tokens":5"""));
        await AskAsync("the Messages API", Messages, Body("four/m", ",\"max_tokens\":100"));
        _gateway.Answer(_ => UpstreamScript.Sse("""
            data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4},"modelVersion":"m","responseId":"r"}
            """ + "\r\n\r\n"));
        await AskAsync("the Gemini API", "/v1beta/models/gem/m:streamGenerateContent?alt=sse", """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""");
    }

    private async Task ConvertAsync()
    {
        _gateway.Answer(_ => Message());
        await AskAsync("a conversion with a loss", Chat, Body("four/m", ",\"logit_bias\":{\"1\":1}"));
        _gateway.Answer(_ => UpstreamScript.Sse(
            Event("message_start",
                """{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"served","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}}}"""),
            Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
            Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"""),
            Event("content_block_stop", """{"type":"content_block_stop","index":0}"""),
            Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"""),
            Event("message_stop", """{"type":"message_stop"}""")));
        await AskAsync("a converted stream", Chat, GatewayFixture.Ask("four/m", stream: true));
        _gateway.Answer(_ => Responses.Whole());
        await AskAsync("the Responses API, converted", "/v1/responses", """{"model":"one/m","input":"Hello"}""");
        await AskAsync("a built-in model", Chat, Body("nano/echo"));

        static string Event(string type, string data) => $"event: {type}\ndata: {data}\n\n";
    }

    private async Task OtherOperationsAsync()
    {
        _gateway.Answer(_ => UpstreamScript.Json(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}],"model":"served","usage":{"prompt_tokens":1,"total_tokens":1}}"""));
        await AskAsync("embeddings", "/v1/embeddings", """{"model":"one/m","input":"Hello"}""");
        _gateway.Answer(_ => UpstreamScript.Json("""{"input_tokens":14}"""));
        await AskAsync("a token count", "/v1/messages/count_tokens", Body("four/m"));
    }

    private async Task FailAsync()
    {
        _gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Whole());
        await AskAsync("a retry", Chat, Body("spare"));
        await AskAsync("a refused connection", Chat, Body("reach"));
        _gateway.Answer(_ => Responses.Error(400, "invalid_value"));
        await AskAsync("a request that the provider rejects", Chat, Body("one/m"), status: 400);
        _gateway.Answer(_ => Responses.Error(429, "slow_down"));
        await AskAsync("a limit of the provider", Chat, Body("one/m"), status: 429);
        // The caller must have the beginning: else the error is the whole response.
        var heard = new TaskCompletionSource();
        _gateway.Answer(_ => UpstreamScript.Sse(Responses.Content("Hi")).WaitFor(heard.Task).Send(Responses.Failure));
        using (var response = await SendAsync("a stream that fails", Chat, GatewayFixture.Ask("one/m", stream: true)))
            (await GatewayReply.ReadAsync(response, "Hi", heard)).Text.ShouldContain("engine died");
        await RecordedAsync();
    }

    private async Task RefuseAsync()
    {
        await AskAsync("an unknown provider", Chat, Body("none/m"), status: 404);
        _gateway.Answer(_ => Responses.Whole());
        var limited = await KeyAsync("""{"requests_per_minute":1,"team":"red"}""");
        await AskAsync("a request within its rate", Chat, Body("one/m"), headers: limited);
        await AskAsync("a request above its rate", Chat, Body("one/m"), status: 429, headers: limited);
        _gateway.Answer(_ => Responses.Whole(output: 900));
        var poor = await KeyAsync("""{"budgets":[{"usd":0.001,"window":"total"}]}""");
        await AskAsync("a request that uses most of its budget", Chat, Body("two/m", ",\"max_tokens\":900"), headers: poor);
        await AskAsync("a request above its budget", Chat, Body("two/m", ",\"max_tokens\":900"), status: 429, headers: poor);
    }

    private async Task RepeatAsync()
    {
        _gateway.Answer(_ => Stream());
        await AskAsync("a miss of the response cache", Chat, GatewayFixture.Ask("three/m", stream: true), headers: ("x-nano-cache", "ttl=600"));
        await AskAsync("a hit of the response cache", Chat, GatewayFixture.Ask("three/m", stream: true), headers: ("x-nano-cache", "ttl=600"));
    }

    private async Task LeaveAsync()
    {
        _gateway.Answer(_ => UpstreamScript.Sse(Responses.Content("Hi")).Silence());
        using (var response = await SendAsync("a caller that leaves", Chat, GatewayFixture.Ask("one/m", stream: true)))
        {
            await using var stream = await response.Content.ReadAsStreamAsync();
            await StreamCaseTests.ReadUntilAsync(stream, "Hi");
        }
        await RecordedAsync();
    }

    /// <summary>A virtual key, as the header of a request.</summary>
    private async Task<(string, string)> KeyAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var created = await _gateway.Client.PostAsync("/api/keys", content);
        using var key = JsonDocument.Parse(await created.Content.ReadAsStringAsync());
        return ("Authorization", "Bearer " + key.RootElement.GetProperty("key").GetString());
    }

    private async Task AskAsync(string title, string path, string body, int status = 200, params (string Name, string Value)[] headers)
    {
        using (var response = await SendAsync(title, path, body, headers))
        {
            var reply = await GatewayReply.ReadAsync(response);
            ((int)reply.Status).ShouldBe(status, $"{title}: {reply.Text}");
        }
        await RecordedAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(string title, string path, string body, params (string Name, string Value)[] headers)
    {
        _steps.Add(title);
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        message.Headers.TryAddWithoutValidation("traceparent", $"00-{TraceOf(_steps.Count)}-{CallerSpan}-01");
        foreach (var (name, value) in headers) message.Headers.TryAddWithoutValidation(name, value);
        return await _gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The record is written after the response, and the list of recent requests gets it after the log and the metrics.</summary>
    private Task RecordedAsync() =>
        Wait.UntilAsync(() => _gateway.Services.GetRequiredService<RecentRequests>().Since(0).Totals.Requests == _steps.Count);

    private static string Body(string model, string more = "") => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]{{more}}}""";

    private static UpstreamScript Stream() => UpstreamScript.Sse(Responses.Content("Hi"), Responses.Content(" there"),
        """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"served","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""" + "\n\n",
        Responses.End);

    private static UpstreamScript Message(string cached = "") => UpstreamScript.Json(
        $$$"""{"id":"m","type":"message","role":"assistant","model":"served","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1{{{cached}}}}}""");

    /// <summary>A time that stands still could be measured as no time at all, which is not reported.</summary>
    private sealed class TickingClock() : FakeTimeProvider(new DateTimeOffset(2026, 1, 15, 12, 0, 0, TimeSpan.Zero))
    {
        private long _reads;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Increment(ref _reads);
    }
}
