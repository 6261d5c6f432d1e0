using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;
using static Nano.Tests.Reasoning.Turns;

namespace Nano.Tests.Reasoning;

/// <summary>A stream has the same seals as the whole response, however it is split.</summary>
public sealed class StreamSealerTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(7, true)]
    [InlineData(1000, false)]
    public void Seals_are_those_of_the_whole_response(int size, bool escaped)
    {
        ContentPart[] turn =
        [
            Thinking("plain, \"quoted\", \\ud83c, é, 🌧🌧, \n", "c2lnbmF0dXJlMQ=="), Thinking("", "c2lnbmF0dXJlMg=="), Redacted("cmVkYWN0ZWQx"), Text("said"),
            Call("toolu_1", "look", "Y2FsbHNpZw=="), Thinking("between 🌧", "c2lnbmF0dXJlMw=="), Call("toolu_2", "see"), Thinking("after", "c2lnbmF0dXJlNA=="),
        ];
        SealsOf(turn, size, escaped).ShouldBe(WholeSealsOf(turn));
    }

    [Fact]
    public void Seals_do_not_depend_on_how_the_stream_is_split() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<PositiveInt>(), (text, size) =>
    {
        var clean = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get)) + "🌧";
        ContentPart[] turn = [Thinking(clean, "c2lnbmF0dXJlMQ=="), Call("toolu_1")];
        return SealsOf(turn, size.Get, escaped: true).SequenceEqual(WholeSealsOf(turn)) && SealsOf(turn, size.Get, escaped: false).SequenceEqual(WholeSealsOf(turn));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Choices_are_sealed_separately()
    {
        var log = new Log();
        var sealer = new StreamSealer(Home, "seed", log);
        foreach (var choice in (int[])[0, 1])
        {
            sealer.On(new ChatEvent(ChatEventKind.Reasoning) { Choice = choice, Part = 0, Text = JsonText.From($"t{choice}") });
            sealer.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Choice = choice, Part = 0, Text = JsonText.From("c2lnbmF0dXJlMQ==") });
        }
        foreach (var choice in (int[])[0, 1])
            sealer.On(new ChatEvent(ChatEventKind.ToolCallStart) { Choice = choice, Part = 1, Id = JsonText.From("toolu_1"), Name = JsonText.From("look") });
        for (var choice = 0; choice < 2; choice++)
        {
            var whole = WholeSealsOf([Thinking($"t{choice}", "c2lnbmF0dXJlMQ=="), Call("toolu_1")]);
            log.Lines.Where(l => l.Choice == choice).Select(l => l.Line).ShouldBe(whole);
        }
    }

    [Fact]
    public void A_signature_without_an_end_is_sent_with_the_next_event()
    {
        var log = new Log();
        var sealer = new StreamSealer(Home, "seed", log);
        sealer.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = 0, Text = JsonText.From("c2lnbmF0") });
        sealer.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = 0, Text = JsonText.From("dXJlMQ==") });
        log.Lines.ShouldBeEmpty();
        sealer.On(new ChatEvent(ChatEventKind.Finish) { Part = -1 });
        log.Lines.Select(l => l.Line).ShouldBe(WholeSealsOf([Thinking("", "c2lnbmF0dXJlMQ==")]));
    }

    private static List<string> WholeSealsOf(ContentPart[] turn)
    {
        var message = new ChatMessage(ChatRole.Assistant);
        foreach (var part in turn)
            message.Parts.Add(part is ToolCallPart c ? Call(c.Id.ToString(), c.Name.ToString(), c.Signature.HasValue ? c.Signature.ToString() : null) : part);
        ResponseSealer.Seal(new ChatResponse(Dialect) { Choices = { new ChatChoice(0, message) } }, Home, "seed");
        return [.. message.Parts.Select(part => part switch
        {
            ReasoningPart r => $"{r.Signature}{r.Opaque}",
            ToolCallPart c => $"{c.Id} {c.Signature}",
            _ => "",
        }).Where(line => line.Length > 0)];
    }

    /// <summary>In the form of Anthropic's reader: separate parts, with texts and signatures in pieces.</summary>
    private static List<string> SealsOf(ContentPart[] turn, int size, bool escaped)
    {
        var log = new Log();
        var sealer = new StreamSealer(Home, "seed", log);
        var calls = 0;
        for (var i = 0; i < turn.Length; i++)
        {
            sealer.On(new ChatEvent(ChatEventKind.PartStart) { Part = i, PartKind = turn[i] is ToolCallPart ? PartKind.ToolCall : PartKind.Reasoning });
            switch (turn[i])
            {
                case ReasoningPart { Opaque.HasValue: true } redacted:
                    sealer.On(new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = i, Text = redacted.Opaque });
                    break;
                case ReasoningPart thinking:
                    foreach (var piece in Pieces(thinking.Text, size, escaped)) sealer.On(new ChatEvent(ChatEventKind.Reasoning) { Part = i, Text = piece });
                    foreach (var piece in Pieces(thinking.Signature, size, escaped: false)) sealer.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = i, Text = piece });
                    break;
                case TextPart text:
                    sealer.On(new ChatEvent(ChatEventKind.Text) { Part = i, Text = text.Text });
                    break;
                case ToolCallPart call:
                    sealer.On(new ChatEvent(ChatEventKind.ToolCallStart) { Part = i, ToolIndex = calls++, Id = call.Id, Name = call.Name, Signature = call.Signature });
                    break;
            }
            sealer.On(new ChatEvent(ChatEventKind.PartEnd) { Part = i });
        }
        return [.. log.Lines.Select(l => l.Line)];
    }

    /// <summary>Pieces of <paramref name="size"/> UTF-16 units; escaped text is also split between the halves of pairs, as some providers do.</summary>
    private static IEnumerable<JsonText> Pieces(JsonText text, int size, bool escaped)
    {
        var plain = text.ToString();
        for (var at = 0; at < plain.Length;)
        {
            var length = Math.Min(size, plain.Length - at);
            if (!escaped && char.IsHighSurrogate(plain[at + length - 1]) && at + length < plain.Length) length++;
            var piece = plain.Substring(at, length);
            at += length;
            yield return escaped
                ? new JsonText(Encoding.UTF8.GetBytes(string.Concat(piece.Select(c => c < 128 && !char.IsControl(c) && c is not ('"' or '\\') ? c.ToString() : $"\\u{(int)c:x4}"))))
                : JsonText.From(piece);
        }
    }

    /// <summary>Records the state in the events.</summary>
    private sealed class Log : IChatEventSink
    {
        public List<(int Choice, string Line)> Lines { get; } = [];

        public void BeginFrame(in ChatFrame frame) { }

        public void On(in ChatEvent item)
        {
            if (item.Kind is ChatEventKind.ReasoningSignature or ChatEventKind.ReasoningOpaque) Lines.Add((item.Choice, item.Text.ToString()));
            else if (item.Kind == ChatEventKind.ToolCallStart) Lines.Add((item.Choice, $"{item.Id} {item.Signature}"));
        }

        public void EndFrame() { }
    }
}
