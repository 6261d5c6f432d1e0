using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.CohereChat;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;

namespace Nano.Tests.Dialects.OpenAIChat;

/// <summary>Callers of the older <c>functions</c>: responses of other dialects in the only form that they read.</summary>
public sealed class FunctionCallTests
{
    private const string Weather = """{"city":"Ulm","say":"\"\\é"}""";

    /// <summary>The response's parts in order (a call with its arguments, and <c>!</c> with a signature); content, call, finish reason, and losses.</summary>
    public static TheoryData<string[], FinishReason, string?, string?, string, string> Answers => new()
    {
        { ["f " + Weather], FinishReason.ToolCalls, null, "f " + Weather, "function_call", "" },
        { ["f {}"], FinishReason.Stop, null, "f {}", "function_call", "" },
        { ["text Looking. ", "f " + Weather], FinishReason.ToolCalls, "Looking. ", "f " + Weather, "function_call", "" },
        { ["f {}", "text  Wait."], FinishReason.ToolCalls, " Wait.", "f {}", "function_call", "" },
        { ["f " + Weather, "g {\"a\":1}", "f {\"b\":2}"], FinishReason.ToolCalls, null, "f " + Weather, "function_call", "content.tool_calls.g,content.tool_calls.f" },
        { ["f! {}", "g! {}"], FinishReason.Stop, null, "f {}", "function_call", "content.thoughtSignature,content.tool_calls.g" },
        { ["f {}"], FinishReason.Length, null, "f {}", "length", "" },
        { ["text Hi"], FinishReason.Stop, "Hi", null, "stop", "" },
        { [], FinishReason.Refusal, null, null, "content_filter", "" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Whole(string[] said, FinishReason finish, string? content, string? call, string word, string lost)
    {
        var message = new ChatMessage(ChatRole.Assistant);
        foreach (var (name, value, signed) in Split(said))
            message.Parts.Add(name == "text"
                ? new TextPart(Encoded(value))
                : new ToolCallPart(T("id_" + message.Parts.Count), T(name)) { Arguments = new ToolArguments { Json = J(value) }, Signature = signed ? T("c2ln") : default });
        var response = new ChatResponse("gemini");
        response.Choices.Add(new ChatChoice(0, message) { Finish = finish });
        var losses = new LossReport();
        using var output = new JsonOutput();
        ChatCases.Dialect.WriteResponse(response, Older, output, losses);

        var choice = Parse(output.WrittenSpan).GetProperty("choices")[0];
        choice.GetProperty("message").TryGetProperty("tool_calls", out _).ShouldBeFalse();
        choice.GetProperty("message").GetProperty("content").GetString().ShouldBe(content);
        Said(choice.GetProperty("message")).ShouldBe(call);
        choice.GetProperty("finish_reason").GetString().ShouldBe(word);
        string.Join(',', losses.Dropped).ShouldBe(lost);
        losses.Emulated.ShouldBeEmpty();
    }

    /// <summary>In one frame, or each event in its own: arguments arrive in two pieces.</summary>
    [Theory]
    [MemberData(nameof(Answers))]
    public void Streamed(string[] said, FinishReason finish, string? content, string? call, string word, string lost)
    {
        foreach (var apart in new[] { false, true })
        {
            var losses = new LossReport();
            var chunks = Write(Events(said, finish), apart, losses);
            var deltas = chunks.Select(c => Parse(c).GetProperty("choices")[0]).ToArray();
            deltas.Any(d => d.GetProperty("delta").TryGetProperty("tool_calls", out _)).ShouldBeFalse();
            string.Concat(deltas.Select(d => d.GetProperty("delta")).Select(d => d.TryGetProperty("content", out var text) ? text.GetString() : "")).ShouldBe(content ?? "");
            var pieces = deltas.Select(d => d.GetProperty("delta")).Where(d => d.TryGetProperty("function_call", out _)).Select(d => d.GetProperty("function_call")).ToArray();
            pieces.Skip(1).Any(p => p.TryGetProperty("name", out _)).ShouldBeFalse();
            var told = pieces.Length == 0 ? null : $"{pieces[0].GetProperty("name").GetString()} {string.Concat(pieces.Select(p => p.GetProperty("arguments").GetString()))}";
            told.ShouldBe(call, $"apart: {apart}");
            deltas.Select(d => d.GetProperty("finish_reason").GetString()).ShouldBe([.. Enumerable.Repeat<string?>(null, deltas.Length - 1), word]);
            string.Join(',', losses.Dropped).ShouldBe(lost);
        }
    }

    [Fact]
    public void A_stream_sends_the_name_before_the_arguments()
    {
        var chunks = Write(Events(["text A", "f {\"q\":\"\\\"\"}", "text B"], FinishReason.ToolCalls), apart: true, new LossReport());
        string[] choices =
        [
            """{"index":0,"delta":{"role":"assistant","content":"A"},"finish_reason":null}""",
            """{"index":0,"delta":{"function_call":{"name":"f","arguments":""}},"finish_reason":null}""",
            """{"index":0,"delta":{"function_call":{"arguments":"{\"q\":"}},"finish_reason":null}""",
            """{"index":0,"delta":{"function_call":{"arguments":"\"\\\"\"}"}},"finish_reason":null}""",
            """{"index":0,"delta":{"content":"B"},"finish_reason":null}""",
            """{"index":0,"delta":{},"finish_reason":"function_call"}""",
        ];
        chunks.Select(c => Parse(c).GetProperty("choices")[0].GetRawText()).ShouldBe(choices);
    }

    [Fact]
    public void Every_choice_has_its_call()
    {
        ChatEvent[] events = [Call(0, "f"), Arguments(0, "{}"), Call(0, "g") with { Choice = 1 }, Arguments(0, "[1]") with { Choice = 1 }, Arguments(0, " ")];
        var said = Write(events, apart: false, new LossReport()).Select(c => Parse(c).GetProperty("choices")[0])
            .Select(c => $"{c.GetProperty("index")} {Said(c.GetProperty("delta"))} {c.GetProperty("finish_reason")}").ToArray();
        said.ShouldBe(["0 f {} ", "1 g [1] ", "0 -   ", "0  function_call", "1  function_call"]);
    }

    /// <summary>The request asks for one call if the dialect can express it; a value that the caller did not set is not a loss.</summary>
    [Theory]
    [InlineData("functions", "", "anthropic", "disable_parallel_tool_use\":true", "")]
    [InlineData("functions", "", "responses", "parallel_tool_calls\":false", "")]
    [InlineData("functions", "", "gemini", "", "")]
    [InlineData("functions", "", "cohere", "", "")]
    [InlineData("functions", "", "bedrock", "", "")]
    [InlineData("functions", ",\"function_call\":{\"name\":\"f\"}", "anthropic", "disable_parallel_tool_use\":true", "")]
    [InlineData("functions", ",\"function_call\":\"none\"", "anthropic", "", "")]
    [InlineData("functions", ",\"tools\":[]", "responses", "parallel_tool_calls\":false", "")]
    [InlineData("functions", ",\"parallel_tool_calls\":null", "responses", "parallel_tool_calls\":false", "")]
    [InlineData("functions", ",\"parallel_tool_calls\":true", "responses", "parallel_tool_calls\":true", "")]
    [InlineData("functions", ",\"parallel_tool_calls\":true", "anthropic", "", "")]
    [InlineData("functions", ",\"parallel_tool_calls\":false", "gemini", "", "parallel_tool_calls")]
    [InlineData("functions", ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]", "responses", "", "")]
    [InlineData("tools", "", "anthropic", "", "")]
    [InlineData("tools", "", "responses", "", "")]
    [InlineData("tools", ",\"functions\":[]", "responses", "", "")]
    public void One_call_is_requested(string member, string more, string target, string asked, string lost)
    {
        var tool = member == "functions" ? """{"name":"f"}""" : """{"type":"function","function":{"name":"f"}}""";
        var request = ChatCases.Dialect.ReadRequest(ChatCases.Utf8($$"""{"model":"m","messages":[{"role":"user","content":"q"}],"{{member}}":[{{tool}}]{{more}}}"""));
        IUpstreamDialect dialect = target switch
        {
            "anthropic" => new AnthropicMessagesDialect(),
            "responses" => new OpenAIResponsesDialect(),
            "gemini" => new GeminiDialect(),
            "cohere" => new CohereChatDialect(),
            _ => new BedrockConverseDialect(),
        };
        var losses = new LossReport();
        using var output = new JsonOutput();
        dialect.WriteRequest(request, new RequestTarget { Model = "m" }, output, losses);
        var written = Encoding.UTF8.GetString(output.WrittenSpan);
        if (asked.Length > 0) written.ShouldContain(asked);
        else written.ShouldNotContain("parallel");
        losses.ToString().ShouldBe(lost.Length > 0 ? $"dropped={lost}" : "");
    }

    [Theory]
    [InlineData(""" "functions":[{"name":"f"}] """, true)]
    [InlineData(""" "tools":null,"functions":[{"name":"f"}] """, true)]
    [InlineData(""" "functions":[{"name":"f"}],"tools":[ ] """, true)]
    [InlineData(""" "functions":[],"tools":[{}] """, false)]
    [InlineData(""" "functions":[{"name":"f"}],"tools":[{}] """, false)]
    [InlineData(""" "tools":[{}],"functions":[{"name":"f"}] """, false)]
    [InlineData(""" "functions":[] """, false)]
    [InlineData(""" "functions":null """, false)]
    [InlineData(""" "x":1 """, false)]
    public void Callers_of_the_older_form_are_recognised(string members, bool older)
    {
        ChatEnvelope.TryRead(ChatCases.Utf8($$"""{"model":"m",{{members}}}"""), out var envelope).ShouldBeNull();
        envelope.ReadsFunctionCall.ShouldBe(older);
        envelope.HasTools.ShouldBe(older || members.Contains("[{", StringComparison.Ordinal));
    }

    private static ResponseContext Older => ChatCases.Context with { ReadsFunctionCall = true, StreamUsage = false };

    private static List<ChatEvent> Events(string[] said, FinishReason finish)
    {
        var events = new List<ChatEvent>();
        var calls = 0;
        foreach (var (name, value, signed) in Split(said))
        {
            if (name == "text")
            {
                events.Add(new ChatEvent(ChatEventKind.Text) { Text = Encoded(value) });
                continue;
            }
            var half = value.IndexOf(':', StringComparison.Ordinal) + 1;
            events.Add(Call(calls, name) with { Signature = signed ? T("c2ln") : default });
            events.Add(Arguments(calls, value[..half]));
            events.Add(Arguments(calls++, value[half..]));
        }
        events.Add(new ChatEvent(ChatEventKind.Finish) { Finish = finish });
        return events;
    }

    private static List<string> Write(IReadOnlyList<ChatEvent> events, bool apart, LossReport losses)
    {
        using var output = new JsonOutput();
        var writer = ChatCases.Dialect.CreateEventWriter(Older, output, losses);
        writer.BeginFrame(new ChatFrame("gemini"));
        foreach (var item in events)
        {
            writer.On(item);
            if (!apart) continue;
            writer.EndFrame();
            writer.BeginFrame(new ChatFrame("gemini"));
        }
        writer.EndFrame();
        writer.Complete();
        var chunks = ChatCases.Events(output.WrittenSpan.ToArray()).Select(e => e.Data).ToList();
        chunks[^1].ShouldBe("[DONE]");
        return chunks[..^1];
    }

    private static IEnumerable<(string Name, string Value, bool IsSigned)> Split(string[] said) =>
        said.Select(s => (s[..s.IndexOf(' ')].TrimEnd('!'), s[(s.IndexOf(' ') + 1)..], s[..s.IndexOf(' ')].EndsWith('!')));

    /// <summary>The call with its name (<c>-</c> if it has none) and arguments; null without a call.</summary>
    private static string? Said(JsonElement message) => message.TryGetProperty("function_call", out var call)
        ? $"{(call.TryGetProperty("name", out var name) ? name.GetString() : "-")} {call.GetProperty("arguments").GetString()}"
        : null;

    private static ChatEvent Call(int index, string name) => new(ChatEventKind.ToolCallStart) { ToolIndex = index, Id = T($"id_{index}"), Name = T(name) };

    private static ChatEvent Arguments(int index, string json) => new(ChatEventKind.ToolCallArguments) { ToolIndex = index, Json = J(json) };

    private static JsonElement Parse(ReadOnlySpan<byte> json) => Parse(Encoding.UTF8.GetString(json));

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static JsonText Encoded(string text) => T(JsonEncodedText.Encode(text).ToString());

    private static JsonText T(string escaped) => new(ChatCases.Utf8(escaped));

    private static JsonSlice J(string json) => new(ChatCases.Utf8(json));
}
