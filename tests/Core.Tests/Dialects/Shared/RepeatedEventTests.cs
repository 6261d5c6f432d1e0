using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Tests.Dialects.OpenAIResponses.Streams;

namespace Nano.Tests.Dialects.Shared;

/// <summary>
/// Readers and taps compare an event with the previous one. Their result must be the same as for a stream with the same JSON in which no event
/// repeats another: white space of different lengths is added before each event.
/// </summary>
public sealed class RepeatedEventTests
{
    private static readonly ResponseContext Context = new() { FallbackId = "abcdefghijklmnopqrstuvwx", Model = "m", Created = 1, StreamUsage = true };

    public static TheoryData<string, string> Apis => new() { { "chat", "openai" }, { "messages", "anthropic" }, { "generateContent", "google" }, { "responses", "openai" } };

    [SkippableTheory]
    [MemberData(nameof(Apis))]
    public void Recorded_streams_read_the_same_whether_or_not_events_repeat(string api, string provider)
    {
        WireCorpus.Require();
        var streams = 0;
        foreach (var wire in WireCorpus.Of(api).Where(c => c.Sse is not null))
        {
            var events = SseText.Events(wire.Sse!).Where(e => e.HasData).Take(400).Select(e => (e.Type, Encoding.UTF8.GetBytes(e.Data))).ToList();
            Same(api, events, $"{provider}: {wire.Id}");
            streams++;
        }
        streams.ShouldBeGreaterThan(20);
    }

    [SkippableTheory]
    [MemberData(nameof(Apis))]
    public void Damaged_events_between_repeated_ones_read_the_same(string api, string provider)
    {
        WireCorpus.Require();
        var random = new Random(17);
        foreach (var wire in WireCorpus.Of(api).Where(c => c.Sse is not null))
        {
            var events = new List<(string, byte[])>();
            foreach (var item in SseText.Events(wire.Sse!).Where(e => e.HasData).Take(60))
            {
                var data = Encoding.UTF8.GetBytes(item.Data);
                events.Add((item.Type, data));
                for (var i = 0; i < 4; i++) events.Add((item.Type, PlainEventTests.Damage(data, random)));
                events.Add((item.Type, data));
            }
            Same(api, events, $"{provider}: {wire.Id}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Apis))]
    public void Recorded_streams_are_converted_the_same_whether_or_not_events_repeat(string api, string provider)
    {
        WireCorpus.Require();
        var (source, rules) = Of(api);
        foreach (var wire in WireCorpus.Of(api).Where(c => c.Sse is not null))
        {
            var events = SseText.Events(wire.Sse!).Where(e => e.HasData).Take(400).Select(e => (e.Type, Encoding.UTF8.GetBytes(e.Data))).ToList();
            foreach (var caller in Apis.Select(row => Of((string)row[0]).Dialect).Where(d => d.GetType() != source.GetType()))
                Compare(Convert(source, rules, caller, events), Convert(source, rules, caller, Varied(events)), $"{provider}: {wire.Id} to {caller.Name}");
        }
    }

    [Fact]
    public void Usage_of_repeated_events_is_held_until_another_event_follows()
    {
        static (string, byte[]) Event(string text, int output, string more = "") => ("", Encoding.UTF8.GetBytes(
            $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":"{{{text}}}"}]}{{{more}}}}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":{{{output}}}}}"""));
        using var output = new JsonOutput();
        var reader = new GeminiDialect().CreateEventReader(UsageRules.ReasoningApart);
        var writer = new OpenAIChatDialect().CreateEventWriter(Context, output, new LossReport());
        void Read((string Type, byte[] Data) item) => reader.Read(Encoding.UTF8.GetBytes(item.Type), item.Data, writer);
        Read(Event("a", 1));
        reader.HeldUsage.ShouldBeNull();
        Read(Event("b", 2));
        Read(Event("c", 3));
        reader.HeldUsage.ShouldBe(new Usage { InputTokens = 7, OutputTokens = 3 });
        writer.Usage.ShouldNotBeNull().OutputTokens.ShouldBe(1);
        Read(("", """{"candidates":[{"finishReason":"STOP"}]}"""u8.ToArray()));
        reader.HeldUsage.ShouldBeNull();
        writer.Usage.OutputTokens.ShouldBe(3);
    }

    [Theory]
    [InlineData(" w", true)]
    [InlineData("\\n\\t\\\"\\\\\\/\\u00e9\\ud83d", true)]
    [InlineData("é", true)]
    [InlineData("a\",\"refusal\":\"b", true)]
    [InlineData("a\\x", false)]
    [InlineData("a\\u00g0", false)]
    [InlineData("a\nb", false)]
    public void A_repeated_event_reads_any_text_like_a_full_read(string text, bool isValid)
    {
        var events = new[] { "x", "y", text, "z" }.Select(said => ("", Encoding.UTF8.GetBytes(
            $$$"""{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"{{{said}}}"},"finish_reason":null}],"obfuscation":"{{{said.Length}}}"}"""))).ToList();
        Same("chat", events, text);
        Read(new OpenAIChatDialect().CreateEventReader(UsageRules.OpenAI), events).Contains(nameof(JsonException)).ShouldBe(!isValid);
    }

    private static void Same(string api, List<(string Type, byte[] Data)> events, string at)
    {
        var varied = Varied(events);
        var (dialect, rules) = Of(api);
        Compare(Read(dialect.CreateEventReader(rules), events), Read(dialect.CreateEventReader(rules), varied), at);
        // The other dialects' taps compare the start of events, and skip events that begin with white space.
        if (api is "chat" or "generateContent") Compare(Tap(dialect.CreateUsageTap(rules), events), Tap(dialect.CreateUsageTap(rules), varied), at);
    }

    private static List<(string Type, byte[] Data)> Varied(List<(string Type, byte[] Data)> events) =>
        [.. events.Select((e, i) => (e.Type, e.Data is [(byte)'{', ..] ? (byte[])[.. Enumerable.Repeat((byte)' ', (i % 5) + 1), .. e.Data] : e.Data))];

    private static void Compare(List<string> repeated, List<string> varied, string at)
    {
        for (var i = 0; i < Math.Min(repeated.Count, varied.Count); i++) (repeated[i] == varied[i]).ShouldBeTrue($"{at}: {i}\n{repeated[i]}\n{varied[i]}");
        repeated.Count.ShouldBe(varied.Count, at);
    }

    private static (IDialect Dialect, UsageRules Rules) Of(string api) => api switch
    {
        "chat" => (new OpenAIChatDialect(), UsageRules.OpenAI),
        "messages" => (new AnthropicMessagesDialect(), UsageRules.Anthropic),
        "responses" => (new OpenAIResponsesDialect(), UsageRules.OpenAI),
        _ => (new GeminiDialect(), UsageRules.ReasoningApart),
    };

    private static List<string> Read(IEventReader reader, List<(string Type, byte[] Data)> events)
    {
        var log = new Log();
        foreach (var (type, data) in events)
        {
            // Like a stream's buffer: bytes borrowed from an event are invalid at the next one.
            var borrowed = data.ToArray();
            try
            {
                reader.Read(Encoding.UTF8.GetBytes(type), borrowed, log);
            }
            catch (Exception e) when (e is JsonException or DialectException)
            {
                log.Lines.Add(e is JsonException ? nameof(JsonException) : nameof(DialectException));
            }
            borrowed.AsSpan().Fill((byte)'~');
            log.Lines.Add($"complete {reader.IsComplete}");
        }
        return log.Lines;
    }

    /// <summary>What each event becomes for a caller of another API, and the usage so far.</summary>
    private static List<string> Convert(IDialect source, UsageRules rules, IDialect caller, List<(string Type, byte[] Data)> events)
    {
        var lines = new List<string>();
        using var output = new JsonOutput();
        var reader = source.CreateEventReader(rules);
        var writer = caller.CreateEventWriter(Context, output, new LossReport());
        foreach (var (type, data) in events)
        {
            var borrowed = data.ToArray();
            try
            {
                reader.Read(Encoding.UTF8.GetBytes(type), borrowed, writer);
            }
            catch (Exception e) when (e is JsonException or DialectException)
            {
                return lines;
            }
            borrowed.AsSpan().Fill((byte)'~');
            lines.Add(Encoding.UTF8.GetString(output.Written.Span) + Log.Of(reader.HeldUsage ?? writer.Usage));
            output.Clear();
        }
        if (reader.HeldUsage is { } held) writer.On(new ChatEvent(ChatEventKind.Usage) { Usage = held });
        writer.Complete();
        lines.Add(Encoding.UTF8.GetString(output.Written.Span) + Log.Of(writer.Usage));
        return lines;
    }

    private static List<string> Tap(IUsageTap tap, List<(string Type, byte[] Data)> events)
    {
        var lines = new List<string>();
        foreach (var (type, data) in events)
        {
            var borrowed = data.ToArray();
            var verdict = tap.OnEvent(Encoding.UTF8.GetBytes(type), borrowed);
            borrowed.AsSpan().Fill((byte)'~');
            lines.Add($"{verdict} {tap.IsComplete} {tap.Finish} {tap.Model} {tap.Error} {(lines.Count % 3 == 0 ? Log.Of(tap.Usage) : "")}");
        }
        lines.Add(Log.Of(tap.Usage));
        return lines;
    }

    private sealed class Log : IChatEventSink
    {
        public List<string> Lines { get; } = [];

        public void BeginFrame(in ChatFrame frame) => Lines.Add($"[{frame.Origin} {frame.Type} {frame.Form} {Of(frame.Extras)} {frame.Json.ToString().TrimStart()}");

        public void EndFrame() => Lines.Add("]");

        public void On(in ChatEvent item) => Lines.Add(
            $"{item.Kind} {item.Choice} {item.Part} {item.PartKind} {item.ToolIndex} {item.IsCustom} text={item.Text.IsPresent}:{Encoding.UTF8.GetString(item.Text.Span)} {item.Id} {item.Name} "
            + $"{item.Model} {item.Type} {item.Signature} {item.Json.ToString().TrimStart()} {item.Finish} {item.NativeFinish} {Of(item.Usage)} {item.Citation?.Url} {item.Error?.Message} {Of(item.Extras)}");

        public static string Of(Usage? usage) => usage is null ? "no usage" : $"{usage with { Extras = null }} {Of(usage.Extras)}";

        private static string Of(Extras? extras) => extras is null ? "no extras" : string.Join(',', extras.Members.Select(m => $"{m.Name}={m.Value}"));
    }
}
