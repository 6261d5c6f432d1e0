namespace Nano.Tokens;

/// <summary>
/// Splits a text so that no piece has a long run of letters, digits, blanks or signs: a tokenizer's time grows with the square of a run's
/// length (64,000 equal letters take it seconds), and a caller chooses the text. Ordinary text is one piece.
/// </summary>
internal ref struct TextPieces(ReadOnlySpan<char> text)
{
    /// <summary>The longest run; a longer one is split here, which may add a token to the count.</summary>
    internal const int MaxRun = 256;

    private readonly ReadOnlySpan<char> _text = text;
    private int _next;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly TextPieces GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next >= _text.Length) return false;
        var start = _next;
        int run = 0, kind = -1, at = start;
        for (; at < _text.Length; at++)
        {
            var c = _text[at];
            var here = KindOf(c);
            if (here != kind) (kind, run) = (here, 0);
            // Not between the halves of a surrogate pair.
            if (++run > MaxRun && !char.IsLowSurrogate(c)) break;
        }
        Current = _text[start..at];
        _next = at;
        return true;
    }

    private static int KindOf(char c) => char.IsLetter(c) ? 0 : char.IsDigit(c) ? 1 : char.IsWhiteSpace(c) ? 2 : 3;
}
