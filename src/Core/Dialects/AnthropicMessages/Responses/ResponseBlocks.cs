using System.Buffers;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>Writes the parts of another dialect's whole response as content blocks.</summary>
internal static class ResponseBlocks
{
    private static readonly SearchValues<byte> OfIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    public static bool HasCalls(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is ToolCallPart { Name.HasValue: true }) return true;
        return false;
    }

    public static void Write(List<ContentPart> parts, in ResponseContext context, JsonOutput output, LossReport losses)
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
                    WriteReasoning(reasoning, output);
                    break;
                // Some gateways write every member of a message, including an empty function_call (snowflake-chat-one-logprobs-69bcb0).
                case ToolCallPart { Name.HasValue: true } call:
                    WriteCall(call, context.Memo, CallIds.Make(context.FallbackId, 0, calls++), output, losses);
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
    /// Writes another dialect's source as a web citation. <c>encrypted_index</c>, which only Anthropic can create, stays empty.
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

    /// <summary>State is sealed and returns only to its home (<see cref="SealedState"/>). Text without a signature is shown, but not sent to a provider again.</summary>
    private static void WriteReasoning(ReasoningPart reasoning, JsonOutput output)
    {
        if (reasoning.Text.HasValue || reasoning.Signature.HasValue)
        {
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("thinking"u8);
            output.Name("thinking"u8);
            output.Text(reasoning.Text);
            output.Name("signature"u8);
            output.Text(reasoning.Signature);
            output.EndObject();
        }
        if (reasoning.Opaque.HasValue) WriteRedacted(reasoning.Opaque, output);
    }

    public static void WriteRedacted(JsonText data, JsonOutput output)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("redacted_thinking"u8);
        output.Name("data"u8);
        output.Text(data);
        output.EndObject();
    }

    /// <summary>Writes the start of a call's block, which stays open for its input.</summary>
    /// <param name="made">The id to use for a call without one.</param>
    public static void BeginCall(JsonText id, JsonText name, JsonText signature, string made, JsonOutput output, LossReport losses)
    {
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("tool_use"u8);
        output.Name("id"u8);
        if (!id.HasValue) output.Text(made);
        else if (id.Span.ContainsAnyExcept(OfIds) && StateSeal.IndexOf(id.Span) < 0) output.Text(Plain(id));
        else output.Text(id);
        output.Name("name"u8);
        output.Text(name);
        // Mandatory for the .NET SDK.
        output.Name("caller"u8);
        output.Raw("""{"type":"direct"}"""u8);
        output.Name("input"u8);
        // The state of a call is in its id, unless it is too long for an id.
        if (signature.HasValue && StateSeal.IndexOf(id.Span) < 0) losses.Drop("tool_calls.signature");
    }

    /// <summary>Replaces characters in other providers' ids (<c>functions.get:0</c>) that Anthropic refuses when the ids are returned.</summary>
    private static string Plain(JsonText id) =>
        string.Create(id.Span.Length, id.Escaped, static (text, from) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = OfIds.Contains(from.Span[i]) ? (char)from.Span[i] : '_';
        });

    private static void WriteCall(ToolCallPart call, RequestMemo? memo, string made, JsonOutput output, LossReport losses)
    {
        BeginCall(call.Id, CallerNames.Restore(memo, call.Name), call.Signature, made, output, losses);
        if (!call.Arguments.WriteObject(output)) losses.Emulate("tool_calls.function.arguments");
        output.EndObject();
    }
}
