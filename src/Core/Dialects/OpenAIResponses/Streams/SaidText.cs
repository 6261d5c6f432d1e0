using System.IO.Hashing;
using System.Text;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>
/// The text of deltas so far, as its length and a digest. The complete text is compared with it later, so that nothing is sent twice
/// or omitted. Compares decoded text, since a provider may escape it differently the second time.
/// </summary>
internal sealed class SaidText
{
    private readonly XxHash3 _digest = new();
    private long _bytes, _units;
    private bool _hasHalves; // a character was split between two deltas: only lengths can be compared

    public bool IsEmpty => _units == 0;

    public void Append(JsonText text)
    {
        if (text.IsEmpty) return;
        if (!text.HasEscapes)
        {
            Append(text.Span);
            return;
        }
        _hasHalves |= JsonEscaping.IndexOfHalf(text.Span) >= 0;
        var buffer = BufferPool.Rent(text.Span.Length);
        Append(buffer.AsSpan(0, Decode(text, buffer)));
        BufferPool.Return(buffer);
    }

    public void Clear()
    {
        _digest.Reset();
        (_bytes, _units, _hasHalves) = (0, 0, false);
    }

    /// <summary>The rest of the whole text after the sent text, possibly empty. Null if the whole text is longer and does not begin with the sent text.</summary>
    public JsonText? RestOf(JsonText whole)
    {
        if (_units == 0) return whole;
        if (whole.IsEmpty) return new JsonText(default);
        var buffer = BufferPool.Rent(whole.Span.Length);
        try
        {
            var text = buffer.AsSpan(0, Decode(whole, buffer));
            if (Encoding.UTF8.GetCharCount(text) <= _units) return new JsonText(default);
            if (_hasHalves) return JsonText.From(Encoding.UTF8.GetString(text)[(int)_units..]);
            if (text.Length <= _bytes || XxHash3.HashToUInt64(text[..(int)_bytes]) != _digest.GetCurrentHashAsUInt64()) return null;
            return JsonText.From(Encoding.UTF8.GetString(text[(int)_bytes..]));
        }
        finally
        {
            BufferPool.Return(buffer);
        }
    }

    private void Append(ReadOnlySpan<byte> utf8)
    {
        _digest.Append(utf8);
        _bytes += utf8.Length;
        _units += Encoding.UTF8.GetCharCount(utf8);
    }

    private static int Decode(JsonText text, Span<byte> output)
    {
        if (JsonEscaping.IndexOfHalf(text.Span) < 0) return JsonEscaping.Unescape(text.Span, output);
        var whole = text.Span.ToArray();
        JsonEscaping.ReplaceHalves(whole);
        return JsonEscaping.Unescape(whole, output);
    }
}
