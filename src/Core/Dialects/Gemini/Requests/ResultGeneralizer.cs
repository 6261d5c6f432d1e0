using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Takes results of tools out of the object that Gemini demands, whose <c>output</c> has what a function returned
/// (ai.google.dev/api/caching#FunctionResponse): other dialects have the result itself. A failure (<c>error</c>) stays in its object, since most
/// of them cannot say otherwise that it is one.
/// </summary>
internal static class ResultGeneralizer
{
    public static void Run(ChatRequest request)
    {
        foreach (var message in request.Messages)
            foreach (var part in message.Parts)
                if (part is ToolResultPart { Json.IsObject: true } result) Unwrap(result);
    }

    private static void Unwrap(ToolResultPart result)
    {
        var cursor = new JsonCursor(result.Json.Memory);
        cursor.EnterObject();
        if (!cursor.NextMember() || !cursor.NameIs("output"u8)) return;
        var value = cursor.TakeValue();
        if (cursor.NextMember()) return;
        if (value.IsObject) result.Json = value;
        else if (value.AsText() is { HasValue: true } text)
        {
            result.Json = default;
            result.Parts.Insert(0, new TextPart(text));
        }
        else if (value.IsArray) Texts(value, result);
    }

    /// <summary>Several texts of one result, as <see cref="ResultWriter"/> writes them.</summary>
    private static void Texts(JsonSlice list, ToolResultPart result)
    {
        var texts = new List<ContentPart>();
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            if (cursor.TakeValue().AsText() is not { HasValue: true } text) return;
            texts.Add(new TextPart(text));
        }
        if (texts.Count == 0) return;
        result.Json = default;
        result.Parts.InsertRange(0, texts);
    }
}
