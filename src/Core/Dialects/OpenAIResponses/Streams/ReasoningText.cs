using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>Reports the reasoning of an item once: its summary, or its text if that is open.</summary>
internal static class ReasoningText
{
    /// <summary>Pieces of open reasoning are numbered after those of the summary.</summary>
    private const int OpenPieces = 1 << 20;

    public static void Said(OpenItem item, in WireEvent wire, bool isSummary, IChatEventSink sink)
    {
        (isSummary ? item.Summary : item.Thought).Append(wire.Delta);
        Say(item, isSummary ? wire.PartIndex : OpenPieces + wire.PartIndex, wire.Delta, sink);
    }

    /// <summary>The item is complete. A provider may stream text as one of the two and repeat it as the other.</summary>
    public static void Done(OpenItem open, in Item item, IChatEventSink sink)
    {
        Pieces(open, item.Summary, open.Summary.IsEmpty && !HasText(item.Content) ? open.Thought : open.Summary, 0, sink);
        Pieces(open, item.Content, open.Thought.IsEmpty && !HasText(item.Summary) ? open.Summary : open.Thought, OpenPieces, sink);
    }

    private static bool HasText(JsonSlice list) => list.IsArray && PartTexts.Join(list, ofReasoning: true).HasValue;

    /// <summary>Sends the rest of a whole list after the deltas. If the text differs from its deltas, the deltas' text is kept.</summary>
    private static void Pieces(OpenItem open, JsonSlice list, SaidText said, int first, IChatEventSink sink)
    {
        if (!list.IsArray) return;
        if (!said.IsEmpty)
        {
            if (said.RestOf(PartTexts.Join(list, ofReasoning: true)) is { HasValue: true } rest) Say(open, open.LastPiece, rest, sink);
            return;
        }
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++) Say(open, first + i, cursor.TakeValue().Member("text"u8).AsText(), sink);
    }

    private static void Say(OpenItem open, int piece, JsonText text, IChatEventSink sink)
    {
        if (!text.HasValue) return;
        if (open.LastPiece != piece)
        {
            if (open.LastPiece >= 0) sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = -1, Text = ReasoningTexts.Gap });
            open.LastPiece = piece;
        }
        sink.On(new ChatEvent(ChatEventKind.Reasoning) { Part = -1, Text = text });
    }
}
