using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Takes results of tools out of the object that Gemini demands: <c>output</c> has what a function returned, <c>error</c> why it failed
/// (ai.google.dev/api/caching#FunctionResponse). Other dialects have the text itself, and the models there were not told of the object.
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
        if (!cursor.NextMember() || !(cursor.NameIs("output"u8) || (result.IsError && cursor.NameIs("error"u8)))) return;
        var value = cursor.TakeValue();
        if (cursor.NextMember()) return;
        if (value.IsObject) result.Json = value;
        else if (value.AsText() is { HasValue: true } text)
        {
            result.Json = default;
            result.Parts.Insert(0, new TextPart(text));
        }
    }
}
