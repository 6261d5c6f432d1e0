using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes the turns and parts of another dialect's conversation, and reports those that Chat cannot express.</summary>
internal sealed class ForeignPartWriter(MediaForms forms, JsonOutput output, LossReport losses)
{
    public bool CanWrite(MediaPart media) => ForeignMediaWriter.CanWrite(media, forms);

    /// <param name="mediaOnly">The parts of a tool's result whose text is already in its own turn.</param>
    public void Turn(ReadOnlySpan<byte> role, JsonText name, List<ContentPart> parts, bool mediaOnly = false)
    {
        Begin(role);
        if (name.HasValue)
        {
            output.Name("name"u8);
            output.Text(name);
        }
        output.Name("content"u8);
        if (!mediaOnly && parts is [TextPart only]) output.Text(only.Text);
        else if (parts.Count == 0) output.Literal(default);
        else
        {
            output.BeginArray();
            foreach (var part in parts)
                if (!mediaOnly || part is MediaPart) Part(part);
            output.EndArray();
        }
        output.EndObject();
    }

    /// <summary>Writes one text as a string, which every provider accepts; several texts as parts.</summary>
    public void Texts(List<ContentPart> parts, int count)
    {
        if (count == 0) output.Literal(default);
        if (count > 1) output.BeginArray();
        foreach (var part in parts)
            if (part is TextPart text)
            {
                if (count == 1) output.Text(text.Text);
                else Part(text);
            }
        if (count > 1) output.EndArray();
    }

    public void Part(ContentPart part)
    {
        switch (part)
        {
            case TextPart text:
                output.BeginObject();
                Type("text"u8);
                output.Name("text"u8);
                output.Text(text.Text);
                output.EndObject();
                break;
            case MediaPart media:
                if (!ForeignMediaWriter.TryWrite(output, media, forms)) losses.Drop($"messages.content.{ForeignMediaWriter.NameOf(media)}");
                else if (media is { Kind: MediaKind.Document, Name.HasValue: true } && forms.Documents == DocumentForm.FileUrl) losses.Drop("messages.content.filename");
                break;
            case OpaquePart opaque:
                losses.Drop($"messages.content.{opaque.Type}");
                break;
            case ToolResultPart:
                break;
            default:
                losses.Drop("messages.content");
                break;
        }
    }

    /// <summary>Opens a turn.</summary>
    public void Begin(ReadOnlySpan<byte> role)
    {
        output.BeginObject();
        output.Name("role"u8);
        output.Literal(role);
    }

    /// <summary>Writes the type of an open part.</summary>
    public void Type(ReadOnlySpan<byte> type)
    {
        output.Name("type"u8);
        output.Literal(type);
    }
}
