using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Responses;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>Writes the start of another dialect's stream: <c>message_start</c>, then a <c>ping</c>, as Anthropic sends them.</summary>
internal static class MessageStart
{
    /// <param name="usage">The usage so far; null in most dialects.</param>
    public static void Write(JsonText id, JsonText model, Usage? usage, in ResponseContext context, JsonOutput output)
    {
        SseJson.Begin("message_start"u8, output);
        output.Name("message"u8);
        output.BeginObject();
        output.Name("id"u8);
        ResponseHead.WriteId(id, own: false, context, output);
        output.Name("type"u8);
        output.Literal("message"u8);
        output.Name("role"u8);
        output.Literal("assistant"u8);
        output.Name("model"u8);
        if (model.HasValue) output.Text(model);
        else output.Text(context.Model);
        output.Name("content"u8);
        output.BeginArray();
        output.EndArray();
        output.Name("stop_reason"u8);
        output.Null();
        output.Name("stop_sequence"u8);
        output.Null();
        output.Name("usage"u8);
        output.BeginObject();
        // Unknown counts are estimated; message_delta corrects them. Some clients add the output of both.
        usage ??= new Usage();
        UsageWriter.WriteWhole(usage with { InputTokens = usage.InputTokens ?? context.InputEstimate, OutputTokens = 0, ReasoningTokens = null }, output);
        output.EndObject();
        output.EndObject();
        SseJson.End(output);
        SseJson.Begin("ping"u8, output);
        SseJson.End(output);
    }
}
