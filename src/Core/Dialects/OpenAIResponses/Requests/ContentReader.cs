using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Reads the content of a message or of a call's result: a string, or a list of parts.</summary>
internal static class ContentReader
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    public static void Read(JsonSlice content, List<ContentPart> parts)
    {
        if (content.IsText) parts.Add(new TextPart(content.AsText()));
        if (!content.IsArray) return;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) parts.Add(Part(cursor.TakeValue()));
    }

    private static ContentPart Part(JsonSlice json)
    {
        var part = new Members(json);
        if (part.Type.Is("input_text"u8) || part.Type.Is("output_text"u8) || part.Type.Is("text"u8))
            return part.Text.IsPresent ? new TextPart(part.Text) { Extras = part.Extras } : Opaque(part.Type, json);
        if (part.Type.Is("refusal"u8) && part.Refusal.IsPresent) return new RefusalPart(part.Refusal) { Extras = part.Extras };
        if (part.Type.Is("input_image"u8) && part.Source.Url.HasValue | part.Source.Data.HasValue | part.Source.FileId.HasValue)
            return new MediaPart(MediaKind.Image, part.Source) { Detail = part.Detail, Extras = part.Extras };
        if (part.Type.Is("input_file"u8) && part.Source.Url.HasValue | part.Source.Data.HasValue | part.Source.FileId.HasValue)
            return new MediaPart(MediaTypes.KindOf(part.Source.MediaType), part.Source) { Name = part.Name, Extras = part.Extras };
        return Opaque(part.Type, json);
    }

    private static OpaquePart Opaque(JsonText type, JsonSlice json) => new(Own, type, json);

    private readonly ref struct Members
    {
        public readonly JsonText Type, Text, Refusal, Detail, Name;
        public readonly MediaSource Source;
        public readonly Extras? Extras;

        public Members(JsonSlice part)
        {
            if (!part.IsObject) return;
            var cursor = new JsonCursor(part.Memory);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var name = cursor.Name;
                var value = cursor.TakeValue();
                var text = value.AsText();
                if (!text.IsPresent) Keep(name, value, ref Extras);
                else if (name.Is("type"u8)) Type = text;
                else if (name.Is("text"u8)) Text = text;
                else if (name.Is("refusal"u8)) Refusal = text;
                else if (name.Is("detail"u8)) Detail = text;
                else if (name.Is("filename"u8)) Name = text;
                else if (name.Is("image_url"u8) || name.Is("file_url"u8) || name.Is("file_data"u8)) Source = SourceOf(text);
                else if (name.Is("file_id"u8)) Source = new MediaSource { FileId = text };
                else Keep(name, value, ref Extras);
            }
        }

        /// <summary>Clients return members of responses that have no meaning for a model; OpenAI's JavaScript SDK adds <c>parsed</c>, a copy of the text.</summary>
        private static void Keep(JsonText name, JsonSlice value, ref Extras? extras)
        {
            if (value.HasValue && !name.Is("annotations"u8) && !name.Is("logprobs"u8) && !name.Is("parsed"u8)) Chat.Extras.Add(ref extras, Own, name, value);
        }

        /// <summary>An address, a <c>data:</c> URL, or plain base64.</summary>
        private static MediaSource SourceOf(JsonText text) =>
            text.StartsWith("data:"u8) || text.StartsWith("http:"u8) || text.StartsWith("https:"u8) || text.StartsWith("gs:"u8)
                ? MediaSource.FromUrl(text)
                : new MediaSource { Data = text };
    }
}
