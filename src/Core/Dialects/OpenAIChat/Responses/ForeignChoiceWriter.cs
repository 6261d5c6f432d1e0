using Nano.Chat;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes the message of another dialect's response, and reports what Chat cannot express.</summary>
internal static class ForeignChoiceWriter
{
    private struct Counts
    {
        public int Texts, Refusals, Calls, Images, Audios, Citations;
    }

    /// <returns>Whether there were tool calls, and citations.</returns>
    public static (bool Calls, bool IsCited) Write(ChatChoice choice, in ResponseContext context, JsonOutput output, LossReport losses, ForeignExtras extras)
    {
        var parts = choice.Message.Parts;
        var counts = Count(parts, losses, extras);
        output.BeginObject();
        output.Name("role"u8);
        output.Literal("assistant"u8);
        output.Name("content"u8);
        if (counts.Texts > 0) Content(output, parts);
        else output.Null();
        output.Name("refusal"u8);
        if (counts.Refusals > 0) Refusal(output, parts);
        else output.Null();
        ReasoningWriter.WriteForeign(output, parts);
        if (counts.Calls > 0 && context.ReadsFunctionCall) FunctionCall(output, parts, losses);
        else if (counts.Calls > 0) Calls(output, parts, choice.Index, context);
        if (counts.Citations > 0) CitationWriter.Write(output, parts);
        if (counts.Images > 0) Images(output, parts);
        if (counts.Audios > 0) Audio(output, parts, context);
        output.EndObject();
        extras.Message(choice.Message.Extras);
        extras.StopSequence(choice.StopSequence);
        return (counts.Calls > 0, counts.Citations > 0);
    }

    private static Counts Count(List<ContentPart> parts, LossReport losses, ForeignExtras extras)
    {
        var counts = new Counts();
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart text:
                    counts.Texts++;
                    counts.Citations += text.Citations?.Count ?? 0;
                    if (text.Citations is { } citations)
                        foreach (var citation in citations) extras.Source(citation);
                    break;
                case RefusalPart:
                    counts.Refusals++;
                    break;
                case ToolCallPart:
                    counts.Calls++;
                    break;
                case MediaPart { Kind: MediaKind.Image } image when image.Source.Data.HasValue || image.Source.Url.HasValue:
                    counts.Images++;
                    break;
                case MediaPart { Kind: MediaKind.Audio } audio when audio.Source.Data.HasValue:
                    if (counts.Audios++ > 0) losses.Drop("content.audio");
                    break;
                case MediaPart media:
                    losses.Drop($"content.{ForeignMediaWriter.NameOf(media)}");
                    break;
                case ReasoningPart:
                    break;
                case OpaquePart opaque:
                    losses.Drop($"content.{opaque.Type}");
                    continue;
                default:
                    losses.Drop("content");
                    break;
            }
            extras.Content(part.Extras);
        }
        return counts;
    }

    private static void Content(JsonOutput output, List<ContentPart> parts)
    {
        output.BeginText();
        foreach (var part in parts)
            if (part is TextPart text) output.Append(text.Text);
        output.EndText();
    }

    private static void Refusal(JsonOutput output, List<ContentPart> parts)
    {
        output.BeginText();
        foreach (var part in parts)
            if (part is RefusalPart refusal) output.Append(refusal.Text);
        output.EndText();
    }

    private static void Calls(JsonOutput output, List<ContentPart> parts, int choice, in ResponseContext context)
    {
        output.Name("tool_calls"u8);
        output.BeginArray();
        var index = 0;
        foreach (var part in parts)
        {
            if (part is not ToolCallPart call) continue;
            ToolCallWriter.WriteForeign(output, call, call.Name, call.Id.HasValue ? "" : CallIds.Make(context.FallbackId, choice, index), withSignature: true);
            index++;
        }
        output.EndArray();
    }

    private static void FunctionCall(JsonOutput output, List<ContentPart> parts, LossReport losses)
    {
        var isSaid = false;
        foreach (var part in parts)
        {
            if (part is not ToolCallPart call) continue;
            if (isSaid) ToolCallWriter.DropFurther(losses, call.Name);
            else ToolCallWriter.WriteFunctionCall(output, call, losses);
            isSaid = true;
        }
    }

    private static void Images(JsonOutput output, List<ContentPart> parts)
    {
        output.Name("images"u8);
        output.BeginArray();
        var index = 0;
        foreach (var part in parts)
            if (part is MediaPart { Kind: MediaKind.Image } image && (image.Source.Data.HasValue || image.Source.Url.HasValue))
                ResponseMediaWriter.Image(output, image, index++);
        output.EndArray();
    }

    private static void Audio(JsonOutput output, List<ContentPart> parts, in ResponseContext context)
    {
        foreach (var part in parts)
        {
            if (part is not MediaPart { Kind: MediaKind.Audio } audio || !audio.Source.Data.HasValue) continue;
            output.Name("audio"u8);
            ResponseMediaWriter.Audio(output, audio, context.FallbackId);
            return;
        }
    }
}
