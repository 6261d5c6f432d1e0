using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

internal enum WirePartKind
{
    /// <summary>Text; also an empty object, which means no text (<c>vertexai-generatecontent-one-basic-86a2d6</c>).</summary>
    Text,
    Thought,
    InlineData,
    FileData,
    FunctionCall,
    FunctionResponse,
    /// <summary>executableCode, codeExecutionResult, toolCall, toolResponse, and future kinds.</summary>
    Opaque,
}

/// <summary>One parsed <c>part</c> of a request, response or stream event. All slices are borrowed.</summary>
internal struct Part
{
    private static readonly MemberName InlineData = new("inlineData", 0), FileData = new("fileData", 1),
        FunctionCall = new("functionCall", 2), FunctionResponse = new("functionResponse", 3), ThoughtSignature = new("thoughtSignature", 4),
        MimeType = new("mimeType", 5), FileUri = new("fileUri", 6), DisplayName = new("displayName", 7);

    public WirePartKind Kind;
    public JsonText Text;
    public JsonText Signature;

    /// <summary>The call, result or medium; the whole part for <see cref="WirePartKind.Opaque"/>.</summary>
    public JsonSlice Value;

    /// <summary>The wire name of an opaque part.</summary>
    public JsonText Type;

    public int Form;
    public Extras? Extras;

    /// <param name="spare">Extras to use instead of new ones; emptied first.</param>
    public static Part Read(JsonSlice whole, Extras? spare = null)
    {
        spare?.Clear();
        var part = new Part { Extras = null };
        var cursor = new JsonCursor(whole.Memory);
        cursor.EnterObject();
        var kinds = 0;
        bool? thought = null;
        while (cursor.NextMember())
        {
            if (cursor.IsNull) part.Leave(ref cursor, spare);
            else if (cursor.NameIs("text"u8)) (part.Text, kinds) = (cursor.TakeText(), kinds + 1);
            else if (cursor.NameIs("thought"u8)) thought = cursor.TakeBoolean();
            else if (ThoughtSignature.IsAt(ref cursor, ref part.Form)) part.Signature = Signatures.FromCaller(cursor.TakeText());
            else if (FunctionCall.IsAt(ref cursor, ref part.Form)) part.Take(ref cursor, WirePartKind.FunctionCall, ref kinds);
            else if (FunctionResponse.IsAt(ref cursor, ref part.Form)) part.Take(ref cursor, WirePartKind.FunctionResponse, ref kinds);
            else if (InlineData.IsAt(ref cursor, ref part.Form)) part.Take(ref cursor, WirePartKind.InlineData, ref kinds);
            else if (FileData.IsAt(ref cursor, ref part.Form)) part.Take(ref cursor, WirePartKind.FileData, ref kinds);
            else
            {
                if (!part.Type.IsPresent) part.Type = cursor.Name;
                part.Leave(ref cursor, spare);
            }
        }
        if (thought is false) part.Form |= Forms.ThoughtFalse;
        // Two kinds in one part, an unknown kind, or reasoning that is not text: only Gemini understands it.
        if (kinds > 1 || (kinds == 0 && part.Type.IsPresent) || (thought is true && part.Kind != WirePartKind.Text))
        {
            if (!part.Type.IsPresent) part.Type = KindName(part.Kind);
            (part.Kind, part.Value, part.Extras) = (WirePartKind.Opaque, whole, null);
        }
        else if (thought is true)
        {
            part.Kind = WirePartKind.Thought;
        }
        return part;
    }

    public static ReadOnlySpan<byte> SignatureName(int form) => ThoughtSignature.In(form);

    public static ReadOnlySpan<byte> CallName(int form) => FunctionCall.In(form);

    public static ReadOnlySpan<byte> ResultName(int form) => FunctionResponse.In(form);

    /// <summary>The medium of an <c>inlineData</c> or <c>fileData</c> part.</summary>
    public MediaPart Media()
    {
        var inline = Kind == WirePartKind.InlineData;
        JsonText type = default, content = default, name = default;
        var odd = false;
        var cursor = new JsonCursor(Value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (MimeType.IsAt(ref cursor, ref Form)) type = cursor.TakeText();
            else if (inline ? cursor.NameIs("data"u8) : FileUri.IsAt(ref cursor, ref Form)) content = cursor.TakeText();
            else if (DisplayName.IsAt(ref cursor, ref Form)) name = cursor.TakeText();
            else
            {
                odd = true;
                cursor.Skip();
            }
        }
        if (odd) LeaveWhole(inline ? InlineData.In(Form) : FileData.In(Form));
        var source = inline ? new MediaSource { MediaType = type, Data = content } : new MediaSource { MediaType = type, Url = content };
        return new MediaPart(MediaTypes.KindOf(type), source) { Name = name, Form = Form, Extras = Extras };
    }

    /// <summary>Writes a medium that was read here, as members of the open part.</summary>
    public static void WriteMedia(MediaPart part, JsonOutput output)
    {
        if ((part.Form & Forms.InExtras) != 0) return;
        var inline = !part.Source.Url.IsPresent;
        output.Name(inline ? InlineData.In(part.Form) : FileData.In(part.Form));
        output.BeginObject();
        WriteText(output, MimeType.In(part.Form), part.Source.MediaType);
        WriteText(output, inline ? "data"u8 : FileUri.In(part.Form), inline ? part.Source.Data : part.Source.Url);
        WriteText(output, DisplayName.In(part.Form), part.Name);
        output.EndObject();
    }

    /// <summary>Reads name, id and arguments of a call. If it has other members, the whole call becomes an extra.</summary>
    public void ReadCall(out JsonText id, out JsonText name, out JsonSlice args)
    {
        (id, name, args) = (default, default, default);
        var odd = false;
        var cursor = new JsonCursor(Value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("name"u8)) name = cursor.TakeText();
            else if (cursor.NameIs("id"u8)) id = cursor.TakeText();
            else if (cursor.NameIs("args"u8)) args = Content(ref cursor);
            else
            {
                odd = true;
                cursor.Skip();
            }
        }
        if (odd) LeaveWhole(FunctionCall.In(Form));
    }

    public ToolResultPart Result()
    {
        JsonText id = default, name = default;
        JsonSlice response = default, media = default;
        var odd = false;
        var cursor = new JsonCursor(Value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("name"u8)) name = cursor.TakeText();
            else if (cursor.NameIs("id"u8)) id = cursor.TakeText();
            else if (cursor.NameIs("response"u8)) response = Content(ref cursor);
            else if (cursor.NameIs("parts"u8) && cursor.Token == JsonTokenType.StartArray) media = cursor.TakeValue();
            else
            {
                odd = true;
                cursor.Skip();
            }
        }
        if (odd) LeaveWhole(FunctionResponse.In(Form));
        var result = new ToolResultPart(id) { Name = name, Json = response, Form = Form, Extras = Extras, IsError = response.Member("error"u8).HasValue };
        if (media.IsPresent) ReadList(media, result.Parts);
        return result;
    }

    /// <summary>Reads all parts of a list; the signature of text or media becomes a separate part after it.</summary>
    public static void ReadList(JsonSlice list, List<ContentPart> parts)
    {
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) Read(cursor.TakeValue()).AddTo(parts);
    }

    public void AddTo(List<ContentPart> parts)
    {
        var signed = Signature.IsPresent;
        switch (Kind)
        {
            case WirePartKind.Text:
                parts.Add(new TextPart(Text) { Form = Form, Extras = Extras });
                break;
            case WirePartKind.Thought when !Text.IsPresent && !signed && Extras is null:
                // See BareThought.
                return;
            case WirePartKind.Thought:
                parts.Add(new ReasoningPart(GeminiDialect.DialectName) { Text = Text, Signature = Signature, Form = Form, Extras = Extras });
                return;
            case WirePartKind.FunctionCall:
                ReadCall(out var id, out var name, out var args);
                parts.Add(new ToolCallPart(id, name) { Arguments = new ToolArguments { Json = args }, Signature = Signature, Form = Form, Extras = Extras });
                return;
            case WirePartKind.FunctionResponse:
                parts.Add(Result());
                break;
            case WirePartKind.InlineData or WirePartKind.FileData:
                parts.Add(Media());
                break;
            default:
                parts.Add(new OpaquePart(GeminiDialect.DialectName, Type, Value));
                return;
        }
        if (signed)
            parts.Add(new ReasoningPart(GeminiDialect.DialectName) { Signature = Signature, SignsText = true, Form = (Form & 0xFF) | Forms.SignsPartBefore });
    }

    public static JsonText KindName(WirePartKind kind) => kind switch
    {
        WirePartKind.FunctionCall => Names.FunctionCall,
        WirePartKind.FunctionResponse => Names.FunctionResponse,
        WirePartKind.InlineData => Names.InlineData,
        WirePartKind.FileData => Names.FileData,
        _ => Names.Part,
    };

    private void Take(ref JsonCursor cursor, WirePartKind kind, ref int kinds)
    {
        if (cursor.Token != JsonTokenType.StartObject) throw new JsonException($"'{cursor.Name}' must be an object.");
        Kind = kind;
        Value = cursor.TakeValue();
        kinds++;
    }

    private JsonSlice Content(ref JsonCursor cursor)
    {
        var value = cursor.TakeValue();
        if (value.HasValue) return value;
        Form |= Forms.ContentNull;
        return default;
    }

    private void Leave(ref JsonCursor cursor, Extras? spare)
    {
        var name = cursor.Name;
        (Extras ??= spare ?? new Extras(GeminiDialect.DialectName)).Add(name, cursor.TakeValue());
    }

    private void LeaveWhole(ReadOnlySpan<byte> name)
    {
        (Extras ??= new Extras(GeminiDialect.DialectName)).Add(new JsonText(name.ToArray()), Value);
        Form |= Forms.InExtras;
    }

    private static void WriteText(JsonOutput output, ReadOnlySpan<byte> name, JsonText value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Text(value);
    }

    private static class Names
    {
        public static readonly JsonText FunctionCall = JsonText.From("functionCall"), FunctionResponse = JsonText.From("functionResponse"),
            InlineData = JsonText.From("inlineData"), FileData = JsonText.From("fileData"), Part = JsonText.From("part");
    }
}
