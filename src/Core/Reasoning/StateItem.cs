using System.Buffers;
using Nano.Json;

namespace Nano.Reasoning;

/// <summary>The kind of a piece of state.</summary>
internal enum StateKind : byte
{
    /// <summary>Signs a piece of reasoning's text, which is sent beside it (Anthropic <c>signature</c>).</summary>
    Signature = 1,
    /// <summary>A piece of reasoning that cannot be read (Anthropic <c>redacted_thinking</c>, OpenAI <c>encrypted_content</c>).</summary>
    Opaque = 2,
    /// <summary>Signs a text of the model, not its reasoning (Gemini <c>thoughtSignature</c> on a text).</summary>
    OfText = 3,
    /// <summary>Signs a call (Gemini <c>thoughtSignature</c> on a call).</summary>
    OfCall = 4,
}

/// <summary>One piece of a turn's state, with its place in the turn. Binary: the seal around it encodes it as text.</summary>
internal readonly struct StateItem
{
    /// <summary>Pieces of a turn with a higher ordinal are not sealed.</summary>
    public const int MostOrdinal = 250;

    // Kind, ordinal, calls, flags.
    private const int HeadLength = 4;
    private const int IsAfterText = 1, HasText = 2, IsTextBound = 4, FormShift = 4;

    public StateKind Kind { get; init; }

    /// <summary>The piece's index in its turn, from 0; 0 for a call's state.</summary>
    public int Ordinal { get; init; }

    /// <summary>The number of the turn's calls before it.</summary>
    public int Calls { get; init; }

    /// <summary>Text precedes it in the turn.</summary>
    public bool AfterText { get; init; }

    /// <summary>The seal around it covers the text's digest: it opens only beside that text.</summary>
    public bool TextBound { get; init; }

    /// <summary>The provider's own value.</summary>
    public JsonText Value { get; init; }

    /// <summary>The signed text, if the seal contains it: plain UTF-8.</summary>
    public ReadOnlyMemory<byte> Text { get; init; }

    public bool CarriesText { get; init; }

    public void WriteTo(IBufferWriter<byte> output)
    {
        var value = new PlainText(Value);
        var span = output.GetSpan(HeadLength + 10 + value.Span.Length + Text.Length);
        var form = Base64Text.Decode(value.Span, span[(HeadLength + 5)..], out var length);
        if (form == TextForm.Plain)
        {
            value.Span.CopyTo(span[(HeadLength + 5)..]);
            length = value.Span.Length;
        }
        value.Dispose();
        span[0] = (byte)Kind;
        span[1] = (byte)Ordinal;
        span[2] = (byte)Math.Min(Calls, byte.MaxValue);
        span[3] = (byte)((AfterText ? IsAfterText : 0) | (CarriesText ? HasText : 0) | (TextBound ? IsTextBound : 0) | ((int)form << FormShift));
        // Five bytes were reserved for the length: move the value directly after it.
        var head = HeadLength + WriteLength(span[HeadLength..], length);
        span.Slice(HeadLength + 5, length).CopyTo(span[head..]);
        var at = head + length;
        if (CarriesText)
        {
            at += WriteLength(span[at..], Text.Length);
            Text.Span.CopyTo(span[at..]);
            at += Text.Length;
        }
        output.Advance(at);
    }

    /// <summary>Reads the next item of a seal's content; false if there is none.</summary>
    public static bool TryRead(ref ReadOnlyMemory<byte> rest, out StateItem item)
    {
        item = default;
        var span = rest.Span;
        if (span.Length <= HeadLength) return false;
        var flags = span[3];
        var at = HeadLength;
        if (!TryReadLength(span, ref at, out var length)) return false;
        var value = Base64Text.Encode((TextForm)(flags >> FormShift), span.Slice(at, length));
        at += length;
        var text = 0;
        if ((flags & HasText) != 0 && !TryReadLength(span, ref at, out text)) return false;
        item = new StateItem
        {
            Kind = (StateKind)span[0],
            Ordinal = span[1],
            Calls = span[2],
            AfterText = (flags & IsAfterText) != 0,
            TextBound = (flags & IsTextBound) != 0,
            Value = PlainText.Escape(value),
            CarriesText = (flags & HasText) != 0,
            Text = rest.Slice(at, text),
        };
        rest = rest[(at + text)..];
        return true;
    }

    private static int WriteLength(Span<byte> span, int length)
    {
        var at = 0;
        for (; length >= 0x80; length >>= 7) span[at++] = (byte)(length | 0x80);
        span[at++] = (byte)length;
        return at;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> span, ref int at, out int length)
    {
        length = 0;
        for (var shift = 0; at < span.Length && shift < 32; shift += 7)
        {
            var b = span[at++];
            length |= (b & 0x7F) << shift;
            if (b < 0x80) return length >= 0 && length <= span.Length - at;
        }
        return false;
    }
}
