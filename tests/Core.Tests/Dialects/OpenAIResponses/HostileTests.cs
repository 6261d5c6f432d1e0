using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIResponses;

/// <summary>
/// For any stream, the codecs raise only the expected exceptions, nothing hangs, a Chat caller gets JSON, and
/// no stream without an end marker ends cleanly.
/// </summary>
public sealed class HostileTests
{
    private static readonly OpenAIChatDialect Chat = new();

    private static readonly string[] Words =
    [
        "type", "response", "item", "output", "output_index", "content_index", "summary_index", "delta", "text", "arguments", "input", "id", "call_id", "name", "role", "content",
        "summary", "encrypted_content", "status", "usage", "error", "incomplete_details", "annotations", "logprobs", "refusal", "part", "annotation", "sequence_number",
        "obfuscation",
    ];

    private static readonly string[] Created = ["""{"type":"response.created","response":{"id":"resp_1","model":"m","created_at":1,"status":"in_progress","output":[]}}"""];

    private const string Completed =
        """{"type":"response.completed","response":{"id":"resp_1","model":"m","created_at":1,"status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":2}}}""";

    [Fact]
    public void Random_bytes() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<byte[]>(bytes => Everything(bytes ?? [])));

    /// <summary>Recorded events with members removed, repeated, moved or replaced.</summary>
    [SkippableFact]
    public void Damaged_frames()
    {
        WireCorpus.Require();
        var streams = WireCorpus.Of("responses").Where(c => c.Sse is { Length: < 120_000 } && c.Status == 200)
            .Select(c => SseText.Events(c.Sse!).Where(e => e.HasData).Select(e => e.Data).ToArray()).ToArray();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var events = streams[random.Next(streams.Length)].ToList();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                var at = random.Next(events.Count);
                switch (random.Next(5))
                {
                    case 0: events.Insert(at, events[random.Next(events.Count)]); break;
                    case 1: (events[at], events[^1]) = (events[^1], events[at]); break;
                    case 2: events[at] = events[at][..random.Next(events[at].Length)]; break;
                    default: events[at] = Damage(events[at], random); break;
                }
            }
            Stream([.. events], $"seed {seed}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    [SkippableFact]
    public void Damaged_responses()
    {
        WireCorpus.Require();
        var bodies = WireCorpus.Of("responses").Where(c => c.Sse is null && c.Status == 200).Select(c => Encoding.UTF8.GetString(c.ResponseBytes())).Where(b => b.Length < 100_000)
            .ToArray();
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            Everything(Encoding.UTF8.GetBytes(Damage(bodies[random.Next(bodies.Length)], random)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    // The events in between are invalid; the events before and after are valid.
    [Theory]
    [InlineData("a delta of an item that was never added", """{"type":"response.output_text.delta","output_index":7,"content_index":3,"delta":"x"}""", "x")]
    [InlineData("arguments of no call", """{"type":"response.function_call_arguments.delta","output_index":9,"delta":"{}"}""", "")]
    [InlineData("the same place twice",
        """{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"a","content":[]}}|{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"b","content":[]}}|{"type":"response.output_text.delta","output_index":0,"delta":"x"}""", "x")]
    [InlineData("a text where a number belongs", """{"type":"response.output_text.delta","output_index":"0","content_index":null,"delta":"x"}""", "x")]
    [InlineData("a number where a text belongs", """{"type":"response.output_text.delta","output_index":0,"delta":5}""", "")]
    [InlineData("an item that is none", """{"type":"response.output_item.done","output_index":0,"item":[1]}|{"type":"response.output_item.added","item":"x"}""", "")]
    [InlineData("content that is none",
        """{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[1,null,"a",[],{"type":"output_text","text":7}]}}""", "")]
    [InlineData("an index beyond all", """{"type":"response.output_text.delta","output_index":99999999999999999999,"content_index":2147483648,"delta":"x"}""", "x")]
    [InlineData("a type that is none", """{"type":{"a":1},"delta":"x"}|{"type":"response."}|{"type":"response.output_text"}|{}""", "")]
    [InlineData("a call without anything", """{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call"}}""", "")]
    [InlineData("usage that is none", """{"type":"response.in_progress","response":{"usage":"many","output":{},"status":5,"error":null}}""", "")]
    public void Invalid_events_do_not_break_the_response(string what, string events, string text)
    {
        var log = EventLog.Of(out var reader, [.. Created, .. events.Split('|'), Completed]);
        log.Text.ToString().ShouldBe(text, what);
        log.Error.ShouldBeNull(what);
        reader.IsComplete.ShouldBeTrue(what);
        Stream([.. Created, .. events.Split('|'), Completed], what).ShouldBeTrue(what);
    }

    [Theory]
    [InlineData("""{"type":"response.completed"}""")]
    [InlineData("""{"type":"response.completed","response":null}""")]
    [InlineData("""{"type":"response.completed","response":"done"}""")]
    [InlineData("""{"type":"response.failed","response":{}}""")]
    [InlineData("""{"type":"response.completed","response":{"error":{"message":"no"}}}""")]
    [InlineData("""{"type":"error"}""")]
    [InlineData("""{"type":"response.cancelled","response":{}}""")]
    [InlineData("[DONE]")]
    [InlineData("""{"type":"done"}""")]
    public void An_invalid_end_does_not_end_the_stream(string last) =>
    Stream([.. Created, """{"type":"response.output_text.delta","output_index":0,"delta":"half"}""", last], last).ShouldBeFalse();

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"item\":", "}")]
    public void Deep_nesting_ends(string open, string close)
    {
        foreach (var depth in (int[])[20, 100, 127, 200, 100_000])
        {
            var value = string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
            Everything(Encoding.UTF8.GetBytes(value));
            Everything(Encoding.UTF8.GetBytes($$$$"""{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":{{{{value}}}}}}"""));
            Everything(Encoding.UTF8.GetBytes($$$$"""{"output":[{"type":"message","content":[{"type":"output_text","text":"a","annotations":{{{{value}}}}}]}]}"""));
        }
    }

    [Fact]
    public void Large_responses_pass_and_too_many_items_are_refused()
    {
        var giant = new string('a', 8_000_000);
        EventLog.Of(out var reader, [.. Created, $$"""{"type":"response.output_text.delta","output_index":0,"delta":"{{giant}}"}""", Completed]).Text.Length.ShouldBe(giant.Length);
        reader.IsComplete.ShouldBeTrue();
        var log = new EventLog();
        var many = EventLog.Dialect.CreateEventReader(UsageRules.OpenAI);
        var refused = 0;
        for (var i = 0; i < 6000; i++)
            if (many.TryRead(default, Encoding.UTF8.GetBytes($$"""{"type":"response.output_text.delta","output_index":{{i}},"delta":"a"}"""), log, "x") is not null) refused++;
        refused.ShouldBeGreaterThan(1000);
    }

    private static void Everything(byte[] bytes) => CpuTime.Of(() => ReadAndWrite(bytes)).ShouldBeLessThan(TimeSpan.FromSeconds(20));

    private static void ReadAndWrite(byte[] bytes)
    {
        if (EventLog.Dialect.TryReadResponse(bytes, UsageRules.OpenAI, "x").Response is { } answer)
        {
            using var output = new JsonOutput();
            Chat.WriteResponse(answer, EventLog.Context, output, new LossReport());
            JsonSlice.IsValid(output.WrittenSpan).ShouldBeTrue(Encoding.UTF8.GetString(bytes));
        }
        EventLog.Dialect.ReadError(bytes);
        EventLog.Dialect.CreateUsageTap(UsageRules.OpenAI).OnBody(bytes);
        EventLog.Dialect.TryReadRequest(bytes);
        Stream([Encoding.UTF8.GetString(bytes).ReplaceLineEndings(" ")], "");
    }

    /// <summary>Reads the events and writes them as a Chat stream; true if it may end.</summary>
    private static bool Stream(string[] events, string what)
    {
        using var output = new JsonOutput();
        var reader = EventLog.Dialect.CreateEventReader(UsageRules.OpenAI);
        var tap = EventLog.Dialect.CreateUsageTap(UsageRules.OpenAI);
        var writer = Chat.CreateEventWriter(EventLog.Context, output, new LossReport());
        var said = new StringBuilder();
        foreach (var data in events)
        {
            var bytes = Encoding.UTF8.GetBytes(data);
            tap.TryOnEvent(default, bytes, "x");
            output.Clear();
            // The relay discards the output of an invalid event, and the stream ends as broken.
            if (reader.TryRead(default, bytes, writer, "x") is not null) return false;
            said.Append(Encoding.UTF8.GetString(output.WrittenSpan));
        }
        var ends = events.Any(e => e.Contains("response.completed", StringComparison.Ordinal) || e.Contains("response.incomplete", StringComparison.Ordinal)
            || e.Contains("response.done", StringComparison.Ordinal) || e.Contains("\\u", StringComparison.Ordinal));
        if (!ends) reader.IsComplete.ShouldBeFalse(what);
        output.Clear();
        if (reader.IsComplete) writer.Complete();
        said.Append(Encoding.UTF8.GetString(output.WrittenSpan));
        foreach (var item in SseText.Events(said.ToString()).Where(e => e.HasData && e.Data != "[DONE]"))
            JsonSlice.IsValid(Encoding.UTF8.GetBytes(item.Data)).ShouldBeTrue($"{what}: {item.Data}");
        return reader.IsComplete;
    }

    private static string Damage(string json, Random random)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(json)!;
        }
        catch (System.Text.Json.JsonException)
        {
            return json;
        }
        var nodes = new List<JsonNode>();
        Gather(root, nodes);
        for (var n = random.Next(1, 4); n > 0 && nodes.Count > 0; n--)
        {
            var at = nodes[random.Next(nodes.Count)];
            if (at is JsonArray list)
            {
                if (list.Count > 0 && random.Next(2) == 0) list.RemoveAt(random.Next(list.Count));
                else list.Add(Anything(random));
            }
            else if (at is JsonObject o)
            {
                if (o.Count == 0 || random.Next(3) == 0) o[Words[random.Next(Words.Length)]] = Anything(random);
                else if (random.Next(2) == 0) o.Remove(o.ElementAt(random.Next(o.Count)).Key);
                else o[o.ElementAt(random.Next(o.Count)).Key] = Anything(random);
            }
        }
        return root.ToJsonString();
    }

    private static void Gather(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is JsonArray or JsonObject) nodes.Add(node);
        if (node is JsonArray list)
            foreach (var item in list) Gather(item, nodes);
        if (node is JsonObject o)
            foreach (var (_, value) in o) Gather(value, nodes);
    }

    private static JsonNode? Anything(Random random) => random.Next(9) switch
    {
        0 => null,
        1 => random.Next(-3, 5),
        2 => 1e300,
        3 => "",
        4 => Words[random.Next(Words.Length)],
        5 => new JsonArray(1, "a", null, new JsonObject()),
        6 => new JsonObject { [Words[random.Next(Words.Length)]] = Words[random.Next(Words.Length)] },
        7 => true,
        _ => "\ud800 \u0000 é",
    };
}
