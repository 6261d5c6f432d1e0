using System.Text.Json;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>The list of the last requests: one entry each, whatever the outcome, and no content of messages.</summary>
public sealed class ActivityTests : IAsyncLifetime
{
    private const string Answer =
        """{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"secret answer"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":3}}}""";

    private readonly PanelGateway _gateway = new();

    public Task InitializeAsync() => ((IAsyncLifetime)_gateway).InitializeAsync();

    public Task DisposeAsync() => ((IAsyncLifetime)_gateway).DisposeAsync();

    /// <summary>A record is written when its request is over, which may be after its response was read.</summary>
    private async Task<JsonElement> ActivityAsync(long requests, long after = 0)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var activity = (await _gateway.OwnerAsync("GET", "/api/activity" + (after == 0 ? "" : $"?after={after}"))).Json;
            if (activity.GetProperty("totals").GetProperty("requests").GetInt64() >= requests) return activity;
            await Task.Delay(5, limit.Token);
        }
    }

    [Fact]
    public async Task Each_request_is_listed_once_in_order_with_its_numbers()
    {
        var empty = await ActivityAsync(0);
        empty.GetProperty("records").GetArrayLength().ShouldBe(0);
        (empty.GetProperty("next").GetInt64(), empty.GetProperty("capacity").GetInt32()).ShouldBe((0, 1000));

        _gateway.Script(UpstreamScript.Json(Answer), UpstreamScript.Json("""{"error":{"message":"secret refusal","code":"rate_limit_exceeded"}}""", 429));
        var token = await _gateway.MintAsync("nano");
        await _gateway.OwnerAsync("POST", "/v1/chat/completions", """{"model":"openai/gpt-4o","messages":[{"role":"user","content":"secret question"}]}""");
        await ActivityAsync(1);
        await _gateway.OwnerAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("openai/gpt-4o"));
        await ActivityAsync(2);
        await _gateway.ChatAsync("Authorization: Bearer " + token, "nano/echo");
        await ActivityAsync(3);
        await _gateway.OwnerAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("nano/echo", stream: true));

        var activity = await ActivityAsync(4);
        var records = activity.GetProperty("records").EnumerateArray().ToList();
        records.Select(r => r.GetProperty("seq").GetInt64()).ShouldBe([1, 2, 3, 4]);
        records.Select(r => $"{r.GetProperty("provider")}/{r.GetProperty("model")} {r.GetProperty("status")} {r.GetProperty("outcome")} {r.GetProperty("stream")}").ShouldBe(
            ["openai/gpt-4o 200 ok False", "openai/gpt-4o 429 failed False", "nano/echo 200 ok False", "nano/echo 200 ok True"]);
        var first = records[0];
        (first.GetProperty("input_tokens").GetInt64(), first.GetProperty("output_tokens").GetInt64(), first.GetProperty("cache_read_tokens").GetInt64()).ShouldBe((7, 5, 3));
        first.GetProperty("cost_usd").GetDecimal().ShouldBeGreaterThan(0);
        first.GetProperty("caller").GetString().ShouldBe("owner");
        first.GetProperty("dialect").GetString().ShouldBe("openai-chat");
        records[1].GetProperty("error").GetString().ShouldBe("rate_limit_exceeded");
        records[1].GetProperty("input_tokens").ValueKind.ShouldBe(JsonValueKind.Null);
        records[2].GetProperty("caller").GetString()!.ShouldMatch("^token:[a-z0-9]{16}$");
        first.GetProperty("overhead_us").ValueKind.ShouldBe(JsonValueKind.Number);
        records[3].GetProperty("first_token_ms").ValueKind.ShouldBe(JsonValueKind.Number);
        activity.GetRawText().ShouldNotContain("secret");
        activity.GetRawText().ShouldNotContain(token);
        var totals = activity.GetProperty("totals");
        (totals.GetProperty("ok").GetInt64(), totals.GetProperty("failed").GetInt64()).ShouldBe((3, 1));

        var rest = await ActivityAsync(4, after: 3);
        rest.GetProperty("records").EnumerateArray().Single().GetProperty("seq").GetInt64().ShouldBe(4);
        (rest.GetProperty("next").GetInt64(), rest.GetProperty("missed").GetInt64()).ShouldBe((4, 0));
        rest.GetProperty("instance").GetString().ShouldBe(activity.GetProperty("instance").GetString());

        // One of them by its id, with the same numbers; nothing about others.
        var one = (await _gateway.OwnerAsync("GET", "/api/activity?request_id=" + first.GetProperty("request_id").GetString())).Json;
        one.GetProperty("instance").GetString().ShouldBe(activity.GetProperty("instance").GetString());
        one.GetProperty("record").GetRawText().ShouldBe(first.GetRawText());
        (await _gateway.OwnerAsync("GET", "/api/activity?request_id=nobodys")).Json.GetProperty("record").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task An_invalid_number_is_refused(string after)
    {
        var reply = await _gateway.OwnerAsync("GET", "/api/activity?after=" + after);
        ((int)reply.Status).ShouldBe(400);
        reply.Error().GetProperty("param").GetString().ShouldBe("after");
    }
}
