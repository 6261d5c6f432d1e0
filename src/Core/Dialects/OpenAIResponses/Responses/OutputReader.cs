using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>
/// Reads the items of a whole response into one message: the texts of all messages in order, as OpenAI's own SDKs join
/// them (<c>output_text</c>), with reasoning, calls and images in their positions.
/// </summary>
internal sealed class OutputReader(ChatMessage message)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    private LogprobsBuilder? _logprobs;

    public bool HasCalls { get; private set; }

    /// <summary>The log probabilities in Chat's shape; absent if there are none. Call once, at the end.</summary>
    public JsonSlice TakeLogprobs()
    {
        if (_logprobs is null) return default;
        var made = new JsonSlice(_logprobs.Take().Span.ToArray());
        _logprobs.Dispose();
        return made;
    }

    /// <summary>Reads the array that the cursor is on.</summary>
    public void Read(ref JsonCursor cursor)
    {
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            if (cursor.Token == JsonTokenType.StartObject) ReadItem(ref cursor);
            else cursor.Skip();
        }
    }

    private void ReadItem(ref JsonCursor cursor)
    {
        Extras? extras = null;
        var item = Item.Read(ref cursor, ref extras);
        switch (item.Kind)
        {
            case ItemKind.Message:
                ReadContent(item.Content, extras);
                break;
            case ItemKind.Reasoning:
                if (ReasoningTexts.Read(item) is { } reasoning) message.Parts.Add(reasoning);
                break;
            case ItemKind.FunctionCall or ItemKind.CustomToolCall:
                message.Parts.Add(CallReader.Read(item, extras));
                HasCalls = true;
                break;
            case ItemKind.ImageGenerationCall when item.Result.HasValue:
                message.Parts.Add(ImageReader.Read(item));
                break;
            default:
                message.Parts.Add(new OpaquePart(Own, item.Type, item.Json));
                break;
        }
    }

    private void ReadContent(JsonSlice content, Extras? extras)
    {
        if (content.IsText)
        {
            message.Parts.Add(new TextPart(content.AsText()) { Extras = extras });
            return;
        }
        if (!content.IsArray) return;
        var cursor = new JsonCursor(content.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            message.Parts.Add(ReadPart(ref cursor, extras));
            extras = null;
        }
    }

    private ContentPart ReadPart(ref JsonCursor cursor, Extras? extras)
    {
        var part = OutputPart.Read(ref cursor);
        if (part.Refusal.IsPresent) return new RefusalPart(part.Refusal) { Extras = extras };
        if (!part.Text.IsPresent) return new OpaquePart(Own, part.Type, part.Json);
        if (LogprobsBuilder.Says(part.Logprobs)) (_logprobs ??= new LogprobsBuilder()).Add(part.Logprobs);
        var text = new TextPart(part.Text);
        if (part.Annotations.IsArray) ReadAnnotations(part.Annotations, text, ref extras);
        text.Extras = extras;
        return text;
    }

    /// <summary>The number of UTF-16 units of the text so far: counted only if a source has a position.</summary>
    private long TextLength()
    {
        var length = 0L;
        foreach (var part in message.Parts)
            if (part is TextPart said) length += said.Text.CountUtf16();
        return length;
    }

    private void ReadAnnotations(JsonSlice annotations, TextPart text, ref Extras? extras)
    {
        var before = -1L;
        var cursor = new JsonCursor(annotations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var annotation = cursor.TakeValue();
            if (before < 0) before = TextLength();
            if (AnnotationReader.Read(annotation, before) is { } citation) (text.Citations ??= []).Add(citation);
            else if (annotation.Member("type"u8).AsText() is { HasValue: true } type) Extras.Add(ref extras, Own, type, annotation);
        }
    }
}

/// <summary>One part of a response's message: <c>output_text</c> or <c>refusal</c>.</summary>
internal readonly ref struct OutputPart
{
    /// <summary>The unchanged part.</summary>
    public JsonSlice Json { get; private init; }

    public JsonText Type { get; private init; }

    public JsonText Text { get; private init; }

    public JsonText Refusal { get; private init; }

    public JsonSlice Annotations { get; private init; }

    public JsonSlice Logprobs { get; private init; }

    /// <summary>Reads the value that the cursor is on, and consumes it. A value that is not an object is ignored.</summary>
    public static OutputPart Read(scoped ref JsonCursor cursor)
    {
        if (cursor.Token != JsonTokenType.StartObject) return new OutputPart { Json = cursor.TakeValue() };
        JsonText type = default, text = default, refusal = default;
        JsonSlice annotations = default, logprobs = default;
        var start = cursor.Position;
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var isWord = cursor.Token == JsonTokenType.String;
            if (isWord && cursor.NameIs("type"u8)) type = cursor.TakeText();
            else if (isWord && cursor.NameIs("text"u8)) text = cursor.TakeText();
            else if (isWord && cursor.NameIs("refusal"u8)) refusal = cursor.TakeText();
            else if (cursor.NameIs("annotations"u8)) annotations = cursor.TakeValue();
            else if (cursor.NameIs("logprobs"u8)) logprobs = cursor.TakeValue();
            else cursor.Skip();
        }
        var isRefusal = type.Is("refusal"u8);
        var isText = type.Is("output_text"u8) || type.Is("text"u8);
        return new OutputPart
        {
            Json = cursor.ValueSince(start),
            Type = type,
            Text = isText ? text : default,
            Refusal = isRefusal ? refusal : default,
            Annotations = annotations,
            Logprobs = logprobs,
        };
    }
}

/// <summary>Reads calls that the caller should run.</summary>
internal static class CallReader
{
    public static ToolCallPart Read(in Item item, Extras? extras) => new(item.CallId.HasValue ? item.CallId : item.Id, item.Name)
    {
        Arguments = new ToolArguments { Encoded = item.Arguments },
        IsCustom = item.Kind == ItemKind.CustomToolCall,
        Extras = extras,
    };
}

/// <summary>Reads images that the model generated.</summary>
internal static class ImageReader
{
    private static readonly JsonText Png = JsonText.From("image/png");
    private static readonly JsonText Webp = JsonText.From("image/webp");
    private static readonly JsonText Jpeg = JsonText.From("image/jpeg");

    public static MediaPart Read(in Item item) => new(MediaKind.Image, new MediaSource
    {
        Data = item.Result,
        MediaType = item.OutputFormat.Is("webp"u8) ? Webp : item.OutputFormat.Is("jpeg"u8) ? Jpeg : Png,
    });
}
