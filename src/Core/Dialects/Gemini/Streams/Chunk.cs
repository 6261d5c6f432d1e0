using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Streams;

/// <summary>A parsed <c>GenerateContentResponse</c>: a whole response, or one event of a stream. All slices are borrowed.</summary>
internal struct Chunk
{
    public JsonText Id;
    public JsonText Model;
    public JsonSlice Candidates;
    public JsonSlice Usage;
    public JsonSlice PromptFeedback;
    public JsonSlice Error;
    public Extras? Extras;

    /// <param name="spare">Extras to use instead of new ones; emptied first.</param>
    public static Chunk Read(JsonSlice whole, Extras? spare = null)
    {
        spare?.Clear();
        var chunk = default(Chunk);
        var cursor = new JsonCursor(whole.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (cursor.NameIs("responseId"u8) && !cursor.IsNull) chunk.Id = cursor.TakeText();
            else if (cursor.NameIs("modelVersion"u8) && !cursor.IsNull) chunk.Model = cursor.TakeText();
            else
            {
                var isCandidates = cursor.NameIs("candidates"u8);
                var isUsage = cursor.NameIs("usageMetadata"u8);
                var isFeedback = cursor.NameIs("promptFeedback"u8);
                var isError = cursor.NameIs("error"u8);
                var value = cursor.TakeValue();
                if (isCandidates && value.IsArray) chunk.Candidates = value;
                else if (isUsage && value.IsObject) chunk.Usage = value;
                else
                {
                    if (isFeedback) chunk.PromptFeedback = value;
                    else if (isError) chunk.Error = value;
                    (chunk.Extras ??= spare ?? new Extras(GeminiDialect.DialectName)).Add(name, value);
                }
            }
        }
        cursor.ExpectEnd();
        return chunk;
    }

    /// <summary>Whether the prompt was blocked, and the reason, which may be missing (<c>gemini-generatecontent-one-basic-0a73cb</c>).</summary>
    public readonly bool IsPromptBlocked(out JsonText reason)
    {
        reason = PromptFeedback.Member("blockReason"u8).AsText();
        return reason.HasValue || PromptFeedback.Member("blockReasonMessage"u8).HasValue;
    }
}
