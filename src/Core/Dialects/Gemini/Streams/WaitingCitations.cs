using Nano.Chat;
using Nano.Dialects.Gemini.Responses;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>Copies of citations of a stream that wait for an event with parts of their candidate, where they become one member.</summary>
internal sealed class WaitingCitations
{
    private List<(int Choice, Citation Citation)>? _waiting;
    private List<Citation>? _written;

    public IEnumerable<int> Choices() => _waiting?.Select(waiting => waiting.Choice) ?? [];

    private bool Has(int choice)
    {
        if (_waiting is null) return false;
        foreach (var (waiting, _) in _waiting)
            if (waiting == choice) return true;
        return false;
    }

    public void Add(int choice, Citation citation) => (_waiting ??= []).Add((choice, citation with
    {
        Url = Copy(citation.Url), Title = Copy(citation.Title), CitedText = Copy(citation.CitedText),
        Native = citation.Native.HasValue ? new JsonSlice(citation.Native.Span.ToArray()) : default,
    }));

    /// <summary>Writes the member with one candidate's citations; nothing if none waits.</summary>
    public void Write(int choice, JsonOutput output)
    {
        // A separate method, since a lambda's captures are allocated when its method starts, and few events have citations.
        if (Has(choice)) WriteAll(choice, output);
    }

    private void WriteAll(int choice, JsonOutput output)
    {
        (_written ??= []).Clear();
        foreach (var waiting in _waiting!)
            if (waiting.Choice == choice) _written.Add(waiting.Citation);
        _waiting.RemoveAll(waiting => waiting.Choice == choice);
        output.Name("citationMetadata"u8);
        CitationCodec.Write(_written, output);
    }

    private static JsonText Copy(JsonText text) => text.IsPresent ? new JsonText(text.Span.ToArray()) : default;
}
