using System.Text;
using Nano.Chat;
using Nano.Json;
using Nano.Reasoning;
using static Nano.Tests.Reasoning.Turns;

namespace Nano.Tests.Reasoning;

/// <summary>A sealed signature of a stream opens beside the text that the caller received, whatever that text ends with.</summary>
public sealed class StreamPieceTests
{
    private const string Signature = "c2lnbmF0dXJlMQ==";

    [Theory]
    [InlineData(nameof(PartKind.Text), true)]
    [InlineData(nameof(PartKind.Media), true)]
    [InlineData(nameof(PartKind.Reasoning), false)]
    [InlineData(nameof(PartKind.ToolCall), false)]
    public void A_whole_signature_signs_text_or_reasoning_by_its_part(string kind, bool ofText)
    {
        var sink = new Sink();
        new StreamSealer(Home, "seed", sink).On(
            new ChatEvent(ChatEventKind.ReasoningSignature) { Part = -1, PartKind = Enum.Parse<PartKind>(kind), Text = JsonText.From(Signature) });
        Opened("", sink.Signatures.ShouldHaveSingleItem())!.SignsText.ShouldBe(ofText);
    }

    /// <summary>The content of a JSON string, in pieces. The caller receives them joined.</summary>
    [Theory]
    // Half of a pair whose other half never comes.
    [InlineData("a\\ud83d")]
    [InlineData("a", "\\ud83d")]
    [InlineData("\\uD83D")]
    // A pair in two pieces, in each spelling.
    [InlineData("a\\ud83d", "\\ude00b")]
    [InlineData("\\uD83D", "\\uDE00")]
    // An escaped backslash, then the text ud83d.
    [InlineData("\\\\ud83d")]
    [InlineData("\\\\ud83d", "x")]
    [InlineData("a\\\\\\\\ud83d", "x")]
    // A backslash and then half a pair.
    [InlineData("\\\\\\ud83d", "\\ude00")]
    [InlineData("a\\\\\\ud83d", "\\ude00")]
    // The second half alone, and what only looks like a half.
    [InlineData("\\ude00", "x")]
    [InlineData("\\ud7ff", "x")]
    [InlineData("ud83d", "x")]
    public void A_signature_opens_beside_the_text_that_the_caller_received(params string[] pieces)
    {
        var sink = new Sink();
        var sealer = new StreamSealer(Home, "seed", sink);
        Think(sealer, 0, pieces);
        Sign(sealer, 0);
        sealer.On(new ChatEvent(ChatEventKind.Finish) { Part = -1 });
        Opened(string.Concat(pieces), sink.Signatures.ShouldHaveSingleItem())!.Signature.ToString().ShouldBe(Signature);
    }

    /// <summary>The next part is sealed with its own text and signature only, whether or not the first one was signed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parts_are_sealed_apart(bool isFirstSigned)
    {
        var sink = new Sink();
        var sealer = new StreamSealer(Home, "seed", sink);
        Think(sealer, 0, "first", "\\ud83d");
        if (isFirstSigned) Sign(sealer, 0);
        Think(sealer, 1, "second");
        Sign(sealer, 1);
        sealer.On(new ChatEvent(ChatEventKind.Finish) { Part = -1 });
        string[] signed = isFirstSigned ? ["first\\ud83d", "second"] : ["second"];
        sink.Signatures.Count.ShouldBe(signed.Length);
        OpenedTogether(signed, sink.Signatures)!.ShouldAllBe(part => part.Signature.ToString() == Signature);
    }

    /// <summary>A second signature of one part covers the text since the first.</summary>
    [Fact]
    public void A_second_signature_of_a_part_covers_only_newer_text()
    {
        var sink = new Sink();
        var sealer = new StreamSealer(Home, "seed", sink);
        Think(sealer, 0, "first");
        Sign(sealer, 0);
        Think(sealer, 0, "second");
        Sign(sealer, 0);
        sealer.On(new ChatEvent(ChatEventKind.Finish) { Part = -1 });
        OpenedTogether(["first", "second"], sink.Signatures)!.ShouldAllBe(part => part.Signature.ToString() == Signature);
    }

    private static void Think(StreamSealer sealer, int part, params string[] pieces)
    {
        foreach (var piece in pieces) sealer.On(new ChatEvent(ChatEventKind.Reasoning) { Part = part, Text = new JsonText(Encoding.UTF8.GetBytes(piece)) });
    }

    private static void Sign(StreamSealer sealer, int part) =>
        sealer.On(new ChatEvent(ChatEventKind.ReasoningSignature) { Part = part, Text = JsonText.From(Signature) });

    /// <summary>The opened parts of a text and its seal; null if state was lost.</summary>
    private static ReasoningPart? Opened(string text, JsonText sealedSignature) => OpenedTogether([text], [sealedSignature])?.Single();

    private static List<ReasoningPart>? OpenedTogether(string[] texts, IReadOnlyList<JsonText> seals)
    {
        var message = new ChatMessage(ChatRole.Assistant);
        foreach (var (text, seal) in texts.Zip(seals))
            message.Parts.Add(new ReasoningPart(Dialect) { Text = text.Length > 0 ? new JsonText(Encoding.UTF8.GetBytes(text)) : default, Signature = seal });
        var request = new ChatRequest("openai-chat");
        request.Messages.Add(message);
        var losses = new LossReport();
        StateOpener.Open(request, Home, Dialect, losses);
        return losses.IsEmpty ? [.. message.Parts.OfType<ReasoningPart>()] : null;
    }

    private sealed class Sink : IChatEventSink
    {
        public List<JsonText> Signatures { get; } = [];

        public void BeginFrame(in ChatFrame frame) { }

        public void On(in ChatEvent item)
        {
            if (item.Kind == ChatEventKind.ReasoningSignature) Signatures.Add(JsonText.From(item.Text.ToString()));
        }

        public void EndFrame() { }
    }
}
