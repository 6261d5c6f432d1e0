using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>Writes content blocks, and reports the parts without one: users send text and images, tools and the assistant only text.</summary>
internal sealed class ContentWriter(bool takesImages, JsonOutput output, LossReport losses)
{
    private const string Own = CohereChatDialect.DialectName;

    /// <summary>Non-empty content was dropped from the last written turn.</summary>
    public bool DroppedContent { get; private set; }

    /// <summary>A user's content: a single text as a string, anything else as a list.</summary>
    /// <returns>How many parts were written.</returns>
    public int Write(List<ContentPart> parts)
    {
        DroppedContent = false;
        if (parts is [TextPart { Text.HasValue: true } only])
        {
            DropExtras(only);
            output.Text(only.Text);
            return 1;
        }
        var count = 0;
        output.BeginArray();
        foreach (var part in parts)
        {
            if (part is ToolResultPart) continue;
            DropExtras(part);
            if (part is TextPart or RefusalPart)
            {
                var text = part is TextPart said ? said.Text : ((RefusalPart)part).Text;
                if (!text.HasValue) continue;
                Text(text);
                count++;
            }
            else if (part is MediaPart { Kind: MediaKind.Image } image && takesImages && (image.Source.Url.HasValue || image.Source.Data.HasValue))
            {
                Image(image);
                count++;
            }
            else Lose(part, isResponse: false);
        }
        output.EndArray();
        return count;
    }

    /// <summary>A tool's result: a single text as a string, several as a list; writes nothing if it has no text.</summary>
    public int WriteResult(List<ContentPart> parts)
    {
        Report(parts);
        var texts = 0;
        foreach (var part in parts)
            if (part is TextPart { Text.HasValue: true }) texts++;
        if (texts == 0) return 0;
        if (texts > 1) output.BeginArray();
        foreach (var part in parts)
        {
            if (part is not TextPart { Text.HasValue: true } text) continue;
            if (texts > 1) Text(text.Text);
            else output.Text(text.Text);
        }
        if (texts > 1) output.EndArray();
        return texts;
    }

    /// <summary>Reports the parts of a result other than text.</summary>
    public void Report(List<ContentPart> parts)
    {
        foreach (var part in parts)
        {
            DropExtras(part);
            Lose(part, isResponse: false);
        }
    }

    public void Text(JsonText text)
    {
        Begin("text"u8);
        output.Name("text"u8);
        output.Text(text);
        output.EndObject();
    }

    public void Text(Action<JsonOutput> append)
    {
        Begin("text"u8);
        output.Name("text"u8);
        output.BeginText();
        append(output);
        output.EndText();
        output.EndObject();
    }

    public void Thought(JsonText text)
    {
        Begin("thinking"u8);
        output.Name("thinking"u8);
        output.Text(text);
        output.EndObject();
    }

    public void DropExtras(ContentPart part)
    {
        if (part.CacheControl.HasValue) losses.Drop("messages.content.cache_control");
        if (part is not (OpaquePart or ToolCallPart or ReasoningPart)) losses.DropExtras(part.Extras, Own, "messages.content");
    }

    public void Lose(ContentPart part, bool isResponse)
    {
        // An empty text is not content.
        if (part is TextPart or RefusalPart) return;
        DroppedContent = true;
        losses.Drop(part switch
        {
            MediaPart { Kind: MediaKind.Audio } when isResponse => "messages.audio",
            MediaPart when isResponse => "messages.images",
            MediaPart { Kind: MediaKind.Audio } => "messages.content.input_audio",
            MediaPart media => $"messages.content.{ForeignMediaWriter.NameOf(media)}",
            ToolCallPart => "messages.tool_calls.custom",
            OpaquePart { Type.HasValue: true } opaque => $"messages.content.{opaque.Type}",
            _ => "messages.content",
        });
    }

    private void Image(MediaPart image)
    {
        Begin("image_url"u8);
        output.Name("image_url"u8);
        output.BeginObject();
        output.Name("url"u8);
        MediaTypes.WriteUrl(output, image.Source.InStandardBase64(), "image/png"u8);
        if (image.Detail.HasValue)
        {
            output.Name("detail"u8);
            output.Text(image.Detail);
        }
        output.EndObject();
        output.EndObject();
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
    }
}
