using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes a whole response that was read from this dialect, unchanged.</summary>
internal static class ResponseEcho
{
    public static void Write(ChatResponse response, JsonOutput output)
    {
        var body = response.Extras.From(OpenAIResponsesDialect.DialectName, ResponseReader.Whole.Span);
        var shape = new ShapeEcho(output);
        foreach (var choice in response.Choices) shape.Add(choice.Message.Parts);
        output.BeginObject();
        var cursor = new JsonCursor(body.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            output.Name(name);
            if (name.Is("output"u8) && value.IsArray) shape.Items(value);
            else if (name.Is("model"u8) && value.IsText) output.Text(response.Model);
            else if (name.Is("id"u8) && value.IsText) output.Text(response.Id);
            else output.Raw(value);
        }
        output.EndObject();
    }
}
