using System.Text;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>Members that request nothing: SDKs send them with every request, and dropping them loses nothing, whatever the provider.</summary>
public sealed class FalseLossTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private static readonly string[] Models =
        ["openai/m", "groq/m", "mistral/m", "any-server/m", "anthropic/claude-x", "google/gemini-x", "cohere/command-x", "openai/gpt-replayed-pro"];

    /// <summary>The caller's API, and members of a request.</summary>
    public static TheoryData<string, string> Members => new()
    {
        { "chat", """ "verbosity":"medium" """ },
        { "chat", """ "stop":null,"n":1,"logit_bias":{},"metadata":{},"tools":[],"modalities":["text"],"store":false,"logprobs":false,"top_logprobs":null """ },
        { "chat", """ "messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_details":[],"annotations":[],"refusal":null},{"role":"user","content":"r"}] """ },
        { "messages", """ "mcp_servers":[],"stop_sequences":[],"metadata":{},"tools":[] """ },
        { "responses", """ "include":[],"tools":[],"text":{},"reasoning":{},"metadata":{},"truncation":"disabled","background":false """ },
        // OpenAI's JavaScript SDK adds such copies (responses.parse).
        { "responses", """ "input":[{"role":"user","content":"q"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"{}","annotations":[],"parsed":{}}]},{"type":"function_call","call_id":"call_1","name":"f","arguments":"{}","parsed_arguments":{"a":1}},{"type":"function_call_output","call_id":"call_1","output":"r"}] """ },
        { "gemini", """ "safetySettings":[],"toolConfig":{},"labels":{},"tools":[] """ },
        { "gemini", """ "generationConfig":{"stopSequences":[],"audioTimestamp":false,"enableEnhancedCivicAnswers":false,"candidateCount":1} """ },
    };

    [Theory, MemberData(nameof(Members))]
    public async Task A_member_that_requests_nothing_is_not_a_loss(string caller, string members)
    {
        foreach (var model in Models) (await LossesAsync(caller, model, members)).ShouldBeNull(model);
    }

    /// <summary>The same members with values that request something.</summary>
    [Theory]
    [InlineData("chat", """ "web_search_options":{} """, "web_search_options")]
    [InlineData("chat", """ "verbosity":"low" """, "verbosity")]
    [InlineData("messages", """ "mcp_servers":[{"type":"url","url":"https://x","name":"n"}] """, "mcp_servers")]
    [InlineData("gemini", """ "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}] """, "safetySettings")]
    [InlineData("gemini", """ "generationConfig":{"responseModalities":["TEXT","IMAGE"]} """, "generationConfig.responseModalities")]
    [InlineData("gemini", """ "generationConfig":{"audioTimestamp":true} """, "generationConfig.audioTimestamp")]
    public async Task A_member_that_requests_something_is_a_loss(string caller, string members, string name) =>
        (await LossesAsync(caller, "cohere/command-x", members)).ShouldBe($"dropped={name}");

    private async Task<string?> LossesAsync(string caller, string model, string members)
    {
        gateway.Script(UpstreamScript.Json("{}", 400));
        var messages = members.Contains("\"messages\"", StringComparison.Ordinal) ? "" : """ "messages":[{"role":"user","content":"Hi"}], """;
        var (path, body) = caller switch
        {
            "chat" => ("/v1/chat/completions", $$"""{"model":"{{model}}",{{messages}}{{members}}}"""),
            "messages" => ("/v1/messages", $$"""{"model":"{{model}}","max_tokens":99,{{messages}}{{members}}}"""),
            "responses" => ("/v1/responses", $$"""{"model":"{{model}}",{{(members.Contains("\"input\"", StringComparison.Ordinal) ? "" : """ "input":"Hi", """)}}{{members}}}"""),
            _ => ($"/v1beta/models/{model}:generateContent", $$"""{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],{{members}}}"""),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = await gateway.Client.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("lossy");
        gateway.Upstream.Requests.Count.ShouldBe(1, $"{model} gets the request");
        var losses = (await gateway.Usage.OneAsync())["Losses"]?.ToString();
        return string.IsNullOrEmpty(losses) ? null : losses.Trim('"');
    }
}
