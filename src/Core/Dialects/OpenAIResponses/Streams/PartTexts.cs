using Nano.Dialects.OpenAIResponses.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>The texts of a list of parts.</summary>
internal static class PartTexts
{
    /// <summary>The texts of all parts, joined; a single text unchanged.</summary>
    /// <param name="ofReasoning">Whether these are pieces of a summary or of reasoning; else they are parts of a message.</param>
    public static JsonText Join(JsonSlice content, bool ofReasoning = false)
    {
        JsonText first = default;
        List<byte>? all = null;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var text = ofReasoning ? cursor.TakeValue().Member("text"u8).AsText() : OutputPart.Read(ref cursor).Text;
            if (!text.HasValue) continue;
            if (!first.HasValue) first = text;
            else (all ??= [.. first.Span]).AddRange(text.Span);
        }
        return all is null ? first : new JsonText(all.ToArray());
    }
}
