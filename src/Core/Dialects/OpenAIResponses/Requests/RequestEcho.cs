using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Writes a request that was read from this dialect, unchanged except for the model.</summary>
internal static class RequestEcho
{
    public static void Write(ChatRequest request, in RequestTarget target, JsonOutput output)
    {
        var body = request.Extras.From(OpenAIResponsesDialect.DialectName, RequestReader.Whole.Span);
        var shape = new ShapeEcho(output);
        // The reader puts instructions first, wherever they are in the body.
        foreach (var message in request.Messages)
            if (!IsInstructions(message, body)) shape.Add(message.Parts);
        output.BeginObject();
        var cursor = new JsonCursor(body.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            output.Name(name);
            if (name.Is("model"u8)) output.Text(target.Model);
            else if (name.Is("input"u8) && value.HasValue) shape.Items(value);
            else if (name.Is("instructions"u8) && value.AsText().HasValue) output.Text(((TextPart)request.Messages[0].Parts[0]).Text);
            else output.Raw(value);
        }
        output.EndObject();

        bool IsInstructions(ChatMessage message, JsonSlice body) =>
            ReferenceEquals(message, request.Messages[0]) && body.Member("instructions"u8).AsText().HasValue;
    }
}
