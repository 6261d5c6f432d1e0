using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Citations of a streamed text part whose source tells no place: they cover the part, as in a whole response, and come before its text
/// (Anthropic). They wait for the part's end, as copies.
/// </summary>
internal sealed class WaitingCitations
{
    /// <summary>What is beyond does not wait, and has no place.</summary>
    private const int Most = 1000;

    private readonly List<Citation> _waiting = [];
    private long _said, _start;

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>A text part begins.</summary>
    public void Begin() => _start = _said;

    /// <summary>Text of the choice, of any part.</summary>
    public void Say(JsonText text) => _said += text.CountUtf16();

    /// <summary>False for one that need not wait.</summary>
    public bool TryHold(Citation citation, int part)
    {
        if (part < 0 || citation.StartIndex is not null || citation.EndIndex is not null || _waiting.Count >= Most) return false;
        _waiting.Add(new Citation { Origin = citation.Origin, Url = Copy(citation.Url), Title = Copy(citation.Title), CitedText = Copy(citation.CitedText) });
        return true;
    }

    /// <summary>Writes them into an open list: their part has ended.</summary>
    public void Write(JsonOutput output)
    {
        foreach (var citation in _waiting) CitationWriter.Write(output, citation, _start, _said);
        _waiting.Clear();
    }

    private static JsonText Copy(JsonText text) => text.IsPresent ? new JsonText(text.Span.ToArray()) : default;
}
