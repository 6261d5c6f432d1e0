using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes tool calls of whole messages.</summary>
internal static class ToolCallWriter
{
    /// <summary>Gemini's name of the member that the older form cannot express.</summary>
    public const string LostSignature = "content.thoughtSignature";

    /// <summary>Writes all calls of a message that came from this dialect.</summary>
    public static void WriteOwn(JsonOutput output, List<ContentPart> parts, MessageForm form)
    {
        if ((form & MessageForm.ToolCalls) != 0)
        {
            output.Name("tool_calls"u8);
            output.BeginArray();
            var ordinal = 0;
            foreach (var part in parts)
            {
                if (part is ToolCallPart call && (call.Form & (int)ToolCallForm.Legacy) == 0) WriteOwn(output, call, ordinal++);
                else if (part is OpaquePart { Form: (int)OpaqueForm.ToolCalls } opaque)
                {
                    output.Raw(opaque.Value);
                    ordinal++;
                }
            }
            output.EndArray();
        }
        foreach (var part in parts)
            if (part is ToolCallPart call && (call.Form & (int)ToolCallForm.Legacy) != 0) WriteLegacy(output, call);
    }

    /// <summary>Writes one call of another dialect. <paramref name="id"/> is used if the call has none.</summary>
    public static void WriteForeign(JsonOutput output, ToolCallPart call, JsonText name, string id, bool withSignature)
    {
        output.BeginObject();
        output.Name("id"u8);
        if (call.Id.HasValue) output.Text(call.Id);
        else output.Text(id);
        output.Name("type"u8);
        output.Literal(KindOf(call.IsCustom));
        output.Name(KindOf(call.IsCustom));
        Members(output, call, name, 0, own: false);
        if (withSignature) Signature(output, call.Signature);
        output.EndObject();
    }

    /// <summary>Writes one call of another dialect in the older form, which has neither an id nor a signature.</summary>
    public static void WriteFunctionCall(JsonOutput output, ToolCallPart call, LossReport losses)
    {
        if (call.Signature.HasValue) losses.Drop(LostSignature);
        output.Name("function_call"u8);
        Members(output, call, call.Name, 0, own: false);
    }

    /// <summary>The older form allows one call; this is a further one.</summary>
    public static void DropFurther(LossReport losses, JsonText name) => losses.Drop($"content.tool_calls.{name}");

    /// <summary>A call's <c>type</c>, which is also the name of its member.</summary>
    public static ReadOnlySpan<byte> KindOf(bool isCustom) => isCustom ? "custom"u8 : "function"u8;

    /// <summary>A custom tool's input is text; a function's arguments are JSON in a string.</summary>
    public static ReadOnlySpan<byte> ArgumentsOf(bool isCustom) => isCustom ? "input"u8 : "arguments"u8;

    /// <summary>Google's own form of a call's signature in Chat.</summary>
    public static void Signature(JsonOutput output, JsonText signature)
    {
        if (!signature.HasValue) return;
        output.Name("extra_content"u8);
        output.BeginObject();
        output.Name("google"u8);
        output.BeginObject();
        output.Name("thought_signature"u8);
        output.Text(signature);
        output.EndObject();
        output.EndObject();
    }

    private static void WriteOwn(JsonOutput output, ToolCallPart call, int ordinal)
    {
        var form = (ToolCallForm)call.Form;
        output.BeginObject();
        if ((form & ToolCallForm.Index) != 0)
        {
            output.Name("index"u8);
            output.Number(ordinal);
        }
        if (call.Id.IsPresent || (form & ToolCallForm.IdEmpty) != 0)
        {
            output.Name("id"u8);
            output.Text(call.Id);
        }
        if ((form & ToolCallForm.TypeAbsent) == 0)
        {
            output.Name("type"u8);
            output.Literal("function"u8);
        }
        if ((form & ToolCallForm.Whole) == 0)
        {
            output.Name("function"u8);
            Members(output, call, call.Name, form, own: true);
        }
        if ((form & ToolCallForm.ExtraContent) != 0) Signature(output, call.Signature);
        call.Extras.WriteTo(output, OpenAIChatDialect.DialectName);
        output.EndObject();
    }

    private static void WriteLegacy(JsonOutput output, ToolCallPart call)
    {
        if ((call.Form & (int)ToolCallForm.Whole) == 0)
        {
            output.Name("function_call"u8);
            Members(output, call, call.Name, (ToolCallForm)call.Form, own: true);
        }
        call.Extras.WriteTo(output, OpenAIChatDialect.DialectName);
    }

    private static void Members(JsonOutput output, ToolCallPart call, JsonText name, ToolCallForm form, bool own)
    {
        output.BeginObject();
        output.Name("name"u8);
        output.Text(name);
        if ((form & ToolCallForm.ArgumentsAbsent) == 0)
        {
            output.Name(ArgumentsOf(call.IsCustom));
            if (own && call.Arguments.Json.IsPresent) output.Raw(call.Arguments.Json);
            else call.Arguments.WriteEncoded(output);
        }
        output.EndObject();
    }
}
