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

    private static string AnswerOf(string model, string members = "") =>
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"{{{model}}}",{{{members}}}"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}""";
}
