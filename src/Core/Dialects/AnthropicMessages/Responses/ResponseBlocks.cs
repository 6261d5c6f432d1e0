using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>Writes the parts of another dialect's whole answer as content blocks.</summary>
internal static class ResponseBlocks
{
    public static bool HasCalls(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is ToolCallPart { Name.HasValue: true }) return true;
        return false;
    }

    public static void Write(List<ContentPart> parts, JsonOutput output, LossReport losses)
    {
        output.BeginArray();
        var calls = 0;
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart { Text.HasValue: true } text:
                    WriteText(text.Text, text.Citations, output, losses);
                    break;
                case RefusalPart { Text.HasValue: true } refusal:
                    WriteText(refusal.Text, null, output, losses);
                    break;
                case ReasoningPart reasoning:
                    WriteReasoning(reasoning, output, losses);
                    break;
                // Some gateways write every member of a message, an empty function_call too (snowflake-chat-one-logprobs-69bcb0).
                case ToolCallPart { Name.HasValue: true } call:
                    WriteCall(call, calls++, output, losses);
                    break;
                case MediaPart media:
                    losses.Drop(media.Kind == MediaKind.Audio ? "audio" : "images");
                    break;
                case OpaquePart opaque:
                    losses.Drop(opaque.Type.HasValue ? opaque.Type.ToString() : "content");
                    break;
            }
        }
        output.EndArray();
    }

    /// <summary>
    /// A source of another dialect as a web citation. <c>encrypted_index</c>, which only Anthropic can make, stays empty.
    /// </summary>
    public static void WriteCitation(Citation citation, JsonOutput output)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("web_search_result_location"u8);
        output.Name("url"u8);
        output.Text(citation.Url);
        output.Name("title"u8);
        if (citation.Title.IsPresent) output.Text(citation.Title);
        else output.Null();
        output.Name("cited_text"u8);
        output.Text(citation.CitedText);
        output.Name("encrypted_index"u8);
        output.Literal([]);
        output.EndObject();
    }

    private static void WriteText(JsonText text, List<Citation>? citations, JsonOutput output, LossReport losses)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("text"u8);
        output.Name("text"u8);
        output.Text(text);
        if (citations is { Count: > 0 })
        {
            losses.Emulate("annotations");
            output.Name("citations"u8);
            output.BeginArray();
            foreach (var citation in citations) WriteCitation(citation, output);
            output.EndArray();
        }
        output.EndObject();
    }

    // State of another provider would be refused when it comes back to Anthropic, so it is not said here.
    private static void WriteReasoning(ReasoningPart reasoning, JsonOutput output, LossReport losses)
    {
        if (reasoning.Signature.HasValue || reasoning.Opaque.HasValue) losses.Drop("reasoning_details");
        if (!reasoning.Text.HasValue) return;
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("thinking"u8);
        output.Name("thinking"u8);
        output.Text(reasoning.Text);
        output.Name("signature"u8);
        output.Literal([]);
        output.EndObject();
    }

    private static void WriteCall(ToolCallPart call, int index, JsonOutput output, LossReport losses)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("tool_use"u8);
        output.Name("id"u8);
        if (call.Id.HasValue) output.Text(call.Id);
        else output.Text($"call_{index}");
        output.Name("name"u8);
        output.Text(call.Name);
        output.Name("input"u8);
        if (!call.Arguments.WriteObject(output)) losses.Emulate("tool_calls.function.arguments");
        output.EndObject();
        if (call.Signature.HasValue) losses.Drop("tool_calls.signature");
    }
}
