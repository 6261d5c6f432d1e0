using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// The shape of the last plain piece of text. The events of one part differ only in number, text and padding, so three
/// comparisons of bytes replace <see cref="PlainEvent"/>'s reading of each member. Other events are read there.
/// </summary>
internal sealed class DeltaShape
{
    public static readonly JsonText Type = JsonText.From("response.output_text.delta");

    // The bytes from the number to the quote before the text; empty before the first piece.
    private byte[] _middle = [];

    public Place Place { get; private set; }

    private static ReadOnlySpan<byte> Head => """{"type":"response.output_text.delta","sequence_number":"""u8;

    private static ReadOnlySpan<byte> Padding => ""","logprobs":[],"obfuscation":" """u8[..^1];

    /// <summary>Remembers the shape of an event whose type is <see cref="Type"/>.</summary>
    /// <param name="plain">The result of reading <paramref name="data"/>.</param>
    public void Learn(ReadOnlySpan<byte> data, in PlainEvent plain)
    {
        var at = Number(data);
        if (at < 0) return;
        // A plain string contains no quotes, so these are the member's own.
        var name = data[at..].IndexOf("\"delta\":\""u8);
        if (name < 0) return;
        _middle = data.Slice(at, name + "\"delta\":\"".Length).ToArray();
        Place = plain.Place with { ItemId = plain.ItemId.IsPresent ? new JsonText(plain.ItemId.Span.ToArray()) : default };
    }

    /// <summary>The text of another event of this shape.</summary>
    public bool TryRead(ReadOnlyMemory<byte> data, out JsonText delta)
    {
        delta = default;
        var span = data.Span;
        var at = Number(span);
        if (at < 0 || _middle.Length == 0 || !span[at..].StartsWith(_middle)) return false;
        at += _middle.Length;
        var length = PlainEvent.LengthOfText(span[at..]);
        if (length < 0) return false;
        var rest = span[(at + length + 1)..];
        if (rest.StartsWith(Padding))
        {
            rest = rest[Padding.Length..];
            var padding = PlainEvent.LengthOfText(rest);
            if (padding < 0) return false;
            rest = rest[(padding + 1)..];
        }
        if (rest is not [(byte)'}']) return false;
        delta = new JsonText(data.Slice(at, length));
        return true;
    }

    /// <summary>The end of the number after the head; -1 if the head or the number is missing.</summary>
    private static int Number(ReadOnlySpan<byte> data)
    {
        if (!data.StartsWith(Head)) return -1;
        var at = Head.Length;
        while (at < data.Length && char.IsAsciiDigit((char)data[at])) at++;
        var digits = at - Head.Length;
        return digits is 0 or > 9 || (digits > 1 && data[Head.Length] == (byte)'0') ? -1 : at;
    }
}
