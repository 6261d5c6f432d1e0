using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>A gateway with a clock to move, and every provider.</summary>
public sealed class VendorPanelGateway : PanelGateway
{
    protected override Dictionary<string, string> Settings(string upstream)
    {
        var settings = base.Settings(upstream);
        AddVendors(settings, upstream);
        return settings;
    }
}

/// <summary>A session token for one model limits the whole request, and the charge is for the model that was served.</summary>
public sealed class ModelLimitTests(VendorPanelGateway gateway) : IClassFixture<VendorPanelGateway>
{
    private static string Answer(string model) =>
        $$$"""{"id":"c","object":"chat.completion","created":1,"model":"{{{model}}}","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}""";

    public static TheoryData<string, string, string, string> Choices => new()
    {
        // The provider, the token's model, the member as it is sent, and its name in the error.
        { "openrouter", "openai/gpt-5.5", "\"models\":[\"anthropic/claude-opus-5-5\"]", "models" },
        { "openrouter", "openai/gpt-5.5", "\"mod\\u0065ls\":[\"anthropic/claude-opus-5-5\"]", "models" },
        { "openrouter", "openai/gpt-5.5", "\"route\":\"fallback\"", "route" },
        { "openrouter", "openai/gpt-5.5", "\"preset\":\"best\"", "preset" },
        { "openrouter", "openai/gpt-5.5", "\"plugins\":[{\"id\":\"auto-router\"}]", "plugins" },
        { "openrouter", "openai/gpt-5.5", "\"tools\":[{\"type\":\"openrouter:fusion\"}]", "tools[0].type" },
        { "openrouter", "openrouter/auto", "\"plugins\":[{\"id\":\"auto-router\",\"allowed_models\":[\"*\"]}]", "plugins" },
        { "groq", "groq/compound", "\"compound_custom\":{\"models\":{\"answering_model\":\"b\"}}", "compound_custom.models" },
        { "openai", "gpt-4o", "\"fallbacks\":[\"gpt-5.5\"]", "fallbacks" },
        // To Responses, to Messages, to Gemini, to Cohere: whatever a conversion does with the member.
        { "openai", "gpt-5.5-pro", "\"fallbacks\":[\"gpt-5.5\"]", "fallbacks" },
        { "anthropic", "claude-opus-5-5", "\"fallbacks\":[{\"model\":\"claude-fable-5\"}]", "fallbacks" },
        { "google", "gemini-2.5-flash", "\"generation_config\":{\"routing_config\":{}}", "generation_config.routing_config" },
        { "cohere", "command-a-03-2025", "\"fallbacks\":[\"b\"]", "fallbacks" },
        { "any-server", "m", "\"of_tomorrow\":{\"models\":[\"b\"]}", "of_tomorrow" },
    };

    [Theory, MemberData(nameof(Choices))]
    public async Task A_token_for_one_model_may_not_choose_others(string provider, string model, string member, string named)
    {
        var token = await gateway.MintAsync(provider, $$"""{"models":["{{provider}}/{{model}}"]}""");
        foreach (var stream in new[] { "false", "true" })
        {
            gateway.Script();
            var reply = await SendAsync(token, $$"""{"model":"{{provider}}/{{model}}","messages":[{"role":"user","content":"Hello"}],"stream":{{stream}},{{member}}}""");
            ((int)reply.Status).ShouldBe(403, reply.Text);
            var error = reply.Error();
            error.GetProperty("code").GetString().ShouldBe("model_not_allowed");
            error.GetProperty("param").GetString().ShouldBe(named);
            var message = error.GetProperty("message").GetString()!;
            message.ShouldContain($"'{named}'");
            message.ShouldContain($"{provider}/{model}");
            message.ShouldContain("Leave it out");
            gateway.Upstream.Requests.ShouldBeEmpty();
            (await gateway.Usage.OneAsync())["Error"].ShouldBe("model_not_allowed");
        }
    }

    /// <summary>Except at OpenRouter, where it is the provider's own member, <c>models</c> asks the gateway for a route plan.</summary>
    [Theory]
    [InlineData("openai", "gpt-5.5-pro")]
    [InlineData("cohere", "command-a-03-2025")]
    public async Task A_token_for_one_model_may_not_choose_a_plan(string provider, string model)
    {
        var token = await gateway.MintAsync(provider, $$"""{"models":["{{provider}}/{{model}}"]}""");
        gateway.Script();
        var reply = await SendAsync(token, $$"""{"model":"{{provider}}/{{model}}","messages":[{"role":"user","content":"Hello"}],"models":["{{provider}}/b"]}""");
        ((int)reply.Status).ShouldBe(403, reply.Text);
        (reply.Error().GetProperty("code").GetString(), reply.Error().GetProperty("param").GetString()).ShouldBe(("plan_not_allowed", "models"));
        gateway.Upstream.Requests.ShouldBeEmpty();
        (await gateway.Usage.OneAsync())["Error"].ShouldBe("plan_not_allowed");
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("provider")]
    public async Task A_caller_of_every_model_of_the_provider_may_choose_others(string caller)
    {
        const string chooses = "\"models\":[\"anthropic/claude-opus-5-5\"],\"route\":\"fallback\",\"plugins\":[{\"id\":\"web\"}]";
        var credential = caller == "owner" ? GatewayFixture.CallerKey : await gateway.MintAsync("openrouter");
        gateway.Script(UpstreamScript.Json(Answer("anthropic/claude-opus-5-5")));
        var reply = await SendAsync(credential, $$"""{"model":"openrouter/openai/gpt-5.5","messages":[{"role":"user","content":"Hello"}],{{chooses}}}""");
        ((int)reply.Status).ShouldBe(200, reply.Text);
        gateway.Upstream.Requests.Single().BodyText.ShouldContain(chooses);
    }

    [Fact]
    public async Task A_limited_token_may_send_members_that_choose_no_model()
    {
        var token = await gateway.MintAsync("openrouter", """{"models":["openrouter/openai/gpt-5.5"]}""");
        gateway.Script(UpstreamScript.Json(Answer("openai/gpt-5.5")));
        const string rest = "\"models\":null,\"provider\":{\"sort\":\"price\"},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"choose\",\"parameters\":{\"type\":\"object\",\"properties\":{\"models\":{\"type\":\"array\"}}}}}]";
        var reply = await SendAsync(token, $$"""{"model":"openrouter/openai/gpt-5.5","messages":[{"role":"user","content":"models"}],{{rest}}}""");
        ((int)reply.Status).ShouldBe(200, reply.Text);
        gateway.Upstream.Requests.Single().BodyText.ShouldContain(rest);
    }

    /// <summary>A router is a model that the owner has named. Its variants and presets are different models.</summary>
    [Fact]
    public async Task A_router_is_covered_if_the_token_names_it()
    {
        var auto = await gateway.MintAsync("openrouter", """{"models":["openrouter/openrouter/auto"]}""");
        gateway.Script(UpstreamScript.Json(Answer("openai/gpt-5.5")));
        ((int)(await SendAsync(auto, GatewayFixture.Ask("openrouter/openrouter/auto"))).Status).ShouldBe(200);
        var record = await gateway.Usage.OneAsync();
        record["AnsweredModel"].ShouldBe("openai/gpt-5.5");
        record["Cost"].ShouldBeNull("the catalogue knows no prices of OpenRouter");

        var one = await gateway.MintAsync("openrouter", """{"models":["openrouter/openai/gpt-5.5"]}""");
        gateway.Script();
        foreach (var model in new[] { "openrouter/auto", "openai/gpt-5.5:online", "openai/gpt-5.5:free", "@preset/best", "openai/gpt-5.5@preset/best", "OpenAI/gpt-5.5" })
        {
            var reply = await SendAsync(one, GatewayFixture.Ask("openrouter/" + model));
            ((int)reply.Status).ShouldBe(403, model);
            reply.Error().GetProperty("param").GetString().ShouldBe("model");
        }
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    /// <summary>1,000 tokens in and 100 out.</summary>
    [Theory]
    [InlineData("openai/gpt-4o", "gpt-4o", "0.0035")]
    [InlineData("openai/gpt-4o", "gpt-4o-2024-08-06", "0.0035")]
    [InlineData("openai/gpt-4o", "gpt-4o-2024-05-13", null)]
    [InlineData("openai/gpt-4o", "gpt-4o-mini-2024-07-18", "0.00021")]
    [InlineData("openai/gpt-4o", "gpt-of-tomorrow", null)]
    [InlineData("openai/gpt-of-tomorrow", "gpt-4o-mini", "0.00021")]
    [InlineData("groq/groq/compound", "llama-3.1-8b-instant", "0.000058")]
    public async Task A_request_has_the_price_of_the_model_that_responded(string asked, string answered, string? cost)
    {
        var dollars = cost is null ? (decimal?)null : decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture);
        gateway.Script(UpstreamScript.Json(Answer(answered)));
        ((int)(await SendAsync(GatewayFixture.CallerKey, GatewayFixture.Ask(asked))).Status).ShouldBe(200);
        ((decimal?)(await gateway.Usage.OneAsync())["Cost"]).ShouldBe(dollars);

        gateway.Script(UpstreamScript.Sse(
            $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"{{answered}}","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""" + "\n\n",
            $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"{{{answered}}}","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}""" + "\n\n",
            "data: [DONE]\n\n"));
        ((int)(await SendAsync(GatewayFixture.CallerKey, GatewayFixture.Ask(asked, stream: true))).Status).ShouldBe(200);
        ((decimal?)(await gateway.Usage.OneAsync())["Cost"]).ShouldBe(dollars, "streamed");
    }

    /// <summary>A converted request has only members that the gateway writes, whatever the names in the caller's API.</summary>
    [Theory]
    [InlineData("/v1/responses", """{"model":"any-server/m","instructions":"Be brief.","input":"Hello","max_output_tokens":50}""")]
    [InlineData("/v1/messages",
        """{"model":"any-server/m","system":"Be brief.","messages":[{"role":"user","content":"Hello"}],"max_tokens":50,"stop_sequences":["."],"tools":[{"name":"look","input_schema":{"type":"object"}}]}""")]
    [InlineData("/v1beta/models/any-server/m:generateContent",
        """{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"generationConfig":{"maxOutputTokens":50}}""")]
    public async Task A_limited_token_works_with_every_api_of_a_custom_provider(string path, string body)
    {
        var token = await gateway.MintAsync("any-server", """{"models":["any-server/m"]}""");
        gateway.Script(UpstreamScript.Json(Answer("m")));
        var reply = await gateway.CallAsync("POST", path, body, "Authorization: Bearer " + token);
        ((int)reply.Status).ShouldBe(200, reply.Text);
        gateway.Upstream.Requests.Single().BodyText.ShouldContain("Be brief.");

        gateway.Script();
        reply = await gateway.CallAsync("POST", path, $"{body[..^1]},\"fallbacks\":[\"b\"]}}", "Authorization: Bearer " + token);
        ((int)reply.Status).ShouldBe(403, reply.Text);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    private Task<GatewayReply> SendAsync(string credential, string body) =>
        gateway.CallAsync("POST", "/v1/chat/completions", body, "Authorization: Bearer " + credential);
}
