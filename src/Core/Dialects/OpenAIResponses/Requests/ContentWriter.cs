using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Writes the content of a message or of a call's result, and reports the parts without an equivalent here.</summary>
internal sealed class ContentWriter(string origin, JsonOutput output, LossReport losses)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    /// <summary>Writes a single text as a string, anything else as a list of parts; an empty string if no part can be written, since a list must not be empty.</summary>
    /// <param name="isResponse">Whether to use the assistant's part types: <c>output_text</c> and <c>refusal</c>.</param>
    public void Write(List<ContentPart> parts, bool isResponse)
    {
        if (!CanSayAny(parts))
        {
            Report(parts);
            output.Literal(default);
            return;
        }
        if (!isResponse && parts is [TextPart only] && !CacheBreakpoint.Of(only).IsPresent)
        {
            DropExtras(only);
            output.Text(only.Text);
            return;
        }
        output.BeginArray();
        foreach (var part in parts)
        {
            DropExtras(part, marks: !isResponse && CanSay(part));
            if (isResponse) Answer(part);
            else Said(part);
        }
        output.EndArray();
    }

    /// <summary>Whether any of the parts can be written.</summary>
    public bool CanSayAny(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (CanSay(part)) return true;
        return false;
    }

    private bool CanSay(ContentPart part) => part switch
    {
        TextPart or RefusalPart => true,
        MediaPart { Kind: MediaKind.Image or MediaKind.Document } media => CanSay(media.Source),
        _ => false,
    };

    /// <summary>Reports the parts of a turn that cannot be written.</summary>
    public void Report(List<ContentPart> parts, bool isResponse = false)
    {
        foreach (var part in parts)
        {
            DropExtras(part);
            if (part is MediaPart or OpaquePart && !InputWriter.IsCustomCall(part)) Lose(part, isResponse);
        }
    }

    private void Answer(ContentPart part)
    {
        if (part is TextPart { Text.HasValue: true } text) Part("output_text"u8, "text"u8, text.Text);
        else if (part is RefusalPart refusal) Part("refusal"u8, "refusal"u8, refusal.Text);
        else
        {
            if (part is MediaPart or OpaquePart && !InputWriter.IsCustomCall(part)) Lose(part, isResponse: true);
            return;
        }
        output.EndObject();
    }

    private void Said(ContentPart part)
    {
        switch (part)
        {
            case TextPart text:
                Part("input_text"u8, "text"u8, text.Text);
                break;
            case RefusalPart refusal:
                Part("input_text"u8, "text"u8, refusal.Text);
                break;
            case MediaPart { Kind: MediaKind.Image } image when CanSay(image.Source):
                Image(image);
                break;
            case MediaPart { Kind: MediaKind.Document } document when CanSay(document.Source):
                File(document);
                break;
            case ToolResultPart:
                return;
            default:
                Lose(part);
                return;
        }
        if (CacheBreakpoint.Of(part) is { IsPresent: true } mark)
        {
            output.Name(CacheBreakpoint.Member);
            output.Raw(mark);
        }
        output.EndObject();
    }

    /// <summary>An uploaded file's id is valid only at its provider; OpenAI's Chat and Responses share files.</summary>
    private bool CanSay(in MediaSource source) =>
        source.Url.HasValue || source.Data.HasValue || (source.FileId.HasValue && origin == DialectNames.OpenAIChat);

    private void Image(MediaPart image)
    {
        Begin("input_image"u8);
        var source = image.Source.InStandardBase64();
        if (source.FileId.HasValue) Text("file_id"u8, source.FileId);
        else
        {
            output.Name("image_url"u8);
            MediaTypes.WriteUrl(output, source, "image/png"u8);
        }
        if (image.Detail.HasValue) Text("detail"u8, image.Detail);
    }

    private void File(MediaPart file)
    {
        Begin("input_file"u8);
        var source = file.Source.InStandardBase64();
        if (source.FileId.HasValue)
        {
            Text("file_id"u8, source.FileId);
            return;
        }
        if (source.Url.HasValue && !source.Url.StartsWith("data:"u8))
        {
            Text("file_url"u8, source.Url);
            return;
        }
        output.Name("filename"u8);
        // OpenAI requires a name beside the data.
        if (file.Name.HasValue) output.Text(file.Name);
        else output.Literal("document.pdf"u8);
        output.Name("file_data"u8);
        MediaTypes.WriteUrl(output, source, "application/pdf"u8);
    }

    /// <param name="marks">The part's cache breakpoint is written.</param>
    private void DropExtras(ContentPart part, bool marks = false)
    {
        if (part.CacheControl.HasValue) losses.Drop("messages.content.cache_control");
        if (part is not (OpaquePart or ToolCallPart or ReasoningPart)) losses.DropExtras(part.Extras, Own, "messages.content", marks ? CacheBreakpoint.Name : "");
    }

    private void Lose(ContentPart part, bool isResponse = false) => losses.Drop(part switch
    {
        MediaPart { Kind: MediaKind.Audio } when isResponse => "messages.audio",
        MediaPart { Kind: MediaKind.Audio } => "messages.content.input_audio",
        MediaPart media => $"messages.content.{ForeignMediaWriter.NameOf(media)}",
        OpaquePart { Type.HasValue: true } opaque => $"messages.content.{opaque.Type}",
        _ => "messages.content",
    });

    private void Part(ReadOnlySpan<byte> type, ReadOnlySpan<byte> member, JsonText text)
    {
        Begin(type);
        Text(member, text);
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(type);
    }

    private void Text(ReadOnlySpan<byte> name, JsonText value)
    {
        output.Name(name);
        output.Text(value);
    }
}
