using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Citations without a position in a streamed text part: they cover the part, as in a whole response, and arrive before its text
/// (Anthropic). Copies wait for the end of the part.
/// </summary>
internal sealed class WaitingCitations
{
    /// <summary>The maximum number of waiting citations; further ones are sent without a position.</summary>
    private const int Most = 1000;

    private readonly List<Citation> _waiting = [];
    private long _said, _start;

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>A text part begins.</summary>
    public void Begin() => _start = _said;

    /// <summary>Counts text of the choice, of any part.</summary>
    public void Say(JsonText text) => _said += text.CountUtf16();

    /// <summary>Holds a citation; false if it need not wait.</summary>
    public bool TryHold(Citation citation, int part)
    {
        if (part < 0 || citation.StartIndex is not null || citation.EndIndex is not null || _waiting.Count >= Most) return false;
        _waiting.Add(new Citation { Origin = citation.Origin, Url = Copy(citation.Url), Title = Copy(citation.Title), CitedText = Copy(citation.CitedText) });
        return true;
    }

    /// <summary>Writes the citations into an open list when their part has ended.</summary>
    public void Write(JsonOutput output)
    {
        foreach (var citation in _waiting) CitationWriter.Write(output, citation, _start, _said);
        _waiting.Clear();
    }

    private static JsonText Copy(JsonText text) => text.IsPresent ? new JsonText(text.Span.ToArray()) : default;
}
