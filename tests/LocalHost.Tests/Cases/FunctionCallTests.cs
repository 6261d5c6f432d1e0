using System.Text.Json;
using Nano.LocalHost.Tests.Errors;
using Nano.LocalHost.Tests.Hosting;
using Nano.LocalHost.Tests.Responses;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Cases;

/// <summary>A caller of Chat's older <c>functions</c> whose requests are sent to providers of other dialects: question, call, and result.</summary>
public sealed class FunctionCallTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string OpenAI = "openai/gpt-6.2-sol", Anthropic = "anthropic/claude-haiku-5-5", Google = "google/gemini-3.8-flash";
    private const string Functions = """ "functions":[{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}},{"name":"time"}] """;
    private const string Tools = """ "tools":[{"type":"function","function":{"name":"weather"}}] """;
    private const string Arguments = """{"city":"Ulm"}""";

    public static TheoryData<string, bool> Ways => new()
    {
        { OpenAI, false },
        { OpenAI, true },
        { Anthropic, false },
        { Anthropic, true },
        { Google, false },
        { Google, true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_call_is_a_function_call(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(Ask(model, stream, Functions), Script(model, stream, "weather"));
        Read(reply, stream).ShouldBe(("Looking. ", "weather", Arguments, "function_call"));
        reply.Text.ShouldNotContain("tool_calls");
        reply.Text.ShouldNotContain("x-nano-loss");
        reply.Headers.Keys.ShouldNotContain("x-nano-loss");
        var sent = gateway.Upstream.Request.BodyText;
        if (model == OpenAI) sent.ShouldContain("\"parallel_tool_calls\":false");
        if (model == Anthropic) sent.ShouldContain("\"disable_parallel_tool_use\":true");
    }

    /// <summary>A model that makes two calls nevertheless: the second one is dropped and reported.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Of_several_calls_the_first_is_sent_and_the_others_are_reported(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(Ask(model, stream, Functions), Script(model, stream, "weather", "time"));
        Read(reply, stream).ShouldBe(("Looking. ", "weather", Arguments, "function_call"));
        (stream ? reply.Text : reply.Headers["x-nano-loss"]).ShouldContain("dropped=content.tool_calls.time");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Without_a_call_it_is_text(string model, bool stream)
    {
        var reply = await gateway.ChatAsync(Ask(model, stream, Functions), Script(model, stream));
        Read(reply, stream).ShouldBe(("Looking. ", null, "", "stop"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Callers_of_tools_get_tool_calls(string model, bool stream)
    {
        foreach (var members in new[] { Tools, $"{Tools},{Functions}" })
        {
            var reply = await gateway.ChatAsync(Ask(model, stream, members), Script(model, stream, "weather", "time"));
            var choice = reply.ReadStrictly(usageAsked: false).Choices.ShouldHaveSingleItem();
            (choice.Finish, string.Join(' ', choice.ToolCalls.Select(c => c.Name))).ShouldBe(("tool_calls", "weather time"));
            reply.Text.ShouldNotContain("function_call");
            gateway.Upstream.Request.BodyText.ShouldNotContain("parallel");
        }
    }

    /// <summary>The provider gets matching ids for the call and its result, although neither has one, and the model's reasoning comes back before the call.</summary>
    [Theory]
    [InlineData(OpenAI)]
    [InlineData(Anthropic)]
    public async Task The_result_comes_back_in_the_next_turn(string model)
    {
        var first = await gateway.ChatAsync(Ask(model, false, Functions), Script(model, false, "thought", "weather"));
        var message = first.Json.GetProperty("choices")[0].GetProperty("message").GetRawText();
        message.ShouldContain("function_call");
        var next = $$"""{"model":"{{model}}",{{Functions}},"messages":[{"role":"user","content":"Weather?"},{{message}},{"role":"function","name":"weather","content":"Rain."}]}""";
        var second = await gateway.ChatAsync(next, Script(model, false));
        Read(second, false).ShouldBe(("Looking. ", null, "", "stop"));
        second.Headers.Keys.ShouldNotContain("x-nano-loss");

        var sent = gateway.Upstream.Request.BodyJson;
        if (model == OpenAI)
        {
            var items = sent.GetProperty("input").EnumerateArray().Where(i => i.TryGetProperty("type", out _)).ToArray();
            string.Join(' ', items.Select(i => i.GetProperty("type").GetString()).Where(t => t != "message")).ShouldBe("reasoning function_call function_call_output");
            items.Single(i => Type(i) == "reasoning").GetProperty("encrypted_content").GetString().ShouldBe("c2VhbGVk");
            var (call, result) = (items.Single(i => Type(i) == "function_call"), items.Single(i => Type(i) == "function_call_output"));
            (call.GetProperty("name").GetString(), call.GetProperty("arguments").GetString()).ShouldBe(("weather", Arguments));
            (result.GetProperty("call_id").GetString(), result.GetProperty("output").GetString()).ShouldBe((call.GetProperty("call_id").GetString(), "Rain."));
        }
        else
        {
            var turns = sent.GetProperty("messages").EnumerateArray().ToArray();
            var said = turns[1].GetProperty("content").EnumerateArray().ToArray();
            string.Join(' ', said.Select(Type)).ShouldBe("thinking text tool_use");
            said[0].GetProperty("signature").GetString().ShouldBe("c2ln");
            (said[2].GetProperty("name").GetString(), said[2].GetProperty("input").GetProperty("city").GetString()).ShouldBe(("weather", "Ulm"));
            var result = turns[2].GetProperty("content").EnumerateArray().ShouldHaveSingleItem();
            (Type(result), result.GetProperty("tool_use_id").GetString()).ShouldBe(("tool_result", said[2].GetProperty("id").GetString()));
            result.GetProperty("content").GetRawText().ShouldContain("Rain.");
        }
    }

    private static string? Type(JsonElement item) => item.GetProperty("type").GetString();

    private static string Ask(string model, bool stream, string members) =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Weather?"}],{{members}}{{(stream ? ",\"stream\":true" : "")}}}""";

    /// <summary>The turn that a client of the older form sends back.</summary>
    private static (string Text, string? Name, string Arguments, string? Finish) Read(GatewayReply reply, bool stream)
    {
        ((int)reply.Status).ShouldBe(200, reply.Text);
        var choices = (stream
            ? reply.Text.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)).Select(l => JsonDocument.Parse(l[6..]).RootElement)
            : [reply.Json]).Select(c => c.GetProperty("choices")[0]).ToArray();
        if (stream) reply.Text.ShouldEndWith("data: [DONE]\n\n");
        string text = "", arguments = "";
        string? name = null, finish = null;
        foreach (var choice in choices)
        {
            var said = choice.GetProperty(stream ? "delta" : "message");
            if (said.TryGetProperty("content", out var content)) text += content.GetString();
            if (said.TryGetProperty("function_call", out var call))
            {
                if (call.TryGetProperty("name", out var called)) name = name is null ? called.GetString() : throw new InvalidOperationException($"named twice: {reply.Text}");
                arguments += name is null ? throw new InvalidOperationException($"arguments before the name: {reply.Text}") : call.GetProperty("arguments").GetString();
            }
            finish = choice.GetProperty("finish_reason").GetString() ?? finish;
        }
        return (text, name, arguments, finish);
    }

    /// <summary>The provider's response: the text <c>Looking. </c> and these calls; <c>thought</c> is reasoning before everything else.</summary>
    private static UpstreamScript Script(string model, bool stream, params string[] calls)
    {
        var thinks = calls.Contains("thought");
        calls = [.. calls.Where(c => c != "thought")];
        if (model == OpenAI)
        {
            string[] thought = thinks ? [ResponsesResponse.Reasoning("c2VhbGVk", "Hm.")] : [];
            return new ResponsesResponse([.. thought, ResponsesResponse.Message("Looking. "), .. calls.Select((c, i) => ResponsesResponse.Call($"call_{i}", c, Arguments))]).Script(
                stream);
        }
        if (model == Google)
        {
            var parts = string.Concat(calls.Select(c => $$$""",{"functionCall":{"name":"{{{c}}}","args":{{{Arguments}}}}}"""));
            var body = $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":"Looking. "}{{{parts}}}]},"finishReason":"STOP","index":0}]}""";
            return stream ? UpstreamScript.Sse($"data: {body}\r\n\r\n") : UpstreamScript.Json(body);
        }
        var reason = calls.Length > 0 ? "tool_use" : "end_turn";
        if (!stream)
        {
            var thought = thinks ? """{"type":"thinking","thinking":"Hm.","signature":"c2ln"},""" : "";
            var blocks = string.Concat(calls.Select((c, i) => $$$""",{"type":"tool_use","id":"toolu_{{{i}}}","name":"{{{c}}}","input":{{{Arguments}}}}"""));
            return UpstreamScript.Json(
                $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{{{thought}}}{"type":"text","text":"Looking. "}{{{blocks}}}],"stop_reason":"{{{reason}}}","usage":{"input_tokens":9,"output_tokens":30}}""");
        }
        return HandmadeTests.Anthropic(
        [
            """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Looking. "}}""",
            """{"type":"content_block_stop","index":0}""",
            .. calls.SelectMany((c, i) => new[]
            {
                $$$"""{"type":"content_block_start","index":{{{i + 1}}},"content_block":{"type":"tool_use","id":"toolu_{{{i}}}","name":"{{{c}}}","input":{} }}""",
                $$$"""{"type":"content_block_delta","index":{{{i + 1}}},"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}""",
                $$$"""{"type":"content_block_delta","index":{{{i + 1}}},"delta":{"type":"input_json_delta","partial_json":"\"Ulm\"}"}}""",
                $$"""{"type":"content_block_stop","index":{{i + 1}}}""",
            }),
            $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{reason}}}"},"usage":{"output_tokens":30}}""",
            """{"type":"message_stop"}""",
        ]);
    }
}
