using System.Text;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>
/// A member name that Google's JSON parser accepts in two spellings, <c>maxOutputTokens</c> and <c>max_output_tokens</c>
/// (ProtoJSON). A bit in the object's <c>Form</c> records the spelling that was read, so that it is written
/// back; converted requests are written in camel case.
/// </summary>
internal sealed class MemberName
{
    private readonly byte[] _camel;
    private readonly byte[] _snake;
    private readonly int _bit;

    /// <param name="bit">Position of the bit within the <c>Form</c> that records the spelling.</param>
    public MemberName(string camel, int bit)
    {
        _camel = Encoding.UTF8.GetBytes(camel);
        _snake = Encoding.UTF8.GetBytes(string.Concat(camel.Select(c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : $"{c}")));
        _bit = 1 << bit;
    }

    /// <summary>The name in the spelling that <paramref name="form"/> records.</summary>
    public ReadOnlySpan<byte> In(int form) => (form & _bit) != 0 ? _snake : _camel;

    /// <summary>Whether the cursor's member has this name; records the spelling.</summary>
    public bool IsAt(ref JsonCursor cursor, ref int form)
    {
        if (cursor.NameIs(_camel))
        {
            form &= ~_bit;
            return true;
        }
        if (!cursor.NameIs(_snake)) return false;
        form |= _bit;
        return true;
    }

    /// <summary>The same for an object whose spelling is not kept.</summary>
    public bool IsAt(ref JsonCursor cursor) => cursor.NameIs(_camel) || cursor.NameIs(_snake);
}
