using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes the reasoning members of a message.</summary>
internal static class ReasoningWriter
{
    /// <summary>Writes them in the form of the original message of this dialect.</summary>
    public static void WriteOwn(JsonOutput output, List<ContentPart> parts, MessageForm form)
    {
        if ((form & MessageForm.ReasoningContentEmpty) != 0) Empty(output, "reasoning_content"u8);
        if ((form & MessageForm.ReasoningContent) != 0) Text(output, "reasoning_content"u8, parts);
        if ((form & MessageForm.ReasoningEmpty) != 0) Empty(output, "reasoning"u8);
        if ((form & MessageForm.Reasoning) != 0) Text(output, "reasoning"u8, parts);
        if ((form & MessageForm.ReasoningDetails) == 0) return;
        output.Name("reasoning_details"u8);
        output.BeginArray();
        var index = 0;
        foreach (var part in parts)
            if (part is ReasoningPart detail && (detail.Form & (int)ReasoningForm.Detail) != 0) ReasoningDetails.Write(output, detail, index++);
        output.EndArray();
    }

    /// <summary>Writes text as <c>reasoning_content</c>; if there is state that must be returned, also <c>reasoning_details</c>.</summary>
    public static void WriteForeign(JsonOutput output, List<ContentPart> parts)
    {
        bool text = false, state = false;
        foreach (var part in parts)
            if (part is ReasoningPart reasoning)
            {
                text |= reasoning.Text.HasValue;
                state |= reasoning.Signature.HasValue || reasoning.Opaque.HasValue;
            }
        if (text) Text(output, "reasoning_content"u8, parts);
        if (!state) return;
        output.Name("reasoning_details"u8);
        output.BeginArray();
        var index = 0;
        foreach (var part in parts)
            if (part is ReasoningPart reasoning) ReasoningDetails.Write(output, reasoning, index++);
        output.EndArray();
    }

    /// <summary>Whether <paramref name="text"/> equals the joined text of the parts.</summary>
    public static bool TextOf(List<ContentPart> parts, JsonText text)
    {
        var rest = text.Span;
        foreach (var part in parts)
        {
            if (!Says(part, out var piece)) continue;
            if (!rest.StartsWith(piece.Span)) return false;
            rest = rest[piece.Span.Length..];
        }
        return rest.IsEmpty;
    }

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, List<ContentPart> parts)
    {
        output.Name(name);
        output.BeginText();
        foreach (var part in parts)
            if (Says(part, out var text)) output.Append(text);
        output.EndText();
    }

    private static bool Says(ContentPart part, out JsonText text)
    {
        text = part is ReasoningPart reasoning && (reasoning.Origin != OpenAIChatDialect.DialectName || (reasoning.Form & (int)ReasoningForm.Content) == 0)
            ? reasoning.Text : default;
        return text.HasValue;
    }

    private static void Empty(JsonOutput output, ReadOnlySpan<byte> name)
    {
        output.Name(name);
        output.Literal(default);
    }
}
