using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Takes tool results out of the object that Gemini requires, whose <c>output</c> is the function's result
/// (ai.google.dev/api/caching#FunctionResponse): other dialects have the result itself. A failure (<c>error</c>) stays in its object, since
/// most of them have no other way to mark it.
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

    /// <summary>Reads several texts of one result in the form that <see cref="ResultWriter"/> writes.</summary>
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
