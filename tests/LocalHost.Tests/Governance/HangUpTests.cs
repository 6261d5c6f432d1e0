using System.Text;
using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>Streams are read on after their caller has left, for longer than any test takes.</summary>
public sealed class DrainingGateway : GovernedGateway
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["HANG_UP_DRAIN_SECONDS"] = "600" };
}

/// <summary>The shortest time.</summary>
public sealed class BrieflyDrainingGateway : GovernedGateway
{
    protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["HANG_UP_DRAIN_SECONDS"] = "1" };
}

/// <summary>A caller who hangs up, where the usage comes at the end of the stream and <c>HANG_UP_DRAIN_SECONDS</c> is set. Without it: <see cref="BudgetTests"/>.</summary>
public sealed class HangUpTests(DrainingGateway gateway, BrieflyDrainingGateway brief) : IClassFixture<DrainingGateway>, IClassFixture<BrieflyDrainingGateway>
{
    private const string Usage = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":77,"total_tokens":1077}}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";

    /// <summary>Long enough that the gateway has seen the caller leave; if it has not, the stream ends as for a caller who stays, with the same charge.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"openai/gpt-4o","stream":true,"messages":[{"role":"user","content":"Hello"}]}""")]
    [InlineData("/v1/messages", """{"model":"openai/gpt-4o","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}""")]
    [InlineData("/v1/messages", """{"model":"openai/gpt-4o","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}""", false)]
    public async Task The_reported_usage_is_charged_when_it_arrives_in_time(string path, string request, bool hasEnd = true)
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        var left = new TaskCompletionSource();
        gateway.Script(Begin().WaitFor(left.Task).Delay(Pause).Send(Chunk("there", null)).Delay(Pause).Send(Chunk("", "stop"))
            // Some servers omit the blank line after the last event.
            .Send(hasEnd ? Usage + Done : Usage[..^1]));
        await HangUpAsync(gateway, path, request, key);
        left.SetResult();
        var attempt = await SettledAsync(gateway, id);
        (attempt.GetProperty("input_tokens").GetInt32(), attempt.GetProperty("output_tokens").GetInt32()).ShouldBe((1000, 77));
        attempt.GetProperty("presumed").GetBoolean().ShouldBeFalse();
        attempt.GetProperty("outcome").GetString().ShouldBe("client_closed_request");
        var record = await gateway.Usage.OneAsync();
        (record["Outcome"]!.ToString(), record["Cost"]).ShouldBe(("CallerGone", await gateway.SpentAsync(id)));
    }

    [Fact]
    public async Task Without_usage_at_the_end_what_was_generated_is_presumed()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        var left = new TaskCompletionSource();
        gateway.Script(Begin().WaitFor(left.Task).Delay(Pause).Send(Chunk("there", null)).Send(Chunk("!", null)).Cut());
        await HangUpAsync(gateway, "/v1/chat/completions", GatewayFixture.Ask("openai/gpt-4o", stream: true), key);
        left.SetResult();
        var attempt = await SettledAsync(gateway, id);
        // An event with content each, also those that came after the caller had left.
        (attempt.GetProperty("output_tokens").GetInt32(), attempt.GetProperty("presumed").GetBoolean()).ShouldBe((3, true));
    }

    [Fact]
    public async Task A_provider_that_goes_on_for_longer_is_let_go_and_what_was_generated_is_presumed()
    {
        var (id, key) = await brief.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        var left = new TaskCompletionSource();
        brief.Script(Begin().WaitFor(left.Task).Send(Chunk("there", null)).Silence());
        await HangUpAsync(brief, "/v1/chat/completions", GatewayFixture.Ask("openai/gpt-4o", stream: true), key);
        left.SetResult();
        var attempt = await SettledAsync(brief, id);
        attempt.GetProperty("presumed").GetBoolean().ShouldBeTrue();
        attempt.GetProperty("output_tokens").GetInt32().ShouldBeInRange(1, 2);
        attempt.GetProperty("outcome").GetString().ShouldBe("client_closed_request");
    }

    /// <summary>The gateway's own key has no budget to be charged: its provider is let go at once, not after 600 seconds.</summary>
    [Fact]
    public async Task A_caller_without_a_policy_ends_the_stream_at_once()
    {
        gateway.Script(Begin().Silence());
        await HangUpAsync(gateway, "/v1/chat/completions", GatewayFixture.Ask("openai/gpt-4o", stream: true), GatewayFixture.CallerKey);
        (await gateway.Usage.OneAsync())["Outcome"]!.ToString().ShouldBe("CallerGone");
    }

    private static UpstreamScript Begin() => new UpstreamScript().Header("content-type", "text/event-stream").Send(Chunk("Hi", null));

    private static string Chunk(string text, string? finish) =>
        $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{text}}}"},"finish_reason":{{{(finish is null ? "null" : "\"" + finish + "\"")}}}}]}""" + "\n\n";

    /// <summary>Reads the beginning of a stream and closes the connection.</summary>
    private static async Task HangUpAsync(GovernedGateway gateway, string path, string request, string key)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = gateway.Client.BaseAddress };
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(request, Encoding.UTF8, "application/json") };
        message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        (await stream.ReadAsync(new byte[64])).ShouldBeGreaterThan(0);
    }

    private static async Task<JsonElement> SettledAsync(GovernedGateway gateway, string key)
    {
        var line = default(JsonElement);
        await Wait.UntilAsync(async () =>
        {
            var text = (await gateway.OwnerAsync("GET", $"/api/usage/export?key={key}")).Text;
            if (text.Length == 0) return false;
            line = JsonDocument.Parse(text).RootElement;
            return line.GetProperty("state").GetString() == "settled";
        });
        return line;
    }
}
