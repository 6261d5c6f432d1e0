using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses;

/// <summary>
/// Reads the items of a whole answer into one message: all its messages' texts in their order, as OpenAI's own SDKs join
/// them (<c>output_text</c>), thoughts, calls and images where they stand.
/// </summary>
internal sealed class OutputReader(ChatMessage message)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    private readonly LogprobsBuilder _logprobs = new();
    private long _textLength;

    public bool HasCalls { get; private set; }

    /// <summary>In Chat's shape; absent when there are none.</summary>
    public JsonSlice Logprobs() => _logprobs.Take() is { IsPresent: true } made ? new JsonSlice(made.Span.ToArray()) : default;

    /// <param name="output">An array.</param>
    public void Read(JsonSlice output)
    {
        var cursor = new JsonCursor(output.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var item = cursor.TakeValue();
            if (item.IsObject) ReadItem(item);
        }
    }

    public void Done() => _logprobs.Dispose();

    private void ReadItem(JsonSlice json)
    {
        Extras? extras = null;
        var item = Item.Read(json, ref extras);
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
                message.Parts.Add(new OpaquePart(Own, item.Type, json));
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
            message.Parts.Add(ReadPart(cursor.TakeValue(), extras));
            extras = null;
        }
    }

    private ContentPart ReadPart(JsonSlice json, Extras? extras)
    {
        var part = AnswerPart.Read(json);
        if (part.Refusal.IsPresent) return new RefusalPart(part.Refusal) { Extras = extras };
        if (!part.Text.IsPresent) return new OpaquePart(Own, part.Type, json);
        _logprobs.Add(part.Logprobs);
        var text = new TextPart(part.Text);
        if (part.Annotations.IsArray) ReadAnnotations(part.Annotations, text, ref extras);
        text.Extras = extras;
        _textLength += part.Text.CountUtf16();
        return text;
    }

    private void ReadAnnotations(JsonSlice annotations, TextPart text, ref Extras? extras)
    {
        var cursor = new JsonCursor(annotations.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var annotation = cursor.TakeValue();
            if (AnnotationReader.Read(annotation, _textLength) is { } citation) (text.Citations ??= []).Add(citation);
            else if (annotation.Member("type"u8).AsText() is { HasValue: true } type) Extras.Add(ref extras, Own, type, annotation);
        }
    }
}

/// <summary>One part of an answer's message: <c>output_text</c> or <c>refusal</c>.</summary>
internal readonly ref struct AnswerPart
{
    public JsonText Type { get; private init; }

    public JsonText Text { get; private init; }

    public JsonText Refusal { get; private init; }

    public JsonSlice Annotations { get; private init; }

    public JsonSlice Logprobs { get; private init; }

    /// <param name="part">Of any kind; what is no object says nothing.</param>
    public static AnswerPart Read(JsonSlice part)
    {
        if (!part.IsObject) return default;
        JsonText type = default, text = default, refusal = default;
        JsonSlice annotations = default, logprobs = default;
        var cursor = new JsonCursor(part.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var value = cursor.NameIs("text"u8) || cursor.NameIs("refusal"u8) || cursor.NameIs("type"u8) ? cursor.Name : default;
            if (value.IsPresent)
            {
                var said = cursor.TakeValue().AsText();
                if (value.Is("type"u8)) type = said;
                else if (value.Is("text"u8)) text = said;
                else refusal = said;
            }
            else if (cursor.NameIs("annotations"u8)) annotations = cursor.TakeValue();
            else if (cursor.NameIs("logprobs"u8)) logprobs = cursor.TakeValue();
            else cursor.Skip();
        }
        var isRefusal = type.Is("refusal"u8);
        var isText = type.Is("output_text"u8) || type.Is("text"u8);
        return new AnswerPart
        {
            Type = type,
            Text = isText ? text : default,
            Refusal = isRefusal ? refusal : default,
            Annotations = annotations,
            Logprobs = logprobs,
        };
    }
}

/// <summary>Reads calls that the caller is to run.</summary>
internal static class CallReader
{
    public static ToolCallPart Read(in Item item, Extras? extras) => new(item.CallId.HasValue ? item.CallId : item.Id, item.Name)
    {
        Arguments = new ToolArguments { Encoded = item.Arguments },
        IsCustom = item.Kind == ItemKind.CustomToolCall,
        Extras = extras,
    };
}

/// <summary>Reads images that the model made.</summary>
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
