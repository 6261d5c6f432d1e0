using System.Text;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Requests of Messages, Gemini and Responses callers to providers of OpenAI's APIs: where they go, what the provider gets, and which losses are reported.</summary>
public sealed class CallerRequestTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private const string Search = "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]";
    private const string MessagesTool = "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]";

    /// <summary>The caller's API, model, members of the request, the end of the provider's path, a part of the body that the provider gets, the loss header.</summary>
    public static TheoryData<string, string, string, string, string, string> Requests => new()
    {
        // Case 12: with an effort, these models take tools only in Responses.
        { "messages", "openai/gpt-5.4", MessagesTool + ",\"output_config\":{\"effort\":\"high\"}", "/responses", "\"effort\":\"high\"", "" },
        { "messages", "openai/gpt-5.4", "\"output_config\":{\"effort\":\"high\"}," + MessagesTool, "/responses", "\"effort\":\"high\"", "" },
        { "messages", "openai/gpt-5.4", MessagesTool, "/chat/completions", "\"tools\":[", "" },
        // A search goes where the provider has one: Claude Code's own request, and Google's tool.
        { "messages", "openai/gpt-5.1", Search + ",\"tool_choice\":{\"type\":\"tool\",\"name\":\"web_search\"}", "/responses",
            "\"tools\":[{\"type\":\"web_search\"}],\"tool_choice\":\"required\"", "emulated=tools.web_search_20250305" },
        { "messages", "xai/grok-4.7", Search, "/responses", "\"tools\":[{\"type\":\"web_search\"}]", "emulated=tools.web_search_20250305" },
        { "gemini", "openai/gpt-5.1", "\"tools\":[{\"googleSearch\":{}}]", "/responses", "\"tools\":[{\"type\":\"web_search\"}]", "emulated=tools.googleSearch" },
        { "gemini", "openai/gpt-5.1", "\"tools\":{\"google_search\":{}}", "/responses", "\"tools\":[{\"type\":\"web_search\"}]", "emulated=tools.google_search" },
        { "messages", "groq/openai/gpt-oss-120b", Search, "/chat/completions", "\"messages\"", "dropped=tools.web_search_20250305" },
        // The model's nearest setting, as for Chat callers.
        { "messages", "deepseek/deepseek-v4-pro", "\"thinking\":{\"type\":\"disabled\"}", "/chat/completions", "\"thinking\":{\"type\":\"disabled\"}", "" },
        { "gemini", "deepseek/deepseek-v4-pro", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":0}}", "/chat/completions", "\"thinking\":{\"type\":\"disabled\"}",
            "" },
        { "messages", "mistral/mistral-medium-3.5", "\"output_config\":{\"effort\":\"medium\"}", "/chat/completions", "\"reasoning_effort\":\"high\"",
            "emulated=output_config.effort" },
        { "responses", "groq/openai/gpt-oss-120b", "\"reasoning\":{\"effort\":\"xhigh\"}", "/chat/completions", "\"reasoning_effort\":\"high\"", "emulated=reasoning.effort" },
        { "messages", "groq/openai/gpt-oss-120b", "\"output_config\":{\"effort\":\"max\"}", "/chat/completions", "\"reasoning_effort\":\"high\"", "emulated=output_config.effort" },
        { "gemini", "xai/grok-4.7", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":512}}", "/chat/completions", "\"reasoning_effort\":\"low\"",
            "emulated=generationConfig.thinkingConfig" },
        { "messages", "xai/grok-4.7", "\"thinking\":{\"type\":\"disabled\"}", "/chat/completions", "\"reasoning_effort\":\"low\"", "dropped=thinking" },
        { "messages", "dashscope/qwen3-max", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", "/chat/completions", "\"thinking_budget\":2000", "emulated=thinking" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Arrives_as_the_provider_takes_it(string caller, string model, string members, string target, string arrives, string loss)
    {
        gateway.Script(UpstreamScript.Json("{}"));
        var (path, body) = caller switch
        {
            "messages" => ("/v1/messages", $$"""{"model":"{{model}}","max_tokens":9000,"messages":[{"role":"user","content":"q"}],{{members}}}"""),
            "responses" => ("/v1/responses", $$"""{"model":"{{model}}","input":"q",{{members}}}"""),
            _ => ($"/v1beta/models/{model}:generateContent", $$"""{"contents":[{"role":"user","parts":[{"text":"q"}]}],{{members}}}"""),
        };
        using var response = await gateway.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        gateway.Upstream.Requests.Count.ShouldBe(1, await response.Content.ReadAsStringAsync());
        gateway.Upstream.Request.Target.ShouldEndWith(target);
        gateway.Upstream.Request.BodyText.ShouldContain(arrives, Case.Sensitive);
        ((await gateway.Usage.OneAsync()).GetValueOrDefault("Losses")?.ToString() ?? "").ShouldBe(loss, gateway.Upstream.Request.BodyText);
    }
}
