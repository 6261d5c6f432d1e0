using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Shared;
using Nano.Inbound;
using Nano.Json;
using Nano.Routing;
using Nano.Testing.Requests;
using Nano.Tests.Pipeline;

namespace Nano.Tests.Requests;

/// <summary>Tools with names that the target does not accept get others there, and callers see their own.</summary>
public sealed class CallerNamesTests
{
    /// <summary>82 characters, as Claude Code names the tools of a plugin's MCP server.</summary>
    private const string Long = "mcp__plugin_team-workspace-assistant_team-workspace-server__list_all_open_tickets_";

    private static readonly DialectSet Dialects = new();

    private static readonly string Request = $$$"""
        {"model":"m","max_tokens":9,"tools":[{"name":"{{{Long}}}","description":"d","input_schema":{"type":"object"}},{"name":"short","input_schema":{"type":"object"}}],
         "tool_choice":{"type":"tool","name":"{{{Long}}}"},
         "messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"{{{Long}}}","input":{}},{"type":"tool_use","id":"b","name":"short","input":{}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_reference","tool_name":"{{{Long}}}"}]},{"type":"tool_result","tool_use_id":"b","content":"1"}]}]}
        """;

    [Theory]
    [InlineData("openai/gpt-4o")]
    [InlineData("openai/gpt-6.2-sol")]
    [InlineData("cohere/m")]
    [InlineData("bedrock/model-of-tomorrow")]
    [InlineData("any-server/m")]
    public async Task The_tool_its_choice_and_the_history_have_one_short_name(string model)
    {
        var sent = await UpstreamForm.WriteMessagesAsync(model, Encoding.UTF8.GetBytes(Request));
        sent.Error.ShouldBeNull();
        sent.Losses.Emulated.ShouldContain("tools.name");
        var body = sent.Body.GetRawText();
        body.ShouldNotContain(Long);
        body.ShouldContain("\"short\"");
        var name = ToolNames.Fit(Long);
        name.Length.ShouldBeLessThanOrEqualTo(64);
        // The tool, the call, and the sentence about it; Cohere and some models of Bedrock cannot choose one tool.
        (body.Split(name).Length - 1).ShouldBeGreaterThanOrEqualTo(3);
        (await UpstreamForm.WriteMessagesAsync(model, Encoding.UTF8.GetBytes(Request))).Body.GetRawText().ShouldBe(body);
    }

    /// <summary>Its responses are echoed, so a name that was replaced would not come back.</summary>
    [Fact]
    public async Task A_target_of_the_callers_own_origin_gets_the_name_as_it_is()
    {
        var claude = await UpstreamForm.WriteMessagesAsync("vertex/claude-of-tomorrow", Encoding.UTF8.GetBytes(Request.Replace(Long, "files.read", StringComparison.Ordinal)));
        claude.Body.GetRawText().ShouldContain("\"files.read\"");
        claude.Losses.Emulated.ShouldNotContain("tools.name");
        var gemini = await UpstreamForm.WriteGeminiAsync("vertex/gemini-of-tomorrow",
            """{"contents":[{"role":"user","parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"my/tool","description":"d"}]}]}"""u8.ToArray());
        gemini.Body.GetRawText().ShouldContain("\"my/tool\"");
        gemini.Losses.Emulated.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("anthropic/claude-of-tomorrow")]
    [InlineData("vertex/claude-of-tomorrow")]
    [InlineData("google/gemini-of-tomorrow")]
    public async Task A_target_that_accepts_the_name_gets_it(string model)
    {
        var sent = await UpstreamForm.WriteMessagesAsync(model, Encoding.UTF8.GetBytes(Request));
        sent.Body.GetRawText().ShouldContain(Long);
        sent.Losses.Emulated.ShouldNotContain("tools.name");
    }

    /// <summary>Gemini's dots and colons.</summary>
    [Fact]
    public async Task A_name_of_Gemini_gets_the_letters_that_the_target_has()
    {
        const string Turns = """{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"name":"a.b:c","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"a.b:c","response":{"x":1}}}]}""";
        var request = Encoding.UTF8.GetBytes(
            $$$$"""{"contents":[{{{{Turns}}}}],"tools":[{"functionDeclarations":[{"name":"a.b:c","description":"d"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a.b:c"]}}}""");
        var sent = await UpstreamForm.WriteGeminiAsync("openai/gpt-4o", request);
        sent.Losses.Emulated.ShouldContain("tools.functionDeclarations.name");
        sent.Body.GetRawText().ShouldNotContain("a.b:c");
        sent.Body.Elements("messages").ElementAt(1).Elements("tool_calls").Single().GetProperty("function").Text("name").ShouldBe(ToolNames.Fit("a.b:c"));
        sent.Body.Elements("messages").ElementAt(2).Text("role").ShouldBe("tool");
    }

    /// <summary>Two long names with the same beginning, and a tool that already has the short name.</summary>
    [Fact]
    public void Names_do_not_collide()
    {
        var taken = ToolNames.Fit(Long + "1");
        var tools = new[] { Long + "1", Long + "2", taken, Long + "1" }.Select(name => $$$"""{"name":"{{{name}}}","input_schema":{"type":"object"}}""");
        var request = Dialects.AnthropicMessages.ReadRequest(
            Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":9,"tools":[{{string.Join(',', tools)}}],"messages":[{"role":"user","content":"q"}]}"""));
        var names = CallerNames.Replace(request, Dialects.OpenAIChat, new LossReport());
        var sent = request.Tools.Select(tool => tool.Name.ToString()).ToList();
        sent[3].ShouldBe(sent[0]);
        sent[2].ShouldBe(taken);
        sent.Distinct().Count().ShouldBe(3);
        sent.TrueForAll(name => ToolIds.IsGood(Encoding.UTF8.GetBytes(name), 64)).ShouldBeTrue();
        CallerNames.Restore(names, JsonText.From(sent[0])).ToString().ShouldBe(Long + "1");
        CallerNames.Restore(names, JsonText.From(sent[1])).ToString().ShouldBe(Long + "2");
        CallerNames.Restore(names, JsonText.From(taken)).ToString().ShouldBe(taken);
    }

    /// <summary>Most requests have no such name.</summary>
    [Fact]
    public void Names_that_the_target_accepts_cost_nothing()
    {
        var request = Dialects.AnthropicMessages.ReadRequest("""{"model":"m","max_tokens":9,"tools":[{"name":"f","input_schema":{}},{"name":"g"}],"messages":[]}"""u8.ToArray());
        var losses = new LossReport();
        CallerNames.Replace(request, Dialects.OpenAIChat, losses).ShouldBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) CallerNames.Replace(request, Dialects.OpenAIChat, losses);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        losses.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_whole_response_has_the_callers_name()
    {
        var provider = ScriptedTransport.Json($$$"""
            {"id":"c","object":"chat.completion","created":1,"model":"m",
             "choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{{{Call()}}}]}}],
             "usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}
            """);
        var sent = await AnswerAsync(provider, stream: false);
        JsonDocument.Parse(sent).RootElement.Elements("content").Select(block => block.Text("name")).ShouldBe([Long]);
    }

    [Fact]
    public async Task A_stream_has_the_callers_name()
    {
        var provider = ScriptedTransport.Events(
            $$"""{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{{Call()}}]},"finish_reason":null}]}""",
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""", "[DONE]");
        var sent = await AnswerAsync(provider, stream: true);
        sent.ShouldContain($"\"name\":\"{Long}\"");
        sent.ShouldNotContain(ToolNames.Fit(Long));
    }

    [Fact]
    public void Responses_of_Gemini_have_the_callers_name()
    {
        var request = Dialects.Gemini.ReadRequest(Encoding.UTF8.GetBytes(
            $$"""{"contents":[{"role":"user","parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"{{Long}}"}]}]}"""));
        var context = new ResponseContext { FallbackId = "id", Model = "m", Created = 1, Memo = Dialects.Gemini.TryAdapt(request, Dialects.OpenAIChat, new LossReport()).Memo };
        var response = new ChatResponse("openai-chat");
        var message = new ChatMessage(ChatRole.Assistant);
        message.Parts.Add(new ToolCallPart(JsonText.From("a"), JsonText.From(ToolNames.Fit(Long))));
        response.Choices.Add(new ChatChoice(0, message));
        using var whole = new JsonOutput();
        Dialects.Gemini.WriteResponse(response, context, whole, new LossReport());
        Encoding.UTF8.GetString(whole.WrittenSpan).ShouldContain($"\"name\":\"{Long}\"");

        using var stream = new JsonOutput();
        var writer = Dialects.Gemini.CreateEventWriter(context, stream, new LossReport());
        writer.BeginFrame(new ChatFrame("openai-chat"));
        writer.On(new ChatEvent(ChatEventKind.ToolCallStart) { Id = JsonText.From("a"), Name = JsonText.From(ToolNames.Fit(Long)) });
        writer.On(new ChatEvent(ChatEventKind.ToolCallEnd));
        writer.On(new ChatEvent(ChatEventKind.Finish) { Finish = FinishReason.ToolCalls });
        writer.EndFrame();
        writer.Complete();
        Encoding.UTF8.GetString(stream.WrittenSpan).ShouldContain($"\"name\":\"{Long}\"");
    }

    private static string Call() =>
        $$$"""{"index":0,"id":"call_1","type":"function","function":{"name":"{{{ToolNames.Fit(Long)}}}","arguments":"{}"}}""";

    private static async Task<string> AnswerAsync(ScriptedTransport provider, bool stream)
    {
        await using var harness = new AttemptHarness();
        var plan = RoutePlan.Of(AttemptHarness.Deploy("first", Dialects.OpenAIChat, provider));
        var request = stream ? Request.Replace("\"max_tokens\":9", "\"max_tokens\":9,\"stream\":true", StringComparison.Ordinal) : Request;
        (await harness.RunAsync(new InboundApis(Dialects).AnthropicMessages, request, plan)).ShouldBeNull();
        provider.Bodies.Single().ShouldNotContain(Long);
        return harness.Sent;
    }
}
