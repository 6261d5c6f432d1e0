namespace Nano.Dialects.Gemini;

/// <summary>What a Gemini model's name, and where it runs, say about how it is spoken to; the catalogue's traits say the rest.</summary>
internal readonly struct ModelGeneration
{
    private readonly int _major;
    private readonly int _minor;

    /// <param name="name">With or without <c>models/</c> before it.</param>
    /// <param name="onVertex">As in <see cref="GeminiDialect"/>.</param>
    public ModelGeneration(string name, bool onVertex = false)
    {
        IsOnVertex = onVertex;
        var at = name.IndexOf("gemini-", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return;
        var rest = name.AsSpan(at + 7);
        // gemini-flash-latest and its kind are the newest of their line.
        if (rest.Length == 0 || !char.IsAsciiDigit(rest[0]))
        {
            _major = 3;
            return;
        }
        var end = 0;
        while (end < rest.Length && char.IsAsciiDigit(rest[end])) end++;
        if (!int.TryParse(rest[..end], out _major)) return;
        if (end + 1 < rest.Length && rest[end] == '.' && char.IsAsciiDigit(rest[end + 1])) _minor = rest[end + 1] - '0';
    }

    /// <summary>
    /// Gemini 3 and later: calls of the history must carry a thought signature, thinking goes by level, media may be in
    /// tool results, functions go together with server tools and with structured output. (ai.google.dev/gemini-api/docs:
    /// thought-signatures, thinking, function-calling, tool-combination; recorded in
    /// <c>gemini-generatecontent-one-websearch-387818</c>.)
    /// </summary>
    public bool IsThreeOrLater => _major >= 3;

    /// <summary>Calls and results have no ids there, and files of AI Studio are not known.</summary>
    public bool IsOnVertex { get; }

    /// <summary>False for a name that says no version.</summary>
    public bool IsKnown => _major > 0;

    /// <summary>
    /// Gemini 2.5 and every later model answers a penalty that is not zero with a 400, "Penalty is not enabled for this model"
    /// (google-gemini/cookbook#1290, vercel/ai#8943).
    /// </summary>
    public bool TakesPenalties => _major < 2 || (_major == 2 && _minor < 5);

    /// <summary>Function calls held to their schema (<c>VALIDATED</c>): Gemini 2.5 and later.</summary>
    public bool HasValidatedCalls => _major > 2 || (_major == 2 && _minor >= 5);
}
