using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Responses;

/// <summary>
/// Case 12 of field/cases.md: requests that OpenAI's models refuse on Chat are sent to Responses, decided by model and request, and
/// everything else stays on Chat byte for byte.
/// </summary>
public sealed class RoutingTests(ResponsesFixture gateway) : IClassFixture<ResponsesFixture>
{
    private const string Tools =
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}}]";
    private const string Functions = "\"functions\":[{\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}]";
    private const string Called =
        "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"rain\"}";
    private const string User = "{\"role\":\"user\",\"content\":\"Weather?\"}";

    private const string ChatResponseBody =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""";

    public static TheoryData<string, string, bool> OnResponses => Both(
    [
        // They cannot stop reasoning: requests with tools are sent only to Responses.
        ("openai/gpt-6.2-sol", Tools),
        ("gpt-6.2-sol", Tools),
        ("openai/gpt-6.2-sol", Tools + ",\"reasoning_effort\":\"none\""),
        ("openai/gpt-6.1-sol", Tools),
        ("openai/gpt-6.1-sol", Tools + ",\"reasoning_effort\":\"high\""),
        ("openai/gpt-6-astra", Tools + ",\"tool_choice\":\"required\""),
        ("openai/gpt-6-astra-1", Tools),
        // They reason unless the request turns it off.
        ("openai/gpt-5.6-sol", Tools),
        ("openai/gpt-5.6-terra", Tools + ",\"reasoning_effort\":\"low\""),
        ("openai/gpt-5.6-luna", Tools + ",\"reasoning_effort\":null"),
        ("openai/gpt-6-luna", Functions),
        ("openai/gpt-5.5", Tools),
        // It reasons only on request.
        ("openai/gpt-5.4", Tools + ",\"reasoning_effort\":\"medium\""),
        ("openai/gpt-5.4-mini", Functions + ",\"reasoning_effort\":\"xhigh\""),
        // Not available on Chat.
        ("openai/gpt-5.5-pro", ""),
        ("openai/gpt-5.3-codex", "\"reasoning_effort\":\"none\""),
        ("openai/o3-deep-research", ""),
        ("azure/gpt-6.2-sol", Tools),
        ("azure/prod-gpt-5-6-sol", Tools),
    ]);

    public static TheoryData<string, string, bool> OnChat => Both(
    [
        ("openai/gpt-6.2-sol", ""),
        ("openai/gpt-6.2-sol", "\"tools\":[]"),
        ("openai/gpt-6.2-sol", "\"tool_choice\":\"none\""),
        ("openai/gpt-6.1-sol", "\"tool_choice\":\"auto\",\"reasoning_effort\":\"high\""),
        // The conversation had tools and has none now: Chat accepts it.
        ("openai/gpt-6-astra", $"\"messages\":[{User},{Called}]"),
        ("openai/gpt-5.6-sol", Tools + ",\"reasoning_effort\":\"none\""),
        ("openai/gpt-5.6", "\"reasoning_effort\":\"high\""),
        ("openai/gpt-5.5", Functions + ",\"reasoning_effort\":\"none\""),
        ("openai/gpt-5.4", Tools),
        ("openai/gpt-5.4", Tools + ",\"reasoning_effort\":\"none\",\"temperature\":0.2"),
        ("openai/gpt-5.4-nano", Tools + ",\"reasoning_effort\":null"),
        ("openai/gpt-5.1", Tools + ",\"reasoning_effort\":\"high\""),
        ("openai/gpt-4o", Tools + ",\"seed\":7"),
        ("azure/chat", Tools),
        ("azure/gpt-4o", Tools),
    ]);

    [Theory]
    [MemberData(nameof(OnResponses))]
    public async Task Case12_Requests_that_Chat_refuses_are_sent_to_Responses_and_return_as_Chat(string model, string members, bool stream)
    {
        var answer = new ResponsesResponse(ResponsesResponse.Message("Let me see. "), ResponsesResponse.Call("call_a", "weather", """{"city":"Ulm"}"""));
        var reply = await gateway.ChatAsync(Request(model, members, stream), answer.Script(stream));

        gateway.Upstream.Request.Target.ShouldBe(model.StartsWith("azure/", StringComparison.Ordinal) ? "/azure/openai/v1/responses" : "/openai/v1/responses");
        var sent = gateway.Upstream.Request.BodyJson;
        sent.GetProperty("model").GetString().ShouldBe(model[(model.IndexOf('/') + 1)..]);
        sent.TryGetProperty("messages", out _).ShouldBeFalse();
        sent.GetProperty("store").GetBoolean().ShouldBeFalse();
        sent.TryGetProperty("tools", out var tools).ShouldBe(members.Contains("weather"));
        if (members.Contains("weather")) tools[0].GetProperty("name").GetString().ShouldBe("weather");
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        reply.Text.ShouldContain("\"id\":\"chatcmpl-68a1\"");
        reply.Text.ShouldNotContain("resp_68a1");
        // Callers of the older functions get responses in their format.
        var isOlder = members.Contains("\"functions\"");
        var choice = reply.ReadStrictly(usageAsked: stream).Choices.ShouldHaveSingleItem();
        (choice.Text, choice.Finish).ShouldBe(("Let me see. ", isOlder ? "function_call" : "tool_calls"));
        choice.ToolCalls.Select(c => c.Name).ShouldBe(isOlder ? [] : ["weather"]);
        reply.Text.Contains("\"function_call\":{\"name\":\"weather\",").ShouldBe(isOlder, reply.Text);
    }

    [Theory]
    [MemberData(nameof(OnChat))]
    public async Task Case12_Requests_that_Chat_accepts_are_sent_there_unchanged(string model, string members, bool stream)
    {
        var request = Request(model, members, stream);
        var reply = await gateway.ChatAsync(request,
            stream ? UpstreamScript.Sse($"data: {ChatResponseBody.Replace("chat.completion", "chat.completion.chunk").Replace("message", "delta")}\n\n", "data: [DONE]\n\n")
                : UpstreamScript.Json(ChatResponseBody));

        gateway.Upstream.Request.Target.ShouldBe(model.StartsWith("azure/", StringComparison.Ordinal) ? "/azure/openai/v1/chat/completions" : "/openai/v1/chat/completions");
        gateway.Upstream.Request.Body.ShouldBe(Encoding.UTF8.GetBytes(request.Replace($"\"{model}\"", $"\"{model[(model.IndexOf('/') + 1)..]}\"")));
        reply.Status.ShouldBe(HttpStatusCode.OK);
        if (!stream) reply.Body.ShouldBe(Encoding.UTF8.GetBytes(ChatResponseBody));
    }

    /// <summary>A model that cannot stop reasoning is asked for the least effort, and the change is reported to the caller.</summary>
    [Fact]
    public async Task Case12_An_unsupported_effort_of_none_is_reported()
    {
        var reply = await gateway.ChatAsync(Request("openai/gpt-6-astra", Tools + ",\"reasoning_effort\":\"none\",\"temperature\":0.2,\"stop\":[\"x\"],\"seed\":1", false),
            new ResponsesResponse(ResponsesResponse.Message("Hi")).Script(false));
        gateway.Upstream.Request.BodyJson.GetProperty("reasoning").GetProperty("effort").GetString().ShouldBe("low");
        reply.Headers["x-nano-loss"].Split("; ")[0].Split('=')[1].Split(',').Order().ShouldBe(["reasoning_effort", "seed", "stop", "temperature"]);
    }

    [Fact]
    public async Task A_strict_caller_gets_an_error_before_anything_is_sent()
    {
        gateway.Script();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(Request("openai/gpt-6.2-sol", Tools + ",\"stop\":\"x\"", false), Encoding.UTF8, "application/json"),
        };
        message.Headers.Add("x-nano-strict", "true");
        using var response = await gateway.Client.SendAsync(message);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        StrictChat.ReadError(await response.Content.ReadAsStringAsync()).GetProperty("message").GetString()!.ShouldContain("dropped=stop");
    }

    /// <summary>A refusal of Responses is sent in Chat's format, with its status.</summary>
    [Fact]
    public async Task A_refused_request_keeps_its_status_and_message()
    {
        var reply = await gateway.ChatAsync(Request("openai/gpt-6.2-sol", Tools, false),
            UpstreamScript.Json("""{"error":{"message":"No tool output found for function call call_1.","type":"invalid_request_error","param":"input","code":null}}""", 400));
        reply.Status.ShouldBe(HttpStatusCode.BadRequest);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("No tool output found");
    }

    private static string Request(string model, string members, bool stream)
    {
        var messages = members.Contains("\"messages\"", StringComparison.Ordinal) ? "" : $",\"messages\":[{User}]";
        var streamed = stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "";
        return $"{{\"model\":\"{model}\"{(members.Length > 0 ? "," : "")}{members}{messages}{streamed}}}";
    }

    private static TheoryData<string, string, bool> Both(IEnumerable<(string Model, string Members)> cases)
    {
        var rows = new TheoryData<string, string, bool>();
        foreach (var (model, members) in cases)
        {
            rows.Add(model, members, false);
            rows.Add(model, members, true);
        }
        return rows;
    }
}
