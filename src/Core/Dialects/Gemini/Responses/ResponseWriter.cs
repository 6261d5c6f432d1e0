using Nano.Chat;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>Writes a whole response: unchanged if it is from Gemini, else in Gemini's form.</summary>
internal static class ResponseWriter
{
    public static void Write(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        var own = response.Origin == GeminiDialect.DialectName;
        var extras = new ForeignExtras(losses, GeminiDialect.DialectName);
        if (own && (response.Form & Forms.Array) != 0) output.BeginArray();
        output.BeginObject();
        if (!own || (response.Form & Forms.NoCandidates) == 0)
        {
            output.Name("candidates"u8);
            output.BeginArray();
            foreach (var choice in response.Choices)
            {
                if (own) WriteOwn(choice, output);
                else WriteForeign(choice, context.Memo, output, losses, extras);
            }
            output.EndArray();
        }
        if (response.Usage is { } usage)
        {
            output.Name("usageMetadata"u8);
            UsageCodec.Write(usage, output);
        }
        WriteNames(response, own, context, output);
        response.Extras.WriteTo(output, GeminiDialect.DialectName);
        if (!own)
        {
            extras.Answer(response.Extras);
            extras.Usage(response.Usage?.Extras);
        }
        output.EndObject();
        if (own && (response.Form & Forms.Array) != 0) output.EndArray();
    }

    private static void WriteNames(ChatResponse response, bool own, in ResponseContext context, JsonOutput output)
    {
        if (response.Model.IsPresent || !own)
        {
            output.Name("modelVersion"u8);
            if (response.Model.HasValue) output.Text(response.Model);
            else output.Text(context.Model);
        }
        if (!response.Id.IsPresent && own) return;
        output.Name("responseId"u8);
        if (response.Id.HasValue) output.Text(response.Id);
        else output.Text(context.FallbackId);
    }

    private static void WriteOwn(ChatChoice choice, JsonOutput output)
    {
        if ((choice.Form & Forms.PromptBlock) != 0) return;
        output.BeginObject();
        if ((choice.Form & Forms.NoContent) == 0)
        {
            output.Name("content"u8);
            ContentCodec.WriteOwn(choice.Message, output);
        }
        if ((choice.Form & Forms.FinishInExtras) == 0 && choice.NativeFinish.IsPresent)
        {
            output.Name("finishReason"u8);
            output.Text(choice.NativeFinish);
        }
        if ((choice.Form & Forms.NoIndex) == 0)
        {
            output.Name("index"u8);
            output.Number(choice.Index);
        }
        choice.Extras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
    }

    private static void WriteForeign(ChatChoice choice, RequestMemo? memo, JsonOutput output, LossReport losses, ForeignExtras extras)
    {
        extras.Choice(choice);
        extras.StopSequence(choice.StopSequence);
        if (choice.Finish == FinishReason.Pause) extras.Finish();
        output.BeginObject();
        output.Name("index"u8);
        output.Number(choice.Index);
        output.Name("content"u8);
        output.BeginObject();
        output.Name("role"u8);
        output.Literal("model"u8);
        var start = output.Length;
        output.Name("parts"u8);
        output.BeginArray();
        List<Citation>? citations = null;
        var hasCalls = false;
        foreach (var part in choice.Message.Parts)
        {
            if (part is ToolCallPart named) named.Name = CallerNames.Restore(memo, named.Name);
            WritePart(part, !hasCalls, output, losses);
            hasCalls |= part is ToolCallPart;
            if (part is TextPart { Citations: { Count: > 0 } sources })
                foreach (var source in sources)
                    if (source.Url.HasValue) (citations ??= []).Add(source);
                    else losses.Drop("choices.annotations");
        }
        output.EndArray();
        if (output.WrittenSpan.EndsWith("\"parts\":[]"u8)) output.TruncateTo(start);
        output.EndObject();
        output.Name("finishReason"u8);
        output.Literal(FinishReasons.Write(choice.Finish));
        if (citations is not null)
        {
            output.Name("citationMetadata"u8);
            CitationCodec.Write(citations, output);
        }
        if (choice.Logprobs.HasValue)
        {
            output.Name("logprobsResult"u8);
            LogprobsCodec.WriteFromChat(choice.Logprobs, output);
        }
        output.EndObject();
    }

    /// <summary>Its state is sealed; unreadable reasoning consists only of the seal.</summary>
    private static void WriteThought(ReasoningPart thought, JsonOutput output)
    {
        if (thought.Text.HasValue) ForeignParts.WriteThought(thought.Text, thought.Signature, output);
        foreach (var state in (ReadOnlySpan<JsonText>)[thought.Text.HasValue ? default : thought.Signature, thought.Opaque])
        {
            if (!state.HasValue) continue;
            output.BeginObject();
            output.Name("thought"u8);
            output.Boolean(true);
            OwnParts.WriteSignature(state, 0, output);
            output.EndObject();
        }
    }

    /// <param name="isFirstCall">Whether it is the first call: Gemini 3 requires a signature on it when the caller returns it, and other models have none.</param>
    private static void WritePart(ContentPart part, bool isFirstCall, JsonOutput output, LossReport losses)
    {
        switch (part)
        {
            case TextPart { Text.HasValue: true } text:
                ForeignParts.WriteText(text.Text, default, output);
                break;
            case RefusalPart { Text.HasValue: true } refusal:
                ForeignParts.WriteText(refusal.Text, default, output);
                break;
            case ReasoningPart reasoning:
                WriteThought(reasoning, output);
                break;
            case ToolCallPart call:
                if (!ForeignParts.WriteCall(call, isFirstCall && !call.Signature.HasValue ? Signatures.UnknownForCaller : call.Signature, output))
                    losses.Emulate("choices.tool_calls.arguments");
                break;
            case MediaPart media when media.Source.Data.HasValue || media.Source.Url.HasValue:
                ForeignParts.WriteMedia(media, output);
                break;
            case MediaPart { Transcript.HasValue: true } media:
                ForeignParts.WriteText(media.Transcript, default, output);
                break;
            case MediaPart:
                losses.Drop("choices.message.media");
                break;
            case OpaquePart opaque:
                losses.Drop(opaque.Type.HasValue ? opaque.Type.ToString() : "content");
                break;
        }
    }
}
