namespace Nano.Dialects.Gemini;

/// <summary>Properties that follow from a Gemini model's name and its platform; the catalogue's traits contain the rest.</summary>
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
        // Aliases such as gemini-flash-latest are the newest model of their line.
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
    /// Gemini 3 and later: calls in the history must have a thought signature, reasoning is set by level, tool results may
    /// contain media, and functions may be combined with server tools and structured output. (ai.google.dev/gemini-api/docs:
    /// thought-signatures, thinking, function-calling, tool-combination; recorded in
    /// <c>gemini-generatecontent-one-websearch-387818</c>.)
    /// </summary>
    public bool IsThreeOrLater => _major >= 3;

    /// <summary>The model runs on Vertex AI: calls and results have no ids, and AI Studio's files are not available.</summary>
    public bool IsOnVertex { get; }

    /// <summary>False for a name without a version.</summary>
    public bool IsKnown => _major > 0;

    /// <summary>
    /// Gemini 2.5 and every later model refuses a non-zero penalty with a 400, "Penalty is not enabled for this model"
    /// (google-gemini/cookbook#1290, vercel/ai#8943).
    /// </summary>
    public bool TakesPenalties => _major < 2 || (_major == 2 && _minor < 5);

    /// <summary>Function calls that must match their schema (<c>VALIDATED</c>): Gemini 2.5 and later.</summary>
    public bool HasValidatedCalls => _major > 2 || (_major == 2 && _minor >= 5);
}
