using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>
/// Reads a caller's <c>generateContent</c> body. The model and whether the answer is streamed stand in its URL, not here.
/// </summary>
internal static class GeminiRequestReader
{
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        var request = new ChatRequest(GeminiDialect.DialectName) { StreamUsage = true, Form = GeminiRequestForm.NoContents };
        Extras? extras = null;
        ChatMessage? system = null;
        JsonSlice config = default;
        var form = request.Form;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            // A null is an absent member that was written out; only the same dialect cares.
            if (cursor.IsNull)
            {
                Extras.Add(ref extras, GeminiDialect.DialectName, name, cursor.TakeValue());
            }
            else if (cursor.NameIs("contents"u8))
            {
                form &= ~GeminiRequestForm.NoContents;
                if (cursor.Token == JsonTokenType.StartObject) form |= GeminiRequestForm.ContentsObject;
                ReadContents(cursor.TakeValue(), request.Messages);
            }
            else if (GeminiRequestForm.SystemInstruction.IsAt(ref cursor, ref form))
            {
                system = ReadSystem(cursor.TakeValue());
            }
            else if (GeminiRequestForm.GenerationConfig.IsAt(ref cursor, ref form))
            {
                config = cursor.TakeValue();
                form |= GeminiRequestForm.HasConfig;
            }
            else if (cursor.NameIs("tools"u8))
            {
                form |= GeminiRequestForm.HasTools | (cursor.Token == JsonTokenType.StartObject ? GeminiRequestForm.ToolsObject : 0);
                GeminiToolReader.Read(cursor.TakeValue(), request.Tools);
            }
            else if (GeminiRequestForm.ToolConfig.IsAt(ref cursor, ref form))
            {
                var value = cursor.TakeValue();
                request.ToolChoice = GeminiToolReader.ReadChoice(value, form, out var whole);
                if (!whole) Extras.Add(ref extras, GeminiDialect.DialectName, name, value);
            }
            else
            {
                Extras.Add(ref extras, GeminiDialect.DialectName, name, cursor.TakeValue());
            }
        }
        cursor.ExpectEnd();
        if (system is not null) request.Messages.Insert(0, system);
        if (config.IsPresent) GeminiConfigReader.Read(config, request, ref form, ref extras);
        request.Form = form;
        request.Extras = extras;
        return request;
    }

    private static ChatMessage ReadSystem(JsonSlice value)
    {
        // "systemInstruction": "text" is taken by Google's SDKs only, but costs nothing here.
        if (!value.IsText) return GeminiContent.Read(value, ChatRole.System, null);
        var message = new ChatMessage(ChatRole.System) { Form = GeminiRequestForm.SystemText };
        message.Parts.Add(new TextPart(value.AsText()));
        return message;
    }

    private static void ReadContents(JsonSlice contents, List<ChatMessage> messages)
    {
        if (contents.IsObject)
        {
            messages.Add(GeminiContent.Read(contents, ChatRole.User, "contents[0]"));
            return;
        }
        if (!contents.IsArray) throw new JsonException("'contents' must be an array.");
        var cursor = new JsonCursor(contents.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var content = cursor.TakeValue();
            if (!content.IsObject) throw new JsonException($"'contents[{i}]' must be an object.");
            messages.Add(GeminiContent.Read(content, ChatRole.User, $"contents[{i}]"));
        }
    }
}
