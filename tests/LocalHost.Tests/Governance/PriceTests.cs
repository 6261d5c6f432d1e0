using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>Which price a charge has: that of the catalogue for the tier that served it, else that of the policy, else none.</summary>
public sealed class PriceTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    [Fact]
    public async Task A_model_without_a_known_price_is_refused_under_a_budget_and_served_without_one()
    {
        var (_, limited) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        var (_, free) = await gateway.CreateKeyAsync();
        gateway.Script(UpstreamScript.Json(AnswerOf("gpt-from-tomorrow")));
        var reply = await gateway.ChatAsync(limited, GatewayFixture.Ask("openai/gpt-from-tomorrow"));
        ((int)reply.Status).ShouldBe(403);
        reply.Error().GetProperty("code").GetString().ShouldBe("model_not_priced");
        ((int)(await gateway.ChatAsync(free, GatewayFixture.Ask("openai/gpt-from-tomorrow"))).Status).ShouldBe(200);
    }

    [Fact]
    public async Task The_tier_that_served_a_request_decides_its_price()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        var costs = new List<decimal>();
        foreach (var tier in (string?[])[null, "default", "fast", "unheard-of"])
        {
            gateway.Script(UpstreamScript.Json(AnswerOf("gpt-6.2-sol", tier is null ? "" : $"\"service_tier\":\"{tier}\",")));
            var before = await gateway.SpentAsync(id);
            // The requested tier is not what counts.
            var reply = await gateway.ChatAsync(key, """{"model":"openai/gpt-6.2-sol","max_tokens":200,"service_tier":"batch","messages":[{"role":"user","content":"Hello"}]}""");
            ((int)reply.Status).ShouldBe(200, reply.Text);
            costs.Add(await gateway.SpentAsync(id) - before);
            var attempt = (await gateway.UsageOfAsync(reply)).GetProperty("attempts")[0];
            (attempt.GetProperty("service_tier").GetString(), attempt.GetProperty("presumed").GetBoolean()).ShouldBe((tier, tier == "unheard-of"));
        }
        costs[0].ShouldBePositive();
        (costs[1], costs[2]).ShouldBe((costs[0], 2 * costs[0]));
        costs[3].ShouldBePositive("the estimate: its price is not known");
    }

    [Fact]
    public async Task A_price_that_the_policy_names_applies_to_models_without_one()
    {
        const string prices = """{"openai/gpt-from-t*":{"input":3,"output":40},"openai/*":{"input":9,"output":9}}""";
        var (id, key) = await gateway.CreateKeyAsync($$"""{"budgets":[{"usd":5,"window":"day"}],"prices":{{prices}}}""");
        gateway.Script(UpstreamScript.Json(AnswerOf("gpt-from-tomorrow")));
        var reply = await gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-from-tomorrow"));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        gateway.Usage.LastRequestId = reply.Headers["x-request-id"];
        // 1,000 tokens of input and 100 of output.
        const decimal cost = 0.007m;
        (reply.Headers["x-nano-cost"], await gateway.SpentAsync(id)).ShouldBe(("0.007", cost));
        (await gateway.Usage.OneAsync())["Cost"].ShouldBe(cost);
        (await gateway.UsageOfAsync(reply)).GetProperty("attempts")[0].GetProperty("price_version").GetString().ShouldBe("policy");
        // A model in the catalogue keeps its price.
        gateway.Script(UpstreamScript.Json(AnswerOf("gpt-4o")));
        var known = await gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-4o"));
        (await gateway.UsageOfAsync(known)).GetProperty("attempts")[0].GetProperty("price_version").GetString().ShouldNotBe("policy");
        (await gateway.OwnerAsync("GET", "/api/keys/" + id)).Json.GetProperty("prices").GetProperty("openai/gpt-from-t*").GetRawText().ShouldBe("""{"input":3,"output":40}""");
        foreach (var wrong in (string[])["[]", """{"a/b":1}""", """{"a/b":{"input":1}}""", """{"a b":{"input":1,"output":1}}""", """{"a/b":{"input":-1,"output":1}}"""])
            ((int)(await gateway.OwnerAsync("POST", "/api/keys", $$"""{"prices":{{wrong}}}""")).Status).ShouldBe(400, wrong);
        (await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"prices":{}}""")).Status.ShouldBe(System.Net.HttpStatusCode.OK);
        ((int)(await gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-from-tomorrow"))).Status).ShouldBe(403);
    }

    [Fact]
    public async Task Embeddings_without_reported_usage_cost_their_estimated_input()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}],"prices":{"openai/embed-from-tomorrow":{"input":1000,"output":1000}}}""");
        gateway.Script(UpstreamScript.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}],"model":"embed-from-tomorrow"}"""));
        // 52 bytes.
        var reply = await gateway.ChatAsync(key, """{"model":"openai/embed-from-tomorrow","input":"Hello"}""", "/v1/embeddings");
        ((int)reply.Status).ShouldBe(200, reply.Text);
        var attempt = (await gateway.UsageOfAsync(reply)).GetProperty("attempts")[0];
        (attempt.GetProperty("input_tokens").GetInt32(), attempt.GetProperty("output_tokens").GetInt32(), attempt.GetProperty("cost_usd").GetDecimal()).ShouldBe((14, 0, 0.014m));
    }

    /// <summary>What a stream has reported before it breaks off decides its price, and that of a report with other prices.</summary>
    [Theory]
    [InlineData("claude-sonnet-4-6", "", 0.6, null)]
    [InlineData("claude-opus-5-5", ",\"speed\":\"fast\"", 0, "fast")]
    public async Task A_stream_that_breaks_off_has_the_price_of_its_cache_and_its_tier(string model, string members, decimal least, string? tier)
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":50,"window":"day"}]}""");
        gateway.Script(UpstreamScript.Sse(Anthropic("message_start", $$$"""{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"{{{model}}}","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":100000,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":100000},"output_tokens":0{{{members}}} } } }""")
            + Anthropic("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            + Anthropic("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""")).Cut());
        var reply = await gateway.ChatAsync(key, $$"""{"model":"anthropic/{{model}}","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hello"}]}""", "/v1/messages");
        var attempt = (await gateway.UsageOfAsync(reply)).GetProperty("attempts")[0];
        var cost = attempt.GetProperty("cost_usd").GetDecimal();
        (attempt.GetProperty("presumed").GetBoolean(), attempt.GetProperty("service_tier").GetString()).ShouldBe((true, tier));
        cost.ShouldBeGreaterThan(least);
        var rows = (await gateway.OwnerAsync("POST", "/api/usage/recompute", $$"""{"key":"{{id}}"}""")).Json.GetProperty("rows");
        rows[0].GetProperty("recomputed_usd").GetDecimal().ShouldBe(cost);
    }

    /// <summary>
    /// A charge may not be of the tokens alone: Cohere bills other counts (<c>cohere-chatv2-sse-toolcall-7d75cd</c>), audio has a price of its own, and another
    /// model may respond. The same prices give the same sum.
    /// </summary>
    [Theory]
    [InlineData("cohere/command-a-reasoning-08-2025", "cohere/command-a-reasoning-08-2025", 2.5, 10, 0.00335,
        """{"id":"a","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"Hi"}]},"usage":{"billed_units":{"input_tokens":84,"output_tokens":314},"cached_tokens":1008,"tokens":{"input_tokens":1501,"output_tokens":346}}}""")]
    [InlineData("google/gemini-2.5-flash", null, 0, 0, 0.100025,
        """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":100000,"candidatesTokenCount":10,"totalTokenCount":100010,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":100000}]},"modelVersion":"gemini-2.5-flash"}""")]
    [InlineData("openai/gpt-4o", "openai/gpt-4o-mini", 0.15, 0.6, 0.00021, null)]
    public async Task A_charge_is_computed_again_from_what_was_priced(string model, string? named, double input, double output, double cost, string? answer)
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":50,"window":"day"}]}""");
        gateway.Script(UpstreamScript.Json(answer ?? AnswerOf("gpt-4o-mini")));
        var reply = await gateway.ChatAsync(key, GatewayFixture.Ask(model));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        (await gateway.SpentAsync(id)).ShouldBe((decimal)cost);
        await RecomputedAsync("");
        if (named is not null) await RecomputedAsync(FormattableString.Invariant($$$""","prices":{"{{{named}}}":{"input":{{{input}}},"output":{{{output}}}}}"""));

        async Task RecomputedAsync(string prices)
        {
            var row = (await gateway.OwnerAsync("POST", "/api/usage/recompute", $$"""{"key":"{{id}}"{{prices}}}""")).Json.GetProperty("rows")[0];
            (row.GetProperty("recomputed_usd").GetDecimal(), row.GetProperty("unpriced_attempts").GetInt32()).ShouldBe(((decimal)cost, 0), prices);
        }
    }

    private static string Anthropic(string type, string data) => $"event: {type}\ndata: {data}\n\n";

    private static string AnswerOf(string model, string members = "") =>
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"{{{model}}}",{{{members}}}"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}""";
}
