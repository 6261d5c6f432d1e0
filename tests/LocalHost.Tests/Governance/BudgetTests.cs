using System.Globalization;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>Money: the charges of requests, and the refusals of a spent budget.</summary>
public sealed class BudgetTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    private const string Answer =
        """{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}""";

    [Fact]
    public async Task A_response_is_charged_with_its_real_usage_and_reports_its_cost()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"organization":"cost","team":"web","tags":{"app":"shop"},"budgets":[{"usd":1,"window":"month"}]}""");
        var reply = await gateway.ChatAsync(key, GovernedGateway.Echo(64), headers: ["x-claude-code-session-id: session-1", "x-nano-tags: app=fraud, env=test"]);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        var usage = reply.Json.GetProperty("usage");
        var cost = (usage.GetProperty("prompt_tokens").GetInt32() + 2 * usage.GetProperty("completion_tokens").GetInt32()) / 1_000_000m;
        decimal.Parse(reply.Headers["x-nano-cost"], CultureInfo.InvariantCulture).ShouldBe(cost);
        var exchange = await gateway.UsageOfAsync(reply);
        exchange.GetProperty("key").GetString().ShouldBe(id);
        exchange.GetProperty("team").GetString().ShouldBe("web");
        exchange.GetProperty("session").GetString().ShouldBe("session-1");
        exchange.GetProperty("cost_usd").GetDecimal().ShouldBe(cost);
        exchange.GetProperty("tags").GetRawText().ShouldBe("""{"app":"shop","env":"test"}""");
        var attempt = exchange.GetProperty("attempts").EnumerateArray().Single();
        attempt.GetProperty("state").GetString().ShouldBe("settled");
        attempt.GetProperty("presumed").GetBoolean().ShouldBeFalse();
        attempt.GetProperty("input_tokens").GetInt32().ShouldBe(usage.GetProperty("prompt_tokens").GetInt32());

        var report = await gateway.OwnerAsync("GET", "/api/usage?group_by=model,key,tag:app&organization=cost");
        var row = report.Json.GetProperty("rows").EnumerateArray().Single();
        row.GetProperty("model").GetString().ShouldBe("nano/echo");
        row.GetProperty("key").GetString().ShouldBe(id);
        row.GetProperty("tag:app").GetString().ShouldBe("shop");
        row.GetProperty("requests").GetInt32().ShouldBe(1);
        row.GetProperty("cost_usd").GetDecimal().ShouldBe(cost);
        var csv = await gateway.OwnerAsync("GET", "/api/usage?group_by=model&organization=cost&format=csv");
        csv.Headers["content-type"].ShouldBe("text/csv; charset=utf-8");
        csv.Text.Split("\r\n")[1].ShouldStartWith("nano/echo,1,1,");
    }

    /// <summary>Passed through and converted: the body of a converted request has been released when the attempt is reserved.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"nano/echo","max_completion_tokens":64,"messages":[{"role":"user","content":"Hello"}]}""")]
    [InlineData("/v1/messages", """{"model":"nano/echo","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}""")]
    [InlineData("/v1/responses", """{"model":"nano/echo","max_output_tokens":64,"input":"Hello"}""")]
    [InlineData("/v1beta/models/nano/echo:generateContent", """{"generationConfig":{"maxOutputTokens":64},"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""")]
    public async Task The_requests_own_output_limit_is_reserved(string path, string body)
    {
        // 64 tokens of output and some of input are less than 0.0005 USD; the model's 16,384 would be 0.03 USD.
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":0.0005,"window":"total"}]}""");
        var reply = await gateway.ChatAsync(key, body, path);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        decimal.Parse(reply.Headers["x-nano-cost"], CultureInfo.InvariantCulture).ShouldBePositive();
    }

    /// <summary>What does not help is not named: a default that the key has, or that does not count, and a limit if not even the input fits.</summary>
    [Theory]
    [InlineData("", "", "16384 tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it), or ask the administrator for default_output_tokens.")]
    [InlineData(",\"default_output_tokens\":4000", "", "4000 tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it).")]
    [InlineData("", "\"n\":2,", "32768 tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it), or ask the administrator for default_output_tokens.")]
    [InlineData("", "\"max_tokens\":5000,", null)]
    // 4,000 bytes cost 0.001 USD.
    [InlineData("", "\"user\":\"{4000}\",", null)]
    public async Task A_refusal_names_what_to_set_if_the_request_has_no_output_limit(string members, string request, string? advice)
    {
        var (_, key) = await gateway.CreateKeyAsync("{\"budgets\":[{\"usd\":0.001,\"window\":\"month\"}]" + members + "}");
        var reply = await gateway.ChatAsync(key, """{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""".Insert(1, request.Replace("{4000}", new string(' ', 4000))));
        reply.Error().GetProperty("code").GetString().ShouldBe("budget_exceeded");
        var message = reply.Error().GetProperty("message").GetString()!;
        if (advice is null) message.ShouldNotContain("output limit");
        else message.ShouldEndWith(" The request sets no output limit, so " + advice);
    }

    [Fact]
    public async Task A_refused_background_response_is_not_told_of_a_default()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":0.01,"window":"month"}]}""");
        var reply = await gateway.ChatAsync(key, """{"model":"openai/gpt-5.5","background":true,"input":"Hello"}""", "/v1/responses");
        var message = reply.Error().GetProperty("message").GetString()!;
        message.ShouldEndWith(" tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it).");
    }

    [Fact]
    public async Task A_stream_is_charged_before_it_ends_and_reports_its_cost_in_a_comment()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":1,"window":"total"}]}""");
        var reply = await gateway.ChatAsync(key, GovernedGateway.Echo(64, stream: true));
        reply.Text.ShouldContain("data: [DONE]");
        var comment = reply.Text.Split('\n').Single(line => line.StartsWith(": x-nano-cost: ", StringComparison.Ordinal));
        (await gateway.SpentAsync(id)).ShouldBe(decimal.Parse(comment[": x-nano-cost: ".Length..], CultureInfo.InvariantCulture));
    }

    /// <summary>Converted: the gateway writes the usage. With a cache, other callers may get the recording.</summary>
    [Fact]
    public async Task A_converted_stream_whose_caller_asked_for_usage_tells_its_cost_there()
    {
        const string asked = """{"model":"anthropic/claude-sonnet-4-6","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello"}]}""";
        var answer = UpstreamScript.Sse(
            Event("message_start", """ "message":{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[],"usage":{"input_tokens":9,"output_tokens":1}}"""),
            Event("content_block_start", """ "index":0,"content_block":{"type":"text","text":""}"""),
            Event("content_block_delta", """ "index":0,"delta":{"type":"text_delta","text":"Hi"}"""), Event("content_block_stop", "\"index\":0"),
            Event("message_delta", """ "delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}"""), "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":1,"window":"total"}]}""");
        gateway.Script(answer);
        var reply = await gateway.ChatAsync(key, asked);
        var usage = reply.Text.Split('\n').Single(line => line.Contains("\"usage\":{", StringComparison.Ordinal))["data: ".Length..];
        var cost = System.Text.Json.JsonDocument.Parse(usage).RootElement.GetProperty("usage").GetProperty("cost").GetDecimal();
        cost.ShouldBePositive();
        (await gateway.SpentAsync(id)).ShouldBe(cost);
        reply.Text.ShouldNotContain("x-nano-cost");

        var (_, caching) = await gateway.CreateKeyAsync("""{"cache":{"seconds":600}}""");
        gateway.Script(answer);
        var cached = await gateway.ChatAsync(caching, asked);
        cached.Text.ShouldNotContain("\"cost\":");
        cached.Text.ShouldContain(": x-nano-cost: ");

        static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";
    }

    [Fact]
    public async Task A_stream_that_is_passed_through_keeps_its_usage_as_it_came()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":1,"window":"total"}]}""");
        const string stream = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}""" + "\n\n"
            + """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11}}""" + "\n\n"
            + "data: [DONE]\n\n";
        gateway.Script(UpstreamScript.Sse(stream));
        var reply = await gateway.ChatAsync(key, """{"model":"openai/gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello"}]}""");
        reply.Text.ShouldStartWith(stream);
        reply.Text[stream.Length..].ShouldStartWith(": x-nano-cost: ");
    }

    [Fact]
    public async Task Of_eight_concurrent_first_requests_only_those_within_the_budget_pass()
    {
        // 20,000 tokens of output are 0.2 USD: three requests fit, before any of them is known to cost less.
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":0.7,"window":"day","time_zone":"Europe/Berlin"}]}""");
        gateway.Script();
        var release = new TaskCompletionSource();
        gateway.Upstream.Answer(Enumerable.Repeat(0, 3).Select(_ => new UpstreamScript().Header("content-type", "application/json").WaitFor(release.Task).Send(Answer)).ToArray());
        var sent = Enumerable.Range(0, 8).Select(_ => gateway.ChatAsync(key, """{"model":"openai/gpt-4o","max_tokens":20000,"messages":[{"role":"user","content":"Hello"}]}"""))
            .ToArray();
        var refused = new List<GatewayReply>();
        for (var pending = sent.ToList(); refused.Count < 5;)
        {
            var first = await Task.WhenAny(pending);
            pending.Remove(first);
            refused.Add(await first);
        }
        release.SetResult();
        foreach (var reply in refused)
        {
            ((int)reply.Status).ShouldBe(429);
            reply.Error().GetProperty("code").GetString().ShouldBe("budget_exceeded");
        }
        (await Task.WhenAll(sent)).Count(reply => (int)reply.Status == 200).ShouldBe(3);
        gateway.Upstream.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_spent_budget_names_the_scope_the_limit_what_is_left_and_when_it_renews()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":0.0001,"window":"month"}]}""");
        var reply = await gateway.ChatAsync(key, GovernedGateway.Echo(1000));
        ((int)reply.Status).ShouldBe(429);
        reply.Headers["x-should-retry"].ShouldBe("false");
        int.Parse(reply.Headers["retry-after"]).ShouldBeInRange(1, 31 * 24 * 3600);
        var message = reply.Error().GetProperty("message").GetString()!;
        message.ShouldContain($"virtual key '{id}'");
        message.ShouldContain("0.0001 USD per month");
        message.ShouldContain("0.0001 USD are left");
        (await gateway.OwnerAsync("GET", "/api/usage/" + reply.Headers["x-request-id"])).Status.ShouldBe(System.Net.HttpStatusCode.NotFound, "a refusal leaves no trace");
        var anthropic = await gateway.ChatAsync(key, """{"model":"nano/echo","max_tokens":1000,"messages":[{"role":"user","content":"Hello"}]}""", "/v1/messages",
            "anthropic-version: 2023-06-01");
        ((int)anthropic.Status).ShouldBe(429);
        anthropic.Json.GetProperty("type").GetString().ShouldBe("error");
        anthropic.Json.GetProperty("error").GetProperty("type").GetString().ShouldBe("rate_limit_error");
    }

    [Fact]
    public async Task A_policy_of_the_team_limits_all_its_keys_together()
    {
        (await gateway.OwnerAsync("POST", "/api/policies", """{"organization":"pol","team":"web","budgets":[{"usd":0.003,"window":"total"}]}""")).Status.ShouldBe(
            System.Net.HttpStatusCode.Created);
        var (_, one) = await gateway.CreateKeyAsync("""{"organization":"pol","team":"web"}""");
        var (_, two) = await gateway.CreateKeyAsync("""{"organization":"pol","team":"web","budgets":[{"usd":1,"window":"day"}]}""");
        var (_, other) = await gateway.CreateKeyAsync("""{"organization":"pol","team":"app"}""");
        // 1,400 tokens of output may cost 0.0028 USD; the echo returns less, and the rest is released.
        ((int)(await gateway.ChatAsync(one, GovernedGateway.Echo(1400))).Status).ShouldBe(200);
        ((int)(await gateway.ChatAsync(two, GovernedGateway.Echo(1400))).Status).ShouldBe(200);
        var reply = await gateway.ChatAsync(two, GovernedGateway.Echo(1500));
        ((int)reply.Status).ShouldBe(429);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("the team 'web'");
        ((int)(await gateway.ChatAsync(other, GovernedGateway.Echo(1500))).Status).ShouldBe(200);
        var changed = await gateway.OwnerAsync("PATCH", "/api/policies/pol:team:web", """{"budgets":[]}""");
        changed.Json.GetProperty("budgets").GetArrayLength().ShouldBe(0);
        ((int)(await gateway.ChatAsync(two, GovernedGateway.Echo(1500))).Status).ShouldBe(200);
        ((int)(await gateway.OwnerAsync("DELETE", "/api/policies/pol:team:web")).Status).ShouldBe(204);
        ((int)(await gateway.OwnerAsync("GET", "/api/policies/pol:team:web")).Status).ShouldBe(404);
    }

    [Theory]
    [InlineData(400, 400)]
    [InlineData(429, 429)]
    [InlineData(401, 502)]
    [InlineData(500, 502)]
    public async Task What_the_provider_refuses_costs_nothing(int status, int told)
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        gateway.Script(UpstreamScript.Json("""{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":null}}""", status));
        var reply = await gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-4o", stream: true));
        ((int)reply.Status).ShouldBe(told);
        (await gateway.SpentAsync(id)).ShouldBe(0);
        (await gateway.UsageOfAsync(reply)).GetProperty("attempts")[0].GetProperty("state").GetString().ShouldBe("released");
    }

    /// <summary>Some servers report the usage so far in every chunk (findings/langchain-usage.sh): each value replaces the previous one, and the last is right.</summary>
    [Fact]
    public async Task Running_totals_in_every_chunk_are_charged_once_with_the_last_of_them()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        var chunks = Enumerable.Range(1, 50).Select(i =>
        {
            var choice = $$$"""{"index":0,"delta":{"content":"a"},"finish_reason":{{{(i == 50 ? "\"stop\"" : "null")}}}}""";
            var usage = $$"""{"prompt_tokens":1000,"completion_tokens":{{i}},"total_tokens":{{1000 + i}}}""";
            return $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{{choice}}],"usage":{{usage}}}""" + "\n\n";
        });
        gateway.Script(UpstreamScript.Sse([.. chunks, "data: [DONE]\n\n"]));
        var reply = await gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-4o", stream: true));
        gateway.Usage.LastRequestId = reply.Headers["x-request-id"];
        reply.Text.ShouldContain("data: [DONE]");
        // The caller gets every chunk unchanged.
        reply.Text.Split("completion_tokens").Length.ShouldBe(51);
        var record = await gateway.Usage.OneAsync();
        (record["InputTokens"], record["OutputTokens"]).ShouldBe((1000L, 50L));
        var attempt = (await gateway.UsageOfAsync(reply)).GetProperty("attempts").EnumerateArray().Single();
        (attempt.GetProperty("input_tokens").GetInt32(), attempt.GetProperty("output_tokens").GetInt32(), attempt.GetProperty("presumed").GetBoolean()).ShouldBe((1000, 50, false));
        var charged = await gateway.SpentAsync(id);
        (record["Cost"], attempt.GetProperty("cost_usd").GetDecimal()).ShouldBe((charged, charged));
        // The same usage, reported once.
        var (other, otherKey) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        gateway.Script(UpstreamScript.Json(Answer.Replace("\"completion_tokens\":100", "\"completion_tokens\":50")));
        await gateway.ChatAsync(otherKey, GatewayFixture.Ask("openai/gpt-4o"));
        charged.ShouldBe(await gateway.SpentAsync(other));
    }

    [Fact]
    public async Task A_caller_who_hangs_up_pays_for_what_was_generated()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":5,"window":"day"}]}""");
        gateway.Script(new UpstreamScript().Header("content-type", "text/event-stream")
            .Send("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n").Silence());
        using (var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            { Content = new StringContent(GatewayFixture.Ask("openai/gpt-4o", stream: true), System.Text.Encoding.UTF8, "application/json") })
        {
            message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
            using var response = await gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.Content.ReadAsStreamAsync();
            (await stream.ReadAsync(new byte[64])).ShouldBeGreaterThan(0);
        }
        await Wait.UntilAsync(async () => await gateway.SpentAsync(id) > 0);
        var rows = (await gateway.OwnerAsync("GET", $"/api/usage?group_by=key&key={id}")).Json.GetProperty("rows");
        rows[0].GetProperty("presumed_usd").GetDecimal().ShouldBe(rows[0].GetProperty("cost_usd").GetDecimal());
        rows[0].GetProperty("output_tokens").GetInt32().ShouldBe(1);
    }
}
