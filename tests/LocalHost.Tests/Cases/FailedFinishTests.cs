using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Replay;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>
/// A finish reason that names a failure, in a response with status 200 of a provider of another dialect than Chat (servers that speak Messages
/// send them too): an error in every API, whole and streamed.
/// </summary>
public sealed class FailedFinishTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private static readonly string[] Reasons = ["error", "network_error", "ENGINE_OVERLOADED", "aborted"];

    private static string Event(string type, string members) => $"event: {type}\ndata: {{\"type\":\"{type}\",{members}}}\n\n";

    private static string Messages(string reason) =>
        $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hel"}],"stop_reason":"{{{reason}}}","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}""";

    private static string MessagesStream(string reason) =>
        Event("message_start", """ "message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":3,"output_tokens":1}} """)
        + Event("content_block_start", """ "index":0,"content_block":{"type":"text","text":""} """)
        + Event("content_block_delta", """ "index":0,"delta":{"type":"text_delta","text":"Hel"} """)
        + Event("content_block_stop", """ "index":0 """)
        + Event("message_delta", $$""" "delta":{"stop_reason":"{{reason}}","stop_sequence":null},"usage":{"output_tokens":2} """)
        + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private static string Gemini(string reason) =>
        $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"finishReason":"{{{reason}}}"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}""";

    private static string Cohere(string reason) =>
        $$$$"""{"id":"i","finish_reason":"{{{{reason}}}}","message":{"role":"assistant","content":[{"type":"text","text":"Hel"}]},"usage":{"tokens":{"input_tokens":3,"output_tokens":2}}}""";

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("responses")]
    [InlineData("gemini")]
    public async Task A_response_that_ends_with_a_failure_is_an_error(string caller)
    {
        foreach (var reason in Reasons)
        {
            await CheckAsync(caller, "anthropic/claude-x", UpstreamScript.Json(Messages(reason)), stream: false);
            await CheckAsync(caller, "anthropic/claude-x", UpstreamScript.Sse(MessagesStream(reason)), stream: true);
            await CheckAsync(caller, "cohere/command-x", UpstreamScript.Json(Cohere(reason)), stream: false);
            // Gemini's own callers know its finish reasons.
            if (caller == "gemini") continue;
            await CheckAsync(caller, "google/gemini-x", UpstreamScript.Json(Gemini(reason)), stream: false);
            await CheckAsync(caller, "google/gemini-x", UpstreamScript.Sse($"data: {Gemini(reason)}\n\n"), stream: true);
        }
    }

    private async Task CheckAsync(string caller, string model, UpstreamScript answer, bool stream)
    {
        gateway.Script(answer);
        var flag = stream ? "true" : "false";
        var (path, body) = caller switch
        {
            "chat" => ("/v1/chat/completions", GatewayFixture.Ask(model, stream)),
            "messages" => ("/v1/messages", $$"""{"model":"{{model}}","max_tokens":9,"stream":{{flag}},"messages":[{"role":"user","content":"Hi"}]}"""),
            "responses" => ("/v1/responses", $$"""{"model":"{{model}}","store":false,"stream":{{flag}},"input":"Hi"}"""),
            _ => ($"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", """{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"""),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var reply = await GatewayReply.ReadAsync(response);
        if (!stream) ((int)reply.Status).ShouldBeOneOf([429, 502, 503, 529], reply.Text);
        reply.Text.ShouldContain("error");
        foreach (var end in new[] { "message_stop", "response.completed", "\"STOP\"", "[DONE]" }) reply.Text.ShouldNotContain(end);
        var record = await gateway.Usage.OneAsync();
        record["Outcome"]!.ToString().ShouldBeOneOf("Broken", "Failed");
        if (stream) record["OutputTokens"].ShouldBe(2L);
    }
}
