using Nano.Chat;
using Nano.Dialects.Gemini.Responses;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>Citations of a stream that wait for an event with parts of their candidate, as copies. They become one member there.</summary>
internal sealed class WaitingCitations
{
    private List<(int Choice, Citation Citation)>? _waiting;
    private List<Citation>? _written;

    public IEnumerable<int> Choices() => _waiting?.Select(waiting => waiting.Choice) ?? [];

    private bool Has(int choice) => _waiting is not null && _waiting.Exists(waiting => waiting.Choice == choice);

    public void Add(int choice, Citation citation) => (_waiting ??= []).Add((choice, citation with
    {
        Url = Copy(citation.Url), Title = Copy(citation.Title), CitedText = Copy(citation.CitedText),
        Native = citation.Native.HasValue ? new JsonSlice(citation.Native.Span.ToArray()) : default,
    }));

    /// <summary>The member with those of one candidate; nothing when none waits.</summary>
    public void Write(int choice, JsonOutput output)
    {
        if (!Has(choice)) return;
        (_written ??= []).Clear();
        foreach (var waiting in _waiting!)
            if (waiting.Choice == choice) _written.Add(waiting.Citation);
        _waiting.RemoveAll(waiting => waiting.Choice == choice);
        output.Name("citationMetadata"u8);
        CitationCodec.Write(_written, output);
    }

    private static JsonText Copy(JsonText text) => text.IsPresent ? new JsonText(text.Span.ToArray()) : default;
}
