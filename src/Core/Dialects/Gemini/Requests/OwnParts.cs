using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Writes parts that were read from Gemini, unchanged.</summary>
internal static class OwnParts
{
    /// <summary>The value of <c>parts</c>.</summary>
    public static void WriteList(List<ContentPart> parts, int form, JsonOutput output)
    {
        var list = (form & Forms.PartsObject) == 0;
        if (list) output.BeginArray();
        for (var i = 0; i < parts.Count; i++)
        {
            var signature = i + 1 < parts.Count && parts[i + 1] is ReasoningPart { Form: var f } next && (f & Forms.SignsPartBefore) != 0
                ? next.Signature : default;
            Write(parts[i], signature, output);
            if (signature.IsPresent) i++;
        }
        if (list) output.EndArray();
    }

    /// <summary>Writes one part; <paramref name="signature"/> belongs to a part whose class has no member for it.</summary>
    public static void Write(ContentPart part, JsonText signature, JsonOutput output)
    {
        if (part is OpaquePart opaque)
        {
            output.Raw(opaque.Value);
            return;
        }
        output.BeginObject();
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text, output);
                break;
            case ReasoningPart thought:
                WriteText(thought.Text, output);
                output.Name("thought"u8);
                output.Boolean(true);
                signature = thought.Signature;
                break;
            case ToolCallPart call:
                WriteCall(call, output);
                signature = call.Signature;
                break;
            case ToolResultPart result:
                WriteResult(result, output);
                break;
            case MediaPart media:
                Part.WriteMedia(media, output);
                break;
            case RefusalPart refusal:
                WriteText(refusal.Text, output);
                break;
        }
        if ((part.Form & Forms.ThoughtFalse) != 0)
        {
            output.Name("thought"u8);
            output.Boolean(false);
        }
        WriteSignature(signature, part.Form, output);
        part.Extras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
    }

    public static void WriteSignature(JsonText signature, int form, JsonOutput output)
    {
        if (!signature.IsPresent) return;
        output.Name(Part.SignatureName(form));
        // Sealed state is never written to a provider.
        output.Text(Signatures.ForCaller(signature));
    }

    private static void WriteText(JsonText text, JsonOutput output)
    {
        if (!text.IsPresent) return;
        output.Name("text"u8);
        output.Text(text);
    }

    private static void WriteCall(ToolCallPart call, JsonOutput output)
    {
        if ((call.Form & Forms.InExtras) != 0) return;
        output.Name(Part.CallName(call.Form));
        output.BeginObject();
        if (call.Id.IsPresent) Text(output, "id"u8, call.Id);
        if (call.Name.IsPresent) Text(output, "name"u8, call.Name);
        if (call.Arguments.Json.IsPresent)
        {
            output.Name("args"u8);
            output.Raw(call.Arguments.Json);
        }
        else if ((call.Form & Forms.ContentNull) != 0)
        {
            output.Name("args"u8);
            output.Null();
        }
        output.EndObject();
    }

    private static void WriteResult(ToolResultPart result, JsonOutput output)
    {
        if ((result.Form & Forms.InExtras) != 0) return;
        output.Name(Part.ResultName(result.Form));
        output.BeginObject();
        if (result.CallId.IsPresent) Text(output, "id"u8, result.CallId);
        if (result.Name.IsPresent) Text(output, "name"u8, result.Name);
        if (result.Json.IsPresent)
        {
            output.Name("response"u8);
            output.Raw(result.Json);
        }
        else if ((result.Form & Forms.ContentNull) != 0)
        {
            output.Name("response"u8);
            output.Null();
        }
        if (result.Parts.Count > 0)
        {
            output.Name("parts"u8);
            WriteList(result.Parts, 0, output);
        }
        output.EndObject();
    }

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, JsonText value)
    {
        output.Name(name);
        output.Text(value);
    }
}
