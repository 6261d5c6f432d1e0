
namespace Nano.Tests.Dialects.OpenAIResponses.Streams;

/// <summary>With any or missing indexes and ids in a stream's events, everything is sent exactly once.</summary>
public sealed class ItemMatchTests
{
    private const string End = """{"type":"response.completed","response":{"id":"r","status":"completed","model":"m","output":OUTPUT}}""";
    private const string Message = """{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}""";
    private const string Call = """{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}"}""";
    private const string SecondCall = """{"id":"fc_2","type":"function_call","call_id":"call_2","name":"g","arguments":"{}"}""";
    private const string Reasoning = """{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"because"}]}""";

    /// <summary>The oddity, events, and the text, reasoning, refusal and calls that are sent.</summary>
    public static TheoryData<string, string[], string> Cases => new()
    {
        { "content counted from 1", [Delta("Hel", """ "item_id":"msg_1","output_index":0,"content_index":1 """),
            Delta("lo", """ "item_id":"msg_1","output_index":0,"content_index":1 """), TextDone("Hello", """ "item_id":"msg_1","output_index":0,"content_index":1 """),
            Done(Message, 0)], "Hello|||" },
        { "deltas without a place", [Delta("Hel", """ "item_id":"msg_1" """), Delta("lo", """ "item_id":"msg_1" """), Done(Message, 0)], "Hello|||" },
        { "deltas without anything", [Delta("Hel", ""), Delta("lo", ""), Done(Message, 0)], "Hello|||" },
        { "done without a place", [Delta("Hel", """ "item_id":"msg_1","output_index":0 """), Delta("lo", """ "item_id":"msg_1","output_index":0 """), Done(Message, null)],
            "Hello|||" },
        { "done without place and id", [Delta("Hel", """ "output_index":0 """), Delta("lo", """ "output_index":0 """), Done(Message.Replace("\"id\":\"msg_1\",", ""), null)],
            "Hello|||" },
        { "items counted from 1", [Added(Message.Replace("Hello", ""), 1), Delta("Hello", """ "item_id":"msg_1","output_index":1 """), Done(Message, 1)], "Hello|||" },
        { "other ids in each event", [Added(Message.Replace("Hello", "").Replace("msg_1", "a"), 0), Delta("Hello", """ "item_id":"b","output_index":0 """),
            Done(Message.Replace("msg_1", "c"), 0)], "Hello|||" },
        { "done has more than the deltas", [Delta("Hel", """ "item_id":"msg_1","output_index":0 """), Done(Message, 0)], "Hello|||" },
        { "the text's end has more than the deltas", [Delta("Hel", """ "item_id":"msg_1","output_index":0 """), TextDone("Hello", """ "item_id":"msg_1","output_index":0 """),
            Done(Message, 0)], "Hello|||" },
        { "only the last response has the rest", [Delta("Hel", """ "item_id":"msg_1","output_index":0 """)], "Hello|||" },
        { "an emoji cut between deltas", [Delta("a\\ud83d", """ "item_id":"msg_1","output_index":0 """), Delta("\\ude00", """ "item_id":"msg_1","output_index":0 """),
            Done(Message.Replace("Hello", "a😀b"), 0)], "a\\ud83d\\ude00b|||" },
        { "escapes written differently", [Delta("\\u003cHel", """ "item_id":"msg_1","output_index":0 """), Done(Message.Replace("Hello", "<Hello"), 0)], "<Hello|||" },
        { "two parts counted from 1", [Delta("A", """ "item_id":"msg_1","output_index":0,"content_index":1 """),
            Delta("B", """ "item_id":"msg_1","output_index":0,"content_index":2 """),
            Done(Message.Replace("[{\"type\":\"output_text\",\"text\":\"Hello\"}]", "[{\"type\":\"output_text\",\"text\":\"A\"},{\"type\":\"output_text\",\"text\":\"B\"}]"), 0)],
                "AB|||" },
        { "the second part not in deltas", [Delta("A", """ "item_id":"msg_1","output_index":0,"content_index":0 """),
            Done(Message.Replace("[{\"type\":\"output_text\",\"text\":\"Hello\"}]", "[{\"type\":\"output_text\",\"text\":\"A\"},{\"type\":\"output_text\",\"text\":\"B\"}]"), 0)],
                "AB|||" },
        { "a refusal counted from 1", [Event("response.refusal.delta", """ "item_id":"msg_1","output_index":0,"content_index":1,"delta":"No" """),
            Event("response.refusal.done", """ "item_id":"msg_1","output_index":0,"content_index":1,"refusal":"No" """),
            Done(Message.Replace("\"output_text\",\"text\":\"Hello\"", "\"refusal\",\"refusal\":\"No\""), 0)], "||No|" },
        { "a refusal whose end has more", [Event("response.refusal.delta", """ "item_id":"msg_1","output_index":0,"delta":"N" """),
            Done(Message.Replace("\"output_text\",\"text\":\"Hello\"", "\"refusal\",\"refusal\":\"No\""), 0)], "||No|" },
        { "reasoning counted from 1", [Event("response.reasoning_summary_text.delta", """ "item_id":"rs_1","output_index":0,"summary_index":1,"delta":"because" """),
            Done(Reasoning, 0)], "|because||" },
        { "reasoning without a place", [Event("response.reasoning_summary_text.delta", """ "delta":"be" """),
            Event("response.reasoning_summary_text.delta", """ "delta":"cause" """), Done(Reasoning, 0)], "|because||" },
        { "reasoning whose end has more", [Event("response.reasoning_summary_text.delta", """ "item_id":"rs_1","output_index":0,"delta":"be" """), Done(Reasoning, 0)],
            "|because||" },
        { "reasoning streamed as text and told as summary", [Event("response.reasoning_text.delta", """ "item_id":"rs_1","output_index":0,"content_index":1,"delta":"because" """),
            Done(Reasoning, 0)], "|because||" },
        { "a call without places", [Added(Call.Replace("{\\\"a\\\":1}", ""), null), Event("response.function_call_arguments.delta", """ "delta":"{\"a\":1}" """), Done(Call, null)],
            "|||f {\"a\":1}" },
        { "a call whose done has another place", [Added(Call.Replace("{\\\"a\\\":1}", ""), 0),
            Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":1,"delta":"{\"a\":1}" """), Done(Call, 1)], "|||f {\"a\":1}" },
        { "a call known by its call id alone", [Added(Call.Replace("{\\\"a\\\":1}", "").Replace("fc_1", "x"), 0),
            Event("response.function_call_arguments.delta", """ "output_index":0,"delta":"{\"a\":1}" """), Done(Call.Replace("fc_1", "y"), 3)], "|||f {\"a\":1}" },
        { "two calls with place 0", [Added(Call.Replace("{\\\"a\\\":1}", ""), 0), Added(SecondCall.Replace("{}", ""), 0),
            Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"{\"a\":1}" """),
            Event("response.function_call_arguments.delta", """ "item_id":"fc_2","output_index":0,"delta":"{}" """), Done(Call, 0), Done(SecondCall, 0)], "|||f {\"a\":1},g {}" },
        { "arguments whose end has more", [Added(Call.Replace("{\\\"a\\\":1}", ""), 0),
            Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"{\"a\":" """),
            Event("response.function_call_arguments.done", """ "item_id":"fc_1","output_index":0,"arguments":"{\"a\":1}" """), Done(Call, 0)], "|||f {\"a\":1}" },
        { "arguments before the call", [Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"{\"a\":1}" """), Done(Call, 0)],
            "|||f {\"a\":1}" },
        { "arguments as an object", [Done(Call.Replace("\"{\\\"a\\\":1}\"", "{\"a\":1}"), 0)], "|||f {\"a\":1}" },
        { "a message and a call, both with place 0", [Added(Message.Replace("Hello", ""), 0), Delta("Hello", """ "item_id":"msg_1","output_index":0 """), Done(Message, 0),
            Added(Call.Replace("{\\\"a\\\":1}", ""), 0), Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"{\"a\":1}" """),
            Done(Call, 0)], "Hello|||f {\"a\":1}" },
        { "everything whole, nothing in deltas", [Done(Reasoning, null), Done(Message, null), Done(Call, null)], "Hello|because||f {\"a\":1}" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Everything_is_sent_once(string what, string[] events, string expected)
    {
        var items = events.Where(item => item.Contains("output_item.done", StringComparison.Ordinal))
            .Select(item => System.Text.Json.JsonDocument.Parse(item).RootElement.GetProperty("item").GetRawText()).ToList();
        if (items.Count == 0) items.Add(Message);
        foreach (var output in new[] { "[" + string.Join(',', items) + "]", "[]" })
        {
            if (output == "[]" && what.StartsWith("only the last", StringComparison.Ordinal)) continue;
            var log = EventLog.Of(out var reader, [.. events, End.Replace("OUTPUT", output)]);
            log.Error.ShouldBeNull(what);
            reader.IsComplete.ShouldBeTrue(what);
            $"{log.Text}|{log.Reasoning}|{log.Refusal}|{string.Join(',', log.Calls.Select(call => $"{call.Name} {System.Text.RegularExpressions.Regex.Unescape(call.Arguments.ToString())}"))}".ShouldBe(expected, what);
        }
    }

    [Theory]
    [InlineData("Jello!")]
    [InlineData("Other text")]
    public void A_whole_text_that_does_not_begin_with_its_deltas_leaves_them_and_is_a_loss(string whole)
    {
        foreach (var last in new[] { TextDone(whole, """ "item_id":"msg_1","output_index":0 """), Done(Message.Replace("Hello", whole), 0) })
        {
            var log = EventLog.Of(out var reader, Delta("Hello", """ "item_id":"msg_1","output_index":0 """), last, End.Replace("OUTPUT", "[]"));
            log.Text.ToString().ShouldBe("Hello");
            log.Opaque.ShouldContain("output_text");
            reader.IsComplete.ShouldBeTrue();
        }
    }

    [Fact]
    public void Arguments_that_do_not_begin_with_their_deltas_are_an_error()
    {
        var log = EventLog.Of(out var reader, Added(Call.Replace("{\\\"a\\\":1}", ""), 0),
            Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":0,"delta":"{\"b\"" """), Done(Call, 0));
        log.Error!.Status.ShouldBe(502);
        reader.IsComplete.ShouldBeFalse();
    }

    /// <summary>Sources are also sent once, and their positions count from the start of the whole text.</summary>
    [Fact]
    public void Sources_are_sent_once()
    {
        const string Source = """{"type":"url_citation","url":"https://a.example","title":"A","start_index":0,"end_index":5}""";
        var log = EventLog.Of(out _,
            Delta("Hello", """ "item_id":"msg_1","output_index":0,"content_index":1 """),
            Event("response.output_text.annotation.added", $""" "item_id":"msg_1","output_index":0,"content_index":1,"annotation_index":0,"annotation":{Source} """),
            TextDone("Hello", """ "item_id":"msg_1","output_index":0,"content_index":1 """),
            Done(Message.Replace("\"text\":\"Hello\"", $"\"text\":\"Hello\",\"annotations\":[{Source}]"), 0));
        log.Citations.Count.ShouldBe(1);
    }

    private static string Event(string type, string members) => $$"""{"type":"{{type}}",{{members.Trim()}}}""";

    private static string Delta(string text, string place) =>
        Event("response.output_text.delta", place.Trim() is { Length: > 0 } at ? $"{at},\"delta\":\"{text}\"" : $"\"delta\":\"{text}\"");

    private static string TextDone(string text, string place) => Event("response.output_text.done", $"{place.Trim()},\"text\":\"{text}\"");

    private static string Added(string item, int? index) => Event("response.output_item.added", index is { } at ? $"\"output_index\":{at},\"item\":{item}" : $"\"item\":{item}");

    private static string Done(string item, int? index) => Event("response.output_item.done", index is { } at ? $"\"output_index\":{at},\"item\":{item}" : $"\"item\":{item}");
}
