using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>Writes a whole response for a caller who speaks Messages.</summary>
internal static class ResponseWriter
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    public static void Write(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        var own = response.Origin == Own;
        var choice = response.Choices.Count > 0 ? response.Choices[0] : null;
        if (response.Choices.Count > 1) losses.Drop("choices");
        output.BeginObject();
        output.Name("id"u8);
        ResponseHead.WriteId(response.Id, own, context, output);
        output.Name("model"u8);
        if (response.Model.HasValue || (own && response.Model.IsPresent)) output.Text(response.Model);
        else output.Text(context.Model);
        if (!own)
        {
            output.Name("type"u8);
            output.Literal("message"u8);
            output.Name("role"u8);
            output.Literal("assistant"u8);
        }
        output.Name("content"u8);
        if (own) BlockEcho.WriteAll(choice?.Message.Parts ?? [], output);
        else ResponseBlocks.Write(choice?.Message.Parts ?? [], context, output, losses);
        WriteStop(choice, own, output);
        WriteUsage(response.Usage, own, output);
        choice?.Extras.WriteTo(output, Own);
        response.Extras.WriteTo(output, Own);
        output.EndObject();
        if (own || choice is null) return;
        if (choice.Logprobs.HasValue) losses.Drop("logprobs");
        var extras = new ForeignExtras(losses, Own);
        extras.Whole(response, choice);
        if (choice.Finish == FinishReason.Other) extras.Finish();
        extras.Usage(response.Usage?.Extras);
    }

    private static void WriteStop(ChatChoice? choice, bool own, JsonOutput output)
    {
        if (own)
        {
            if (choice?.NativeFinish is { IsPresent: true } native)
            {
                output.Name("stop_reason"u8);
                output.Text(native);
            }
            if (choice?.StopSequence is { IsPresent: true } sequence)
            {
                output.Name("stop_sequence"u8);
                output.Text(sequence);
            }
            return;
        }
        output.Name("stop_reason"u8);
        output.Literal(FinishReasons.Write(choice?.Finish ?? FinishReason.None, choice is not null && ResponseBlocks.HasCalls(choice.Message.Parts)));
        output.Name("stop_sequence"u8);
        if (choice?.StopSequence is { HasValue: true } text) output.Text(text);
        else output.Null();
    }

    private static void WriteUsage(Usage? usage, bool own, JsonOutput output)
    {
        if (usage is null && own) return;
        output.Name("usage"u8);
        output.BeginObject();
        if (own) UsageWriter.WriteKnown(usage!, output);
        else UsageWriter.WriteWhole(usage, output);
        usage?.Extras.WriteTo(output, Own);
        output.EndObject();
    }
}

/// <summary>Writes the first members of a response, whole or streamed.</summary>
internal static class ResponseHead
{
    private static readonly JsonText Prefix = JsonText.From("msg_");

    /// <summary>
    /// Writes the id unchanged. Another dialect's id gets the form that clients expect and still contains the provider's characters,
    /// so that it can be found in the provider's log.
    /// </summary>
    public static void WriteId(JsonText id, bool own, in ResponseContext context, JsonOutput output)
    {
        if (own && id.IsPresent) output.Text(id);
        else if (!id.HasValue) output.Text($"msg_{context.FallbackId}");
        else
        {
            output.BeginText();
            if (!id.StartsWith("msg_"u8)) output.Append(Prefix);
            output.Append(new JsonText(id.Escaped[PrefixLength(id)..]));
            output.EndText();
        }
    }

    private static int PrefixLength(JsonText id) =>
        id.StartsWith("chatcmpl-"u8) ? "chatcmpl-"u8.Length : id.StartsWith("resp_"u8) ? "resp_"u8.Length : 0;
}
