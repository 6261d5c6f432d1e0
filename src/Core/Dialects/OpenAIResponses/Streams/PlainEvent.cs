using System.Buffers.Text;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// Reads the usual event of a stream: a flat object of known members, whose values are strings without escapes, counts and
/// an empty list. Uses a few vectorised searches instead of scanning the JSON. For any other event the result is false,
/// and the event is scanned.
/// </summary>
internal ref struct PlainEvent
{
    public JsonText Type;

    public JsonText Delta;

    public JsonText ItemId;

    public int OutputIndex;

    public int PartIndex;

    public readonly Place Place => new(ItemId, OutputIndex, PartIndex);

    public static bool TryRead(ReadOnlyMemory<byte> data, out PlainEvent plain)
    {
        plain = new PlainEvent { OutputIndex = -1 };
        var span = data.Span;
        if (span.Length < 2 || span[0] != (byte)'{') return false;
        for (var at = 1; ;)
        {
            if (!plain.TryReadMember(data, span, ref at) || at >= span.Length) return false;
            if (span[at] == (byte)'}') return at == span.Length - 1;
            if (span[at++] != (byte)',') return false;
        }
    }

    /// <summary>The length of a plain string between its quotes; -1 for one that is not plain or does not end.</summary>
    public static int LengthOfText(ReadOnlySpan<byte> span)
    {
        var length = span.IndexOfAny(JsonScanner.Stops);
        return length < 0 || span[length] != (byte)'"' ? -1 : length;
    }

    private bool TryReadMember(ReadOnlyMemory<byte> data, ReadOnlySpan<byte> span, ref int at)
    {
        if (!TryReadText(span, ref at, out var start)) return false;
        var name = span[start..(at - 1)];
        if (at >= span.Length || span[at++] != (byte)':') return false;
        switch (name.Length)
        {
            case 4 when name.SequenceEqual("type"u8):
                if (!TryReadText(span, ref at, out start)) return false;
                Type = new JsonText(data[start..(at - 1)]);
                return true;
            case 5 when name.SequenceEqual("delta"u8):
                if (!TryReadText(span, ref at, out start)) return false;
                Delta = new JsonText(data[start..(at - 1)]);
                return true;
            case 12 when name.SequenceEqual("output_index"u8):
                return TryReadCount(span, ref at, out OutputIndex);
            case 13 when name.SequenceEqual("content_index"u8) || name.SequenceEqual("summary_index"u8):
                return TryReadCount(span, ref at, out PartIndex);
            case 15 when name.SequenceEqual("sequence_number"u8):
                return TryReadCount(span, ref at, out _);
            case 7 when name.SequenceEqual("item_id"u8):
                if (!TryReadText(span, ref at, out start)) return false;
                ItemId = new JsonText(data[start..(at - 1)]);
                return true;
            case 11 when name.SequenceEqual("obfuscation"u8):
                return TryReadText(span, ref at, out _);
            case 8 when name.SequenceEqual("logprobs"u8):
                if (!span[at..].StartsWith("[]"u8)) return false;
                at += 2;
                return true;
            default:
                return false;
        }
    }

    /// <param name="at">The start of the string; afterwards the position after its closing quote.</param>
    /// <param name="start">The start of its inside.</param>
    private static bool TryReadText(ReadOnlySpan<byte> span, ref int at, out int start)
    {
        start = at + 1;
        if (at >= span.Length || span[at] != (byte)'"') return false;
        var length = LengthOfText(span[start..]);
        if (length < 0) return false;
        at = start + length + 1;
        return true;
    }

    /// <summary>Reads digits only, in JSON's form.</summary>
    private static bool TryReadCount(ReadOnlySpan<byte> span, ref int at, out int count)
    {
        if (!Utf8Parser.TryParse(span[at..], out count, out var length) || count < 0 || span[at] == (byte)'-' || span[at] == (byte)'+') return false;
        if (length > 1 && span[at] == (byte)'0') return false;
        at += length;
        return true;
    }
}
