using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes a message of a request or response that was read from this dialect, unchanged.</summary>
internal static class OwnMessageWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    public static void Write(JsonOutput output, ChatMessage message)
    {
        var form = (MessageForm)message.Form;
        var result = message.Parts is [ToolResultPart only] && message.Role == ChatRole.Tool ? only : null;
        output.BeginObject();
        if (!Has(form, MessageForm.RoleAbsent))
        {
            output.Name("role"u8);
            output.Literal(Has(form, MessageForm.FunctionRole) ? "function"u8 : RoleOf(message.Role));
        }
        Text(output, "name"u8, result?.Name ?? message.Name);
        if (result is not null && !Has(form, MessageForm.FunctionRole)) Text(output, "tool_call_id"u8, result.CallId);
        Content(output, result?.Parts ?? message.Parts, form);
        Refusal(output, message, form);
        ReasoningWriter.WriteOwn(output, message.Parts, form);
        ToolCallWriter.WriteOwn(output, message.Parts, form);
        Annotations(output, message, form);
        Media(output, message, form);
        message.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    public static ReadOnlySpan<byte> RoleOf(ChatRole role) => role switch
    {
        ChatRole.System => "system"u8,
        ChatRole.Developer => "developer"u8,
        ChatRole.User => "user"u8,
        ChatRole.Tool => "tool"u8,
        _ => "assistant"u8,
    };

    private static void Content(JsonOutput output, List<ContentPart> parts, MessageForm form)
    {
        const MessageForm Any = MessageForm.ContentNull | MessageForm.ContentEmpty | MessageForm.ContentText | MessageForm.ContentList | MessageForm.ContentOdd;
        if (!Has(form, Any)) return;
        output.Name("content"u8);
        if (Has(form, MessageForm.ContentNull)) output.Null();
        else if (Has(form, MessageForm.ContentEmpty)) output.Literal(default);
        else if (Has(form, MessageForm.ContentList))
        {
            output.BeginArray();
            foreach (var part in parts)
                if (IsContent(part)) PartWriter.Write(output, part);
            output.EndArray();
        }
        else
            foreach (var part in parts)
            {
                if (part is TextPart text) output.Text(text.Text);
                else if (part is OpaquePart { Form: (int)OpaqueForm.Content } odd) output.Raw(odd.Value);
                else continue;
                break;
            }
    }

    /// <summary>Whether a part belongs in the content list, not in a separate member.</summary>
    private static bool IsContent(ContentPart part) => part switch
    {
        TextPart => true,
        RefusalPart => part.Form == 0,
        MediaPart => (part.Form & (int)(MediaForm.Audio | MediaForm.Images)) == 0,
        ReasoningPart => (part.Form & (int)ReasoningForm.Content) != 0,
        OpaquePart => part.Form == (int)OpaqueForm.Content,
        _ => false,
    };

    private static void Refusal(JsonOutput output, ChatMessage message, MessageForm form)
    {
        JsonText text = default;
        foreach (var part in message.Parts)
            if (part is RefusalPart { Form: RefusalMember } refusal) text = refusal.Text;
        if (!text.IsPresent && !Has(form, MessageForm.RefusalEmpty)) return;
        output.Name("refusal"u8);
        output.Text(text);
    }

    private static void Annotations(JsonOutput output, ChatMessage message, MessageForm form)
    {
        if (!Has(form, MessageForm.Annotations)) return;
        output.Name("annotations"u8);
        output.BeginArray();
        foreach (var part in message.Parts)
            if (part is TextPart { Citations: { } citations })
                foreach (var citation in citations) output.Raw(citation.Native);
        output.EndArray();
    }

    private static void Media(JsonOutput output, ChatMessage message, MessageForm form)
    {
        foreach (var part in message.Parts)
            if (part is MediaPart media && (part.Form & (int)MediaForm.Audio) != 0)
            {
                output.Name("audio"u8);
                output.BeginObject();
                Text(output, "id"u8, media.Source.FileId);
                Text(output, "data"u8, media.Source.Data);
                Text(output, "transcript"u8, media.Transcript);
                media.Extras.WriteTo(output, Own);
                output.EndObject();
            }
        if (!Has(form, MessageForm.Images)) return;
        output.Name("images"u8);
        output.BeginArray();
        foreach (var part in message.Parts)
            if (part is MediaPart && (part.Form & (int)MediaForm.Images) != 0) PartWriter.Write(output, part);
            else if (part is OpaquePart { Form: (int)OpaqueForm.Images } odd) output.Raw(odd.Value);
        output.EndArray();
    }

    /// <summary>Form of a refusal that was beside the content, not in it.</summary>
    internal const int RefusalMember = 1;

    private static bool Has(MessageForm form, MessageForm flag) => (form & flag) != 0;

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, JsonText value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Text(value);
    }
}
