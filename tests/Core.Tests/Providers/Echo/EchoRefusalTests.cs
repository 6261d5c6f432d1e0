using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Nano.Providers.Echo;
using Nano.Testing;
using static Nano.Tests.Providers.Echo.EchoUpstream;

namespace Nano.Tests.Providers.Echo;

public class EchoRefusalTests
{
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("{\"model\":\"echo\"," + Hi + "} x", null)]
    [InlineData("{" + Hi + "}", "model")]
    [InlineData("{\"model\":null," + Hi + "}", "model")]
    [InlineData("{\"model\":7," + Hi + "}", "model")]
    [InlineData("{\"model\":\"echo\"}", "messages")]
    [InlineData("{\"model\":\"echo\",\"messages\":null}", "messages")]
    [InlineData("{\"model\":\"echo\",\"messages\":[]}", "messages")]
    [InlineData("{\"model\":\"echo\",\"messages\":\"Hi\"}", "messages")]
    [InlineData("{\"model\":\"echo\",\"messages\":[\"Hi\"]}", "messages[0]")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"content\":\"Hi\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"robot\",\"content\":\"Hi\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"user\"}]}", "messages[0].content")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":5}]}", "messages[0].content")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":[\"Hi\"]}]}", "messages[0].content[0].type")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]}", "messages[0].content[0].text")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"tool\",\"content\":\"Hi\"}]}", "messages[0].tool_call_id")]
    [InlineData("{\"model\":\"echo\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":{}}]}", "messages[0].tool_calls")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"stream\":\"yes\"}", "stream")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"n\":0}", "n")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"n\":9}", "n")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"max_tokens\":0}", "max_tokens")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"max_completion_tokens\":\"5\"}", "max_completion_tokens")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"max_completion_tokens\":1.5}", "max_completion_tokens")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"stop\":5}", "stop")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"stop\":[5]}", "stop")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}", "stop")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"tools\":{}}", "tools")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"tools\":[{}]}", "tools[0].type")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"tools\":[{\"type\":\"function\"}]}", "tools[0].function.name")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"tool_choice\":\"required\"}", "tool_choice")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}", "tool_choice")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"tool_choice\":\"always\"}", "tool_choice")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"parallel_tool_calls\":1}", "parallel_tool_calls")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"response_format\":\"json\"}", "response_format")]
    [InlineData("{\"model\":\"echo\"," + Hi + ",\"response_format\":{\"type\":\"json_schema\"}}", "response_format.json_schema")]
    public async Task A_malformed_request_is_a_400_that_names_the_member(string body, string? param)
    {
        var (status, answer) = await Send(body);
        var error = answer.GetProperty("error");
        (status, error.GetProperty("param").GetString()).ShouldBe((400, param), error.ToString());
        error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
        error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        error.GetProperty("code").GetString().ShouldBeOneOf(null, "missing_required_parameter", "empty_array");
    }

    /// <summary>A missing member has the code that OpenAI and the gateway use for a missing model.</summary>
    [Theory]
    [InlineData("{\"model\":\"echo\"}", "messages", "missing_required_parameter")]
    [InlineData("{\"model\":\"echo\",\"messages\":null}", "messages", "missing_required_parameter")]
    [InlineData("{" + Hi + "}", "model", "missing_required_parameter")]
    [InlineData("{\"model\":\"echo\",\"messages\":[]}", "messages", "empty_array")]
    public async Task A_missing_member_has_a_code(string body, string param, string code)
    {
        var error = (await Send(body)).Body.GetProperty("error");
        (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()).ShouldBe((param, code));
    }

    /// <summary>They have no effect here, but a mistake in them still appears before the first real model.</summary>
    [Theory]
    [InlineData("temperature", "\"hot\"", false)]
    [InlineData("temperature", "2.1", false)]
    [InlineData("temperature", "0.7", true)]
    [InlineData("temperature", "null", true)]
    [InlineData("top_p", "1.5", false)]
    [InlineData("top_p", "[]", false)]
    [InlineData("frequency_penalty", "-2", true)]
    [InlineData("presence_penalty", "-2.5", false)]
    [InlineData("seed", "1.5", false)]
    [InlineData("seed", "-7", true)]
    [InlineData("logprobs", "\"yes\"", false)]
    [InlineData("top_logprobs", "21", false)]
    [InlineData("user", "5", false)]
    [InlineData("store", "1", false)]
    [InlineData("reasoning_effort", "1", false)]
    public async Task Sampling_members_are_checked_against_their_bounds(string name, string value, bool isTaken)
    {
        var (status, answer) = await Send(Request("Hi", $"\"{name}\":{value}"));
        status.ShouldBe(isTaken ? 200 : 400, answer.ToString());
        if (!isTaken) answer.GetProperty("error").GetProperty("param").GetString().ShouldBe(name);
    }

    /// <summary>Names and stop sequences are searched for in the text: their maximum length limits the work.</summary>
    [Theory]
    [InlineData(64, 256, null)]
    [InlineData(65, 256, "tools[0].function.name")]
    [InlineData(64, 257, "stop")]
    public async Task Searched_texts_have_a_maximum_length(int name, int stop, string? param)
    {
        var (status, answer) = await Send(Request("Hi", $$$"""
            "tools":[{"type":"function","function":{"name":"{{{new string('f', name)}}}"}}],"stop":["{{{new string('s', stop)}}}"]
            """));
        status.ShouldBe(param is null ? 200 : 400);
        if (param is not null) answer.GetProperty("error").GetProperty("param").GetString().ShouldBe(param);
    }

    [Fact]
    public async Task A_disconnected_caller_gets_no_response()
    {
        var invoker = new HttpMessageInvoker(new EchoHandler(TimeProvider.System));
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(Request("Hi", """ "tools":[{"type":"function","function":{"name":"f"}}]""")));
        var request = new HttpRequestMessage(HttpMethod.Post, "http://echo.invalid/") { Content = body };
        await body.LoadIntoBufferAsync();
        Should.Throw<OperationCanceledException>(() => invoker.Send(request, new CancellationToken(true)));
    }

    [Fact]
    public async Task Another_model_is_a_404()
    {
        var (status, answer) = await Send("{\"model\":\"other\"," + Hi + "}");
        (status, answer.GetProperty("error").GetProperty("code").GetString()).ShouldBe((404, "model_not_found"));
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_a_400()
    {
        var body = Encoding.UTF8.GetBytes(Request("#"));
        body[Array.IndexOf(body, (byte)'#')] = 0xFF;
        var invoker = new HttpMessageInvoker(new EchoHandler(TimeProvider.System));
        using var response = await invoker.SendAsync(new HttpRequestMessage(HttpMethod.Post, "http://echo.invalid/") { Content = new ByteArrayContent(body) }, default);
        ((int)response.StatusCode).ShouldBe(400);
    }

    /// <summary>Accepted by their provider, but not OpenAI's form: OpenAI refuses them, like the echo.</summary>
    private static readonly Dictionary<string, string> NotOpenAIsForm = new()
    {
        ["mistral-chat-one-pdf-693f84"] = "tools without a type",
        ["mistral-chat-one-vision-ffd536"] = "tools without a type",
        ["mistral-chat-one-toolcall-0798df"] = "tool_choice any",
        ["mistral-chat-one-toolcall-4a78f8"] = "tool_choice any",
        ["mistral-chat-one-toolcall-c3f5ee"] = "tool_choice any",
        ["mistral-chat-one-toolcall-fc6eb2"] = "tool_choice any",
        ["mistral-chat-sse-partools-621098"] = "tool_choice any",
        ["mistral-chat-sse-toolcall-2ab1c1"] = "tool_choice any",
        ["mistral-chat-sse-toolcall-2ae793"] = "tool_choice any",
        ["mistral-chat-sse-toolcall-5aed5c"] = "tool_choice any",
        ["mistral-chat-sse-toolcall-938a7a"] = "tool_choice any",
        ["xai-chat-one-toolcall-bd50a2"] = "tool_choice of type tool",
        ["xai-chat-one-toolcall-c923de"] = "tool_choice of type tool",
        ["zai-chat-one-toolres-7c8f59"] = "tool result without tool_call_id",
        ["zai-chat-one-toolres-ea9c4f"] = "tool result without tool_call_id",
    };

    [SkippableFact]
    public async Task Every_recorded_chat_request_has_a_response()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var recorded in WireCorpus.Of("chat").Where(c => c.HasRequest && c.Status == 200))
        {
            var body = System.Text.Json.Nodes.JsonNode.Parse(recorded.RequestBytes())!.AsObject();
            body["model"] = "echo";
            body["stream"] = false;
            var (status, answer) = await Send(body.ToJsonString());
            if ((status == 400) != NotOpenAIsForm.ContainsKey(recorded.Id)) failures.Add($"{recorded.Id}: {status} {answer}");
            if (status != 200) continue;
            body["stream"] = true;
            if ((await Reads(body.ToJsonString()))[^1] != "data: [DONE]\n\n") failures.Add($"{recorded.Id}: no [DONE]");
        }
        failures.ShouldBeEmpty();
    }

    /// <summary>Inserts bytes into, and removes bytes from, a request with every member: the response is always JSON.</summary>
    [Fact]
    public void No_body_makes_it_fail()
    {
        var whole = Encoding.UTF8.GetBytes("""
            {"model":"echo","messages":[{"role":"user","content":[{"type":"text","text":"f \ud83d\ude00"},{"type":"image_url","image_url":{"url":"data:a;b,c"}}]},
            {"role":"assistant","content":"x","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"go"}],
            "tools":[{"type":"function","function":{"name":"f","parameters":{"$defs":{"n":{"type":"object","properties":{"n":{"$ref":"#/$defs/n"}},"required":["n"]}},"type":"object",
            "properties":{"a":{"$ref":"#/$defs/n"},"b":{"type":"array","items":{"type":"integer","minimum":3}},"c":{"anyOf":[{"type":"null"},{"enum":["q"]}]}},"required":["a","b","c"]}}}],
            "tool_choice":"auto","stop":["a"],"max_tokens":50,"n":2,"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"string"}}}}
            """);
        var changes = from at in Gen.Choose(0, whole.Length - 1)
                      from remove in Gen.Choose(0, 12)
                      from insert in Gen.Elements("", "{", "}", "[", "]", "\"", ",", ":", "0", "null", "\\", "\\ud800", "\u0000", "true", "1e999", "\"x\":1,")
                      select (at, remove, insert);
        Check.QuickThrowOnFailure(Prop.ForAll(changes.ToArbitrary(), change =>
        {
            byte[] body = [.. whole[..change.at], .. Encoding.UTF8.GetBytes(change.insert), .. whole[Math.Min(whole.Length, change.at + change.remove)..]];
            using var response = new HttpMessageInvoker(new EchoHandler(TimeProvider.System))
                .Send(new HttpRequestMessage(HttpMethod.Post, "http://echo.invalid/") { Content = new ByteArrayContent(body) }, default);
            using var content = response.Content.ReadAsStream();
            JsonDocument.Parse(content).Dispose();
            return (int)response.StatusCode is 200 or 400 or 404;
        }));
    }
}
