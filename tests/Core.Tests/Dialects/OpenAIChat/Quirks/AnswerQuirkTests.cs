using System.Reflection;
using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>How each flag edits a response or a chunk, and that nothing is edited without the flag.</summary>
public sealed class AnswerQuirkTests
{
    private static readonly ResponseQuirks All = new()
    {
        ReasoningMember = true, ThinkTags = true, ContentParts = true, LooseCalls = true, OwnFinishReasons = true, EndsWithoutDone = true,
    };

    /// <summary>Flag, streamed or whole, the provider's response, the caller's response.</summary>
    public static TheoryData<string, bool, string, string> Cases => new()
    {
        { "ReasoningMember", false, Whole(""" "content":"a","reasoning":"t" """), Whole(""" "content":"a","reasoning_content":"t" """) },
        { "ReasoningMember", true, Chunk(""" "reasoning":"t \"x\"" """), Chunk(""" "reasoning_content":"t \"x\"" """) },
        { "ReasoningMember", true, Chunk(""" "content":"a","reasoning":null """), Chunk(""" "content":"a","reasoning_content":null """) },
        { "ReasoningMember", true,
            """{"choices":[{"index":0,"delta":{"role":"assistant","reasoning":"t } \"reasoning\": x"}},{"index":1,"delta":{"content":"a {","reasoning":"u"}}],"reasoning":1}""",
            """{"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"t } \"reasoning\": x"}},{"index":1,"delta":{"content":"a {","reasoning_content":"u"}}],"reasoning":1}""" },
        { "ReasoningMember", true, Chunk(""" "content":"\"reasoning\":","reasoning":"t" """), Chunk(""" "content":"\"reasoning\":","reasoning_content":"t" """) },
        { "ThinkTags", false, Whole(""" "content":"<think>\nt\n</think>\n\na" """), Whole(""" "reasoning_content":"t","content":"a" """) },
        { "ThinkTags", false, Whole(""" "content":"\u003cthink\u003et\u003c/think\u003ea" """), Whole(""" "reasoning_content":"t","content":"a" """) },
        // Cut off in its reasoning (huggingface-chat-one-trunc-02ce3d).
        { "ThinkTags", false, Whole(""" "content":"<think>\nt" """), Whole(""" "reasoning_content":"t","content":"" """) },
        { "ThinkTags", false, Whole(""" "content":"t\n</think>\n\na" """), Whole(""" "reasoning_content":"t","content":"a" """) },
        { "ThinkTags", false, Whole(""" "content":"<think>\n\n</think>\n\na" """), Whole(""" "content":"a" """) },
        { "ThinkTags", true, Chunk(""" "role":"assistant","content":"<think>\nt" """), Chunk(""" "role":"assistant","reasoning_content":"t" """) },
        { "ContentParts", false, Whole(
            """ "content":[{"type":"thinking","thinking":[{"type":"text","text":"t"},{"type":"text","text":"u"}],"closed":true},{"type":"text","text":"a"}] """),
                Whole(""" "reasoning_content":"tu","content":"a" """) },
        { "ContentParts", true, Chunk(""" "content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}] """), Chunk(""" "reasoning_content":"t" """) },
        { "ContentParts", true, Chunk(""" "content": [{"type":"text","text":"a"}] """), Chunk(""" "content":"a" """) },
        // mistral-chat-sse-toolcall-2ae793
        { "LooseCalls", true, Chunk(""" "tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}},{"id":"y","function":{"name":"g","arguments":"{}"}}] """),
            Chunk(""" "tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}] """) },
        // Case 10: all with the index 0.
        { "LooseCalls", true, Chunk(
            """ "tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}},{"index":0,"id":"y","function":{"name":"g","arguments":"{}"}}] """),
                Chunk(""" "tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}] """) },
        { "LooseCalls", true, Chunk(""" "tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":{"a":"b"}}}] """),
            Chunk(""" "tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"}}] """) },
        { "LooseCalls", false, Whole(""" "content":null,"tool_calls":[{"id":"x","function":{"name":"f","arguments":{"a":[1, 2]}}}] """, "tool_calls"),
            Whole(""" "content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":[1, 2]}"}}] """, "tool_calls") },
        { "LooseCalls", false, Whole(""" "content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f"}}] """, "tool_calls"),
            Whole(""" "content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}] """, "tool_calls") },
        { "OwnFinishReasons", false, Whole(""" "content":"a" """).Replace("\"stop\"", "null"), Whole(""" "content":"a" """) },
        { "OwnFinishReasons", false, Whole(""" "content":"a" """).Replace(",\"finish_reason\":\"stop\"", ""), Whole(""" "content":"a" """) },
        { "OwnFinishReasons", true, Chunk(""" "content":"" """, "\"eos\""), Chunk(""" "content":"" """, "\"stop\",\"native_finish_reason\":\"eos\"") },
        { "OwnFinishReasons", false, Whole(""" "content":"a" """, "model_length"), Whole(""" "content":"a" """, "length", """ ,"native_finish_reason":"model_length" """) },
        { "OwnFinishReasons", true, Chunk(""" "content":"" """, "\"sensitive\""), Chunk(""" "content":"" """, "\"content_filter\",\"native_finish_reason\":\"sensitive\"") },
        { "OwnFinishReasons", true, Chunk(""" "content":"a" """, "\"\""), Chunk(""" "content":"a" """, "null") },
        { "OwnFinishReasons", false, Whole(""" "content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}] """, ""),
            Whole(""" "content":null,"tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}] """, "tool_calls") },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_flag_edits_its_deviation_and_nothing_is_edited_without_it(string flag, bool stream, string answer, string expected)
    {
        var edited = Edit(With(flag), stream, answer);
        JsonDifference.First(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(edited ?? "null")).ShouldBeNull(edited);
        // Without the flag it passes unchanged.
        Edit(new ResponseQuirks(), stream, answer).ShouldBeNull();
    }

    [Fact]
    public void Every_flag_has_a_case() =>
        typeof(ResponseQuirks).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(flag => flag.Name).Order()
            .ShouldBe(Cases.Select(row => (string)row[0]).Append(nameof(ResponseQuirks.EndsWithoutDone)).Distinct().Order());

    public static TheoryData<string> Untouched => new()
    {
        Whole(""" "content":"a","reasoning_content":"t" """),
        Chunk(""" "content":"a","reasoning_details":[{"reasoning":"t"}] """),
        """{"choices":[{"index":0,"delta":{"content":"a"}}],"reasoning":"t"}""",
        Whole(""" "content":"a <think>t</think>" """),
        Whole(""" "content":"<thinker>" """),
        Whole(""" "content":"","tool_calls":[{"id":"x","index":0,"type":"function","function":{"name":"f","arguments":"{}"}}] """),
        Whole(""" "content":null """, "tool_calls"),
        """{"choices":[{"index":0,"delta":{"content":"a","tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":null}]}""",
        """{"choices":[],"usage":{"prompt_tokens":1}}""",
        """{"error":{"message":"reasoning"}}""",
        """{"choices":["reasoning"],"object":[1""",
        "[DONE]",
        "",
        "null",
    };

    [Theory]
    [MemberData(nameof(Untouched))]
    public void Valid_and_malformed_responses_pass_unchanged(string answer)
    {
        Edit(All, stream: true, answer).ShouldBeNull();
        Edit(All, stream: false, answer).ShouldBeNull();
    }

    /// <summary>For any input, the output is JSON, or the input passes.</summary>
    [SkippableFact]
    public void Damaged_responses_are_edited_or_pass()
    {
        WireCorpus.Require();
        var answers = WireCorpus.Of("chat").Where(c => c.Status == 200)
            .SelectMany(c => c.Sse is { } sse ? SseText.Events(sse).Where(e => e.HasData).Take(20).Select(e => e.Data) : [Encoding.UTF8.GetString(c.ResponseBytes())]).ToArray();
        string[] odd = ["null", "1", "\"x\"", "[]", "{}", "[1]", "{\"type\":\"text\"}", "\"<think>\"", "[{\"type\":\"thinking\",\"thinking\":[{\"text\":1}]}]", ""];
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var answer = answers[random.Next(answers.Length)];
            // Replaces a random value, or drops a byte.
            var colon = answer.IndexOf(':', random.Next(answer.Length));
            var comma = colon < 0 ? -1 : answer.IndexOfAny([',', '}', ']'], colon);
            if (comma > 0) answer = answer[..(colon + 1)] + odd[random.Next(odd.Length)] + answer[comma..];
            using var output = new JsonOutput();
            var stream = random.Next(2) == 0;
            var edited = new ResponseEditor(All, stream, isForReader: false).TryEdit(Encoding.UTF8.GetBytes(answer), output);
            (edited ? !JsonSlice.IsValid(Encoding.UTF8.GetBytes(answer)) || JsonSlice.IsValid(output.WrittenSpan) : output.Length == 0).ShouldBeTrue(answer);
        }
    }

    /// <summary>Calls continue over chunks: fragments without id and index belong to the last call.</summary>
    [Fact]
    public void Fragments_of_calls_keep_their_call()
    {
        var edit = new ResponseEditor(With("LooseCalls"), isStream: true, isForReader: false);
        string[] chunks =
        [
            Chunk(""" "tool_calls":[{"id":"x","function":{"name":"f","arguments":"{"}}] """),
            Chunk(""" "tool_calls":[{"function":{"arguments":"}"}}] """),
            Chunk(""" "tool_calls":[{"id":"y","function":{"name":"g","arguments":"{}"}}] """),
        ];
        chunks.Select(chunk => JsonDocument.Parse(Edit(edit, chunk)!).RootElement.GetProperty("choices")[0].GetProperty("delta").GetProperty("tool_calls")[0].GetProperty("index")
            .GetInt32())
            .ShouldBe([0, 0, 1]);
    }

    [Fact]
    public void Parallel_calls_at_index_0_without_ids_become_calls_of_their_own()
    {
        var edit = new ResponseEditor(With("LooseCalls"), isStream: true, isForReader: false);
        var calls = new[] { "f", "g" }.Select(name =>
            JsonDocument.Parse(Edit(edit, Chunk($$$""" "tool_calls":[{"index":0,"id":"","function":{"name":"{{{name}}}","arguments":"{}"}}] """))!).RootElement
                .GetProperty("choices")[0].GetProperty("delta").GetProperty("tool_calls")[0]).ToArray();
        calls.Select(call => call.GetProperty("index").GetInt32()).ShouldBe([0, 1]);
        calls.Select(call => call.GetProperty("id").GetString()).Distinct().Count().ShouldBe(2);
    }

    /// <summary>Other dialects' callers also get a provider's reasoning as reasoning: the dialect's readers see the edited response.</summary>
    [Fact]
    public void The_dialect_reads_what_was_edited()
    {
        var dialect = new OpenAIChatDialect(new ChatQuirks { Answer = With("ThinkTags") });
        var parts = dialect.ReadResponse(Encoding.UTF8.GetBytes(Whole(""" "content":"<think>t</think>a" """)), UsageRules.OpenAI).Choices[0].Message.Parts;
        parts.OfType<ReasoningPart>().ShouldHaveSingleItem().Text.ToString().ShouldBe("t");
        parts.OfType<TextPart>().ShouldHaveSingleItem().Text.ToString().ShouldBe("a");

        var log = new AnswerLog();
        var reader = dialect.CreateEventReader(UsageRules.OpenAI);
        foreach (var chunk in new[] { Chunk(""" "content":"<thi" """), Chunk(""" "content":"nk>t</think>" """), Chunk(""" "content":"a" """, "\"stop\"") })
            reader.Read(default, Encoding.UTF8.GetBytes(chunk), log);
        reader.IsComplete.ShouldBeTrue();
        log.Lines.Where(line => line.StartsWith("Reasoning ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain(" t ");
        log.Lines.Where(line => line.StartsWith("Text ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain(" a ");
    }

    private static string? Edit(ResponseQuirks quirks, bool stream, string answer) => Edit(new ResponseEditor(quirks, stream, isForReader: false), answer);

    private static string? Edit(ResponseEditor editor, string answer)
    {
        using var output = new JsonOutput();
        output.Bytes("data: "u8);
        output.NewValue();
        var edited = editor.TryEdit(Encoding.UTF8.GetBytes(answer), output);
        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        if (!edited) text.ShouldBe("data: ");
        return edited ? text["data: ".Length..] : null;
    }

    private static ResponseQuirks With(string flag)
    {
        var quirks = new ResponseQuirks();
        typeof(ResponseQuirks).GetProperty(flag)!.SetValue(quirks, true);
        return quirks;
    }

    private static string Whole(string message, string finish = "stop", string more = "") =>
        $$$"""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",{{{message}}}},"finish_reason":"{{{finish}}}"{{{more}}}}],"usage":{"total_tokens":3}}""";

    private static string Chunk(string delta, string finish = "null") =>
        "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{" + delta + "},\"finish_reason\":" + finish + "}]}";
}
