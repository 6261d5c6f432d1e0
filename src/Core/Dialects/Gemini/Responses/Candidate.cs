using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>One parsed <c>candidate</c> of a whole response or stream event. All slices are borrowed.</summary>
internal struct Candidate
{
    public int Index;
    public JsonSlice Content;
    public JsonSlice Finish;
    public JsonSlice Logprobs;
    public JsonSlice Grounding;
    public JsonSlice Citations;
    public JsonSlice UrlContext;
    public int Form;

    /// <summary>All members except content, index and a finish reason that is a string.</summary>
    public Extras? Extras;

    /// <summary>The highest index of a choice; the API documents at most 8 choices.</summary>
    public const int MaxIndex = 127;

    /// <param name="spare">Extras to use instead of new ones; emptied first.</param>
    public static Candidate Read(JsonSlice whole, Extras? spare = null)
    {
        spare?.Clear();
        var candidate = new Candidate { Form = Forms.NoContent | Forms.NoIndex | Forms.FinishInExtras };
        var cursor = new JsonCursor(whole.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("content"u8) && cursor.Token == JsonTokenType.StartObject)
            {
                candidate.Content = cursor.TakeValue();
                candidate.Form &= ~Forms.NoContent;
                continue;
            }
            var isFinish = cursor.NameIs("finishReason"u8);
            var isIndex = cursor.NameIs("index"u8);
            var isLogprobs = cursor.NameIs("logprobsResult"u8);
            var isGrounding = cursor.NameIs("groundingMetadata"u8);
            var isCitations = cursor.NameIs("citationMetadata"u8);
            var isUrlContext = cursor.NameIs("urlContextMetadata"u8);
            var value = cursor.TakeValue();
            if (isIndex && value.AsInt64() is { } index)
            {
                if (index is < 0 or > MaxIndex) throw new JsonException("'index' is out of range.");
                candidate.Index = (int)index;
                candidate.Form &= ~Forms.NoIndex;
                continue;
            }
            if (isFinish)
            {
                candidate.Finish = value;
                if (value.IsText)
                {
                    candidate.Form &= ~Forms.FinishInExtras;
                    continue;
                }
            }
            else if (isLogprobs) candidate.Logprobs = value;
            else if (isGrounding) candidate.Grounding = value;
            else if (isCitations) candidate.Citations = value;
            else if (isUrlContext) candidate.UrlContext = value;
            (candidate.Extras ??= spare ?? new Extras(GeminiDialect.DialectName)).Add(name, value);
        }
        return candidate;
    }

    /// <summary>Sources of all three kinds; null if there are none.</summary>
    public readonly List<Citation>? ReadCitations(TextMap text)
    {
        if (!Grounding.IsObject && !Citations.IsObject && !UrlContext.IsObject) return null;
        var citations = new List<Citation>();
        CitationCodec.ReadGrounding(Grounding, text, citations);
        CitationCodec.ReadCitations(Citations, text, citations);
        CitationCodec.ReadUrlContext(UrlContext, citations);
        return citations.Count == 0 ? null : citations;
    }
}
