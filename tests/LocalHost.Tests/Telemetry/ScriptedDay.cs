using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Nano.Export;
using Nano.LocalHost.Tests.Cases;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Telemetry;

using Responses = Nano.LocalHost.Tests.Routing.Responses;

/// <summary>A gateway and everything that its metrics count: each pass repeats every event.</summary>
internal sealed class ScriptedDay : IAsyncDisposable
{
    private const string Plans = """
        "models": { "spare": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ] } },
        "prices": { "two/*": { "input": 1, "output": 1 } }
        """;

    /// <summary>More dated names of a model than metrics keep apart.</summary>
    private const int DatedNames = 300;

    /// <summary>More tag combinations than an instrument keeps apart.</summary>
    private const int Combinations = 4100;

    private readonly TemporaryFolder _folder;
    private readonly ClosedPort _collector;
    private int _pass;

    private ScriptedDay(RoutingGateway gateway, TemporaryFolder folder, ClosedPort collector) => (Gateway, _folder, _collector) = (gateway, folder, collector);

    public RoutingGateway Gateway { get; }

    public static async Task<ScriptedDay> StartAsync()
    {
        var folder = new TemporaryFolder("nano-day");
        var collector = new ClosedPort();
        var gateway = await RoutingGateway.StartAsync(Plans, providers: upstream => $$"""
            , "four": { "type": "anthropic", "base_url": "{{upstream}}/four", "key": "FOURTH_API_KEY" }
            """, more:
        [
            ("METRICS_ENDPOINT", "key"), ("KEEP_ALIVE_SECONDS", "1"), ("FOURTH_API_KEY", GatewayFixture.ProviderKey("four")),
            // Busy machines respond late.
            ("STATE_STORE", "sqlite:" + Path.Combine(folder.FullName, "state.db")), ("STATE_TIMEOUT_MILLISECONDS", "60000"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
            ("OTEL_BSP_SCHEDULE_DELAY", "10"),
        ]);
        return new ScriptedDay(gateway, folder, collector);
    }

    public async Task PassAsync()
    {
        _pass++;
        var dropped = Gateway.Services.GetRequiredService<ExportCounts>().Dropped;
        await FailOverAsync();
        await LoseAsync();
        await SpendAsync();
        await KeepAliveAsync();
        await RepeatAsync();
        Overflow();
        await Wait.UntilAsync(() => Gateway.Services.GetRequiredService<ExportCounts>().Dropped > dropped);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _collector.Dispose();
        _folder.Dispose();
    }

    /// <summary>A stream and a whole response, each after a failed attempt.</summary>
    private async Task FailOverAsync()
    {
        Gateway.Answer(name => name == "one" ? Responses.Error(503) : UpstreamScript.Sse(Responses.Content("Hi"), Responses.Content(" there"), Responses.End));
        await ServedAsync(Gateway.ChatAsync("spare", stream: true));
        Gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Whole());
        await ServedAsync(Gateway.ChatAsync("spare"));
    }

    /// <summary>The Messages API has no <c>logit_bias</c>.</summary>
    private async Task LoseAsync()
    {
        Gateway.Answer(_ => UpstreamScript.Json("""
            {"id":"m","type":"message","role":"assistant","model":"served","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}
            """));
        await ServedAsync(SendAsync(Body("four/m", ",\"logit_bias\":{\"1\":1}")));
    }

    /// <summary>A key with a budget of 0.001 USD: the first request costs 0.0009 USD and more, and the second is refused.</summary>
    private async Task SpendAsync()
    {
        using var content = new StringContent("""{"budgets":[{"usd":0.001,"window":"total"}]}""", Encoding.UTF8, "application/json");
        using var created = await Gateway.Client.PostAsync("/api/keys", content);
        using var key = JsonDocument.Parse(await created.Content.ReadAsStringAsync());
        var authorization = ("Authorization", "Bearer " + key.RootElement.GetProperty("key").GetString());
        Gateway.Answer(_ => Responses.Whole(output: 900));
        await ServedAsync(SendAsync(Body("two/m", ",\"max_tokens\":900"), authorization));
        (await SendAsync(Body("two/m", ",\"max_tokens\":900"), authorization)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    /// <summary>The provider is silent until the caller has a comment.</summary>
    private async Task KeepAliveAsync()
    {
        var heard = new TaskCompletionSource();
        Gateway.Answer(_ => UpstreamScript.Sse(Responses.Content("Hi")).WaitFor(heard.Task).Send(Responses.End));
        using var response = await Gateway.SendAsync(GatewayFixture.Ask("three/m", stream: true));
        await using var stream = await response.Content.ReadAsStreamAsync();
        await StreamCaseTests.ReadUntilAsync(stream, "\n: ");
        heard.SetResult();
        (await new StreamReader(stream).ReadToEndAsync()).ShouldContain("[DONE]");
    }

    /// <summary>A miss and a hit of the response cache.</summary>
    private async Task RepeatAsync()
    {
        Gateway.Answer(_ => Responses.Whole());
        foreach (var expected in (string[])["miss", "hit"])
            (await ServedAsync(SendAsync(Body("three/m", $",\"user\":\"{_pass}\""), ("x-nano-cache", "ttl=600")))).Headers["x-nano-cache"].ShouldBe(expected);
    }

    private void Overflow()
    {
        var telemetry = Gateway.Services.GetRequiredService<GatewayTelemetry>();
        var first = new DateOnly(2020, 1, 1);
        for (var i = 0; i < DatedNames; i++) telemetry.Write(Record($"gpt-4o-{first.AddDays(i):yyyy-MM-dd}", cache: null));
        for (var i = 0; i < Combinations; i++) telemetry.Write(Record("gpt-4o", $"result-{i}"));

        static UsageRecord Record(string answered, string? cache) => new()
        {
            RequestId = "r", Dialect = "openai-chat", Caller = "owner", StartedAt = default, Duration = 1, Provider = "openai", Model = "gpt-4o", ListedModel = "gpt-4o",
            AnsweredModel = answered, ListedAnsweredModel = "gpt-4o", Cache = cache,
        };
    }

    private static string Body(string model, string more) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]{{more}}}""";

    private async Task<GatewayReply> SendAsync(string body, params (string Name, string Value)[] headers)
    {
        using var response = await Gateway.SendAsync(body, headers: headers);
        return await GatewayReply.ReadAsync(response);
    }

    private static async Task<GatewayReply> ServedAsync(Task<GatewayReply> request)
    {
        var reply = await request;
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        return reply;
    }
}
