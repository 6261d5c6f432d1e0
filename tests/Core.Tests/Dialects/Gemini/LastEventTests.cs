using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>
/// The last event of a stream to a Gemini caller has a part, like every other: chats of npm @google/genai drop a turn with
/// an event without parts. So the last character of a text waits for the next event, and nothing else does.
/// </summary>
public sealed class LastEventTests
{
    private const string Finish = """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";

    /// <summary>The deltas of a Chat stream, and the parts of each event, by texts and signs: <c>?</c> reasoning, <c>!</c> a call, <c>@</c> media.</summary>
    [Theory]
    [InlineData("""{"content":"Hello."}""", "Hello|.")]
    [InlineData("""{"content":"A"}""", "A")]
    [InlineData("""{"content":"He"}|{"content":"llo"}""", "H|ell|o")]
    [InlineData("""{"content":"a"}|{"content":"b"}|{"content":"c"}""", "a|b|c")]
    [InlineData("""{"content":"smile 😀"}""", "smile |😀")]
    [InlineData("""{"content":"smile \ud83d\ude00"}""", "smile |😀")]
    [InlineData("""{"content":"line\n"}""", "line|\n")]
    [InlineData("""{"content":"quote\""}""", "quote|\"")]
    [InlineData("""{"content":"slash\\"}""", "slash|\\")]
    [InlineData("""{"content":"\\u00e9"}""", "\\u00e|9")]
    [InlineData("""{"content":"caf\u00e9"}""", "caf|é")]
    [InlineData("""{"content":"日本"}""", "日|本")]
    [InlineData("""{"reasoning_content":"why"}|{"content":"so"}""", "?wh|?y,s|o")]
    [InlineData("""{"reasoning_content":"why"}""", "?wh|?y")]
    [InlineData("""{"content":"look"}|{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}""", "loo|k,!f")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}""", "!f")]
    [InlineData("""{"content":"see"}|{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}|{"content":"it"}""", "se|e,@|i|t")]
    // An image does not wait: the last event has an empty part.
    [InlineData("""{"content":"see"}|{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}""", "se|e,@|?")]
    [InlineData("""{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}""", "@|?")]
    public void The_last_character_is_sent_with_the_finish_reason(string deltas, string expected)
    {
        var events = Told(new OpenAIChatDialect(), [.. deltas.Split('|').Select(delta => $$"""{"id":"x","model":"m","choices":[{"index":0,"delta":{{delta}}}]}"""), Finish]);
        string.Join("|", events.Select(Show)).ShouldBe(expected);
        events[^1].GetProperty("candidates")[0].GetProperty("finishReason").GetString().ShouldBe("STOP");
    }

    [Fact]
    public void Every_candidate_keeps_its_own_last_character()
    {
        var events = Told(new OpenAIChatDialect(),
            """{"choices":[{"index":0,"delta":{"content":"ab"}}]}""", """{"choices":[{"index":1,"delta":{"content":"cd"}}]}""",
            """{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}""", Finish);
        events[^1].GetProperty("candidates").EnumerateArray()
            .Select(c => (c.GetProperty("index").GetInt32(), c.GetProperty("content").GetProperty("parts")[0].GetProperty("text").GetString()))
            .ShouldBe([(1, "d"), (0, "b")], ignoreOrder: true);
    }

    [Fact]
    public void Citations_and_log_probabilities_are_never_without_a_part()
    {
        const string citation = """{"choices":[{"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"https://a","title":"A","start_index":0,"end_index":2}}]}}]}""";
        const string logprobs = """{"choices":[{"index":0,"delta":{"content":"I"},"logprobs":{"content":[{"token":"I","logprob":-0.1,"bytes":[73],"top_logprobs":[]}]}}]}""";
        var events = Told(new OpenAIChatDialect(), logprobs, """{"choices":[{"index":0,"delta":{"content":" am"}}]}""", citation, citation, Finish);
        events.Select(Show).ShouldBe(["I", " a", "m"]);
        var last = events[^1].GetProperty("candidates")[0];
        last.GetProperty("citationMetadata").GetProperty("citationSources").GetArrayLength().ShouldBe(2);
        events[0].GetProperty("candidates")[0].TryGetProperty("logprobsResult", out _).ShouldBeTrue();
    }

    [Fact]
    public void The_state_of_reasoning_at_the_end_is_in_the_last_event()
    {
        var events = Told(new AnthropicMessagesDialect(),
            """{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"c","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":2}}""", """{"type":"message_stop"}""");
        events.Select(Show).ShouldBe(["?h", "?m", "?"]);
        events[^1].GetProperty("candidates")[0].GetProperty("finishReason").GetString().ShouldBe("MAX_TOKENS");
    }

    [Fact]
    public void A_failed_stream_sends_the_last_character_before_the_error()
    {
        using var output = new JsonOutput();
        var writer = Dialect.CreateEventWriter(Context, output, new LossReport());
        new OpenAIChatDialect().CreateEventReader(UsageRules.OpenAI).Read(default, Bytes("""{"choices":[{"index":0,"delta":{"content":"Half"}}]}"""), writer);
        writer.Interrupt();
        writer.Interrupt();
        Events(output.WrittenSpan.ToArray(), 999).Select(data => Show(JsonDocument.Parse(data).RootElement)).ShouldBe(["Hal", "f"]);
    }

    private static List<JsonElement> Told(IDialect source, params string[] events)
    {
        using var output = new JsonOutput();
        var writer = Dialect.CreateEventWriter(Context, output, new LossReport());
        var reader = source.CreateEventReader(UsageRules.OpenAI);
        foreach (var data in events) reader.Read(default, Bytes(data), writer);
        writer.Complete();
        return [.. Events(output.WrittenSpan.ToArray(), 999).Select(data => JsonDocument.Parse(data).RootElement.Clone())];
    }

    private static string Show(JsonElement item) =>
        string.Join(",", item.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts").EnumerateArray().Select(part =>
            (part.TryGetProperty("thought", out _) ? "?" : "")
            + (part.TryGetProperty("text", out var text) ? text.GetString() : "")
            + (part.TryGetProperty("functionCall", out var call) ? "!" + call.GetProperty("name").GetString() : "")
            + (part.TryGetProperty("inlineData", out _) ? "@" : "")));
}
