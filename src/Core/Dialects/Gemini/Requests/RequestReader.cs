using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Reads a caller's <c>generateContent</c> body. The model and whether the response is streamed are in its URL, not here.
/// </summary>
internal static class RequestReader
{
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        var request = new ChatRequest(GeminiDialect.DialectName) { StreamUsage = true, Form = RequestForms.NoContents };
        Extras? extras = null;
        ChatMessage? system = null;
        JsonSlice config = default;
        var form = request.Form;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            // A null means an absent member; it is kept only for the same dialect.
            if (cursor.IsNull)
            {
                Extras.Add(ref extras, GeminiDialect.DialectName, name, cursor.TakeValue());
            }
            else if (cursor.NameIs("contents"u8))
            {
                form &= ~RequestForms.NoContents;
                if (cursor.Token == JsonTokenType.StartObject) form |= RequestForms.ContentsObject;
                ReadContents(cursor.TakeValue(), request.Messages);
            }
            else if (RequestForms.SystemInstruction.IsAt(ref cursor, ref form))
            {
                system = ReadSystem(cursor.TakeValue());
            }
            else if (RequestForms.GenerationConfig.IsAt(ref cursor, ref form))
            {
                config = cursor.TakeValue();
                form |= RequestForms.HasConfig;
            }
            else if (cursor.NameIs("tools"u8))
            {
                form |= RequestForms.HasTools | (cursor.Token == JsonTokenType.StartObject ? RequestForms.ToolsObject : 0);
                ToolReader.Read(cursor.TakeValue(), request.Tools);
            }
            else if (RequestForms.ToolConfig.IsAt(ref cursor, ref form))
            {
                var value = cursor.TakeValue();
                request.ToolChoice = ToolReader.ReadChoice(value, out var whole);
                if (!whole) Extras.Add(ref extras, GeminiDialect.DialectName, name, value);
            }
            else
            {
                Extras.Add(ref extras, GeminiDialect.DialectName, name, cursor.TakeValue());
            }
        }
        cursor.ExpectEnd();
        if (system is not null) request.Messages.Insert(0, system);
        if (config.IsPresent) ConfigReader.Read(config, request, ref form, ref extras);
        request.Form = form;
        request.Extras = extras;
        return request;
    }

    private static ChatMessage ReadSystem(JsonSlice value)
    {
        // Only Google's SDKs accept "systemInstruction": "text", but it costs nothing to accept it here.
        if (!value.IsText) return ContentCodec.Read(value, ChatRole.System, null);
        var message = new ChatMessage(ChatRole.System) { Form = RequestForms.SystemText };
        message.Parts.Add(new TextPart(value.AsText()));
        return message;
    }

    private static void ReadContents(JsonSlice contents, List<ChatMessage> messages)
    {
        if (contents.IsObject)
        {
            messages.Add(ContentCodec.Read(contents, ChatRole.User, "contents[0]"));
            return;
        }
        if (!contents.IsArray) throw new JsonException("'contents' must be an array.");
        var cursor = new JsonCursor(contents.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++)
        {
            var content = cursor.TakeValue();
            if (!content.IsObject) throw new JsonException($"'contents[{i}]' must be an object.");
            if (BareThought.IsAll(content)) continue;
            messages.Add(ContentCodec.Read(content, ChatRole.User, $"contents[{i}]"));
        }
    }
}
