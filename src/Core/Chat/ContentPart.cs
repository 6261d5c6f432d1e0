using Nano.Json;

namespace Nano.Chat;

/// <summary>One piece of a turn or of a tool result.</summary>
internal abstract class ContentPart
{
    /// <summary>A prompt-cache marker that was on this part (<c>{"type":"ephemeral"}</c>, Anthropic's form, also used on Chat).</summary>
    public JsonSlice CacheControl { get; set; }

    /// <inheritdoc cref="ChatMessage.Form"/>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}

/// <summary>Text, with the citations that belong to it.</summary>
internal sealed class TextPart(JsonText text) : ContentPart
{
    public JsonText Text { get; } = text;

    /// <summary>In responses: sources of this text.</summary>
    public List<Citation>? Citations { get; set; }
}

/// <summary>The model's refusal (Chat <c>refusal</c>).</summary>
internal sealed class RefusalPart(JsonText text) : ContentPart
{
    public JsonText Text { get; } = text;
}

/// <summary>Where media come from. Exactly one of <see cref="Url"/>, <see cref="Data"/>, <see cref="FileId"/> is present.</summary>
internal readonly record struct MediaSource
{
    public JsonText Url { get; init; }

    /// <summary>Base64 text.</summary>
    public JsonText Data { get; init; }

    /// <summary>The provider's id of an uploaded file; valid only at that provider.</summary>
    public JsonText FileId { get; init; }

    /// <summary>A MIME type; absent if the source does not contain it.</summary>
    public JsonText MediaType { get; init; }

    /// <summary>
    /// The source in standard base64, the only form that most dialects accept. Gemini also accepts the URL-safe alphabet and missing
    /// padding (<c>gemini-generatecontent-one-vision-9e78b6</c>). Copies the data only if it must change.
    /// </summary>
    public MediaSource InStandardBase64()
    {
        // One scan: images are megabytes.
        var data = Data.Span;
        var isPlain = data.IndexOfAny((byte)'-', (byte)'_', (byte)'\\') < 0;
        var missing = !isPlain && Data.HasEscapes ? 0 : -data.Length & 3;
        if (!Data.HasValue || (isPlain && missing is 0 or 3)) return this;
        var standard = new byte[data.Length + (missing == 3 ? 0 : missing)];
        data.CopyTo(standard);
        standard.AsSpan().Replace((byte)'-', (byte)'+');
        standard.AsSpan().Replace((byte)'_', (byte)'/');
        standard.AsSpan(data.Length).Fill((byte)'=');
        return this with { Data = new JsonText(standard) };
    }

    /// <summary>Splits <c>data:image/png;base64,AAAA</c> into type and data; any other text is a URL.</summary>
    public static MediaSource FromUrl(JsonText url)
    {
        var text = url.Span;
        if (!text.StartsWith("data:"u8)) return new MediaSource { Url = url };
        var comma = text.IndexOf((byte)',');
        if (comma < 0 || !text[..comma].EndsWith(";base64"u8)) return new MediaSource { Url = url };
        var type = text[5..comma];
        var end = type.IndexOf((byte)';');
        return new MediaSource
        {
            MediaType = end > 0 ? new JsonText(url.Escaped.Slice(5, end)) : default,
            Data = new JsonText(url.Escaped[(comma + 1)..]),
        };
    }
}

public enum MediaKind
{
    Image,
    Audio,
    Video,
    /// <summary>A PDF or another file.</summary>
    Document,
}

/// <summary>An image, audio, a video or a document, in requests and in responses.</summary>
internal sealed class MediaPart(MediaKind kind, MediaSource source) : ContentPart
{
    public MediaKind Kind { get; } = kind;

    public MediaSource Source { get; } = source;

    /// <summary>File name or title.</summary>
    public JsonText Name { get; init; }

    /// <summary>How closely to look (Chat <c>detail</c>: low, high, auto).</summary>
    public JsonText Detail { get; init; }

    /// <summary>The transcript of an audio response.</summary>
    public JsonText Transcript { get; init; }
}

/// <summary>
/// A piece of reasoning. <see cref="Signature"/> and <see cref="Opaque"/> are state that only the provider and the
/// model that made them understand. They are sealed for callers and opened when they return to their
/// origin (<c>Nano.Reasoning</c>); dialects read and write them in the provider's form.
/// </summary>
internal sealed class ReasoningPart(string origin) : ContentPart
{
    /// <summary>The dialect whose state this is.</summary>
    public string Origin { get; } = origin;

    /// <summary>Absent for a redacted or signature-only block.</summary>
    public JsonText Text { get; init; }

    /// <summary>Proof that belongs to the text (Anthropic <c>signature</c>, Gemini <c>thoughtSignature</c>).</summary>
    public JsonText Signature { get; init; }

    /// <summary>Reasoning that cannot be read (Anthropic <c>redacted_thinking.data</c>).</summary>
    public JsonText Opaque { get; init; }

    /// <summary>The signature belongs to a text of the model, not to this reasoning (Gemini).</summary>
    public bool SignsText { get; init; }

    public bool HasState => Signature.HasValue || Opaque.HasValue;
}

/// <summary>The model wants a tool to be run.</summary>
internal sealed class ToolCallPart(JsonText id, JsonText name) : ContentPart
{
    /// <summary>Absent where the dialect has no ids (older Gemini models). For a caller it may carry sealed state.</summary>
    public JsonText Id { get; set; } = id;

    public JsonText Name { get; set; } = name;

    public ToolArguments Arguments { get; init; }

    /// <summary>The tool takes free text (OpenAI's custom tools): <see cref="Arguments"/> is that text, encoded, not JSON.</summary>
    public bool IsCustom { get; init; }

    /// <summary>State that came with the call (Gemini <c>thoughtSignature</c>).</summary>
    public JsonText Signature { get; set; }
}

/// <summary>
/// Arguments of a call: a JSON object (<see cref="Json"/>; Anthropic, Gemini), or a string that should contain one
/// (<see cref="Encoded"/>; Chat, Responses). The model writes the string, so it may not be valid JSON.
/// </summary>
internal readonly record struct ToolArguments
{
    public JsonSlice Json { get; init; }

    public JsonText Encoded { get; init; }

    /// <summary>No arguments were given, or an empty string.</summary>
    public bool IsEmpty => !Json.HasValue && !Encoded.HasValue;

    /// <summary>The text <c>null</c>, with or without white space around it, or only white space.</summary>
    private bool IsNull
    {
        get
        {
            if (!Encoded.HasValue || Encoded.Span.Length > 64) return false;
            var text = Encoded.ToString().AsSpan().Trim();
            return text.IsEmpty || text.SequenceEqual("null");
        }
    }

    /// <summary>There are no arguments: none were given, or <c>null</c>, which some models write for "no arguments".</summary>
    public bool IsNothing => IsEmpty || IsNull;

    /// <summary>As a JSON string value.</summary>
    public void WriteEncoded(JsonOutput output)
    {
        if (Encoded.IsPresent) output.Text(Encoded);
        else if (Json.HasValue) output.TextOfJson(Json);
        else output.Literal("{}"u8);
    }

    /// <summary>
    /// As a JSON object. Empty arguments become <c>{}</c>. Text that is not a JSON object becomes
    /// <c>{"raw_arguments":"..."}</c>, so that the model sees what it wrote, and the result is false.
    /// </summary>
    public bool WriteObject(JsonOutput output)
    {
        if (IsNothing)
        {
            output.Raw("{}"u8);
            return true;
        }
        if (Json.IsObject)
        {
            output.Raw(Json);
            return true;
        }
        var before = output.Length;
        if (Encoded.IsPresent && output.TryJsonOfText(Encoded))
        {
            var written = output.WrittenSpan[before..].TrimStart(","u8).TrimStart(" \t\r\n"u8);
            if (written.Length > 0 && written[0] == (byte)'{') return true;
            output.TruncateTo(before);
        }
        output.BeginObject();
        output.Name("raw_arguments"u8);
        if (Encoded.IsPresent) output.Text(Encoded);
        else output.Raw(Json);
        output.EndObject();
        return false;
    }
}

/// <summary>A tool's result.</summary>
internal sealed class ToolResultPart(JsonText callId) : ContentPart
{
    public JsonText CallId { get; set; } = callId;

    /// <summary>The tool's name, where the dialect contains it (Gemini). Other dialects find it by the call's id.</summary>
    public JsonText Name { get; set; }

    public List<ContentPart> Parts { get; } = [];

    /// <summary>A structured result (Gemini <c>functionResponse.response</c>); with it <see cref="Parts"/> is empty or has only media.</summary>
    public JsonSlice Json { get; set; }

    public bool IsError { get; init; }
}

/// <summary>A part that only its own dialect understands: written back there, dropped and reported elsewhere.</summary>
internal sealed class OpaquePart(string origin, JsonText type, JsonSlice value) : ContentPart
{
    public string Origin { get; } = origin;

    /// <summary>The wire name (<c>server_tool_use</c>, <c>executableCode</c>), also used in the loss report.</summary>
    public JsonText Type { get; } = type;

    public JsonSlice Value { get; } = value;
}

/// <summary>A source of text in a response. Positions count in UTF-16 code units of the message's text if the source reports them.</summary>
internal sealed record Citation
{
    public JsonText Url { get; init; }

    public JsonText Title { get; init; }

    public JsonText CitedText { get; init; }

    public long? StartIndex { get; init; }

    public long? EndIndex { get; init; }

    /// <summary>The citation as its dialect (<see cref="Origin"/>) wrote it.</summary>
    public JsonSlice Native { get; init; }

    public required string Origin { get; init; }
}
