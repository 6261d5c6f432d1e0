using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Dialects.Shared;
using Nano.Json;
using Nano.Reasoning;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes a whole response of another dialect. Responses has one choice, so only the first of several is written.</summary>
internal readonly ref struct ResponseWriter
{
    private readonly ResponsesMemo? _memo;
    private readonly JsonOutput _output;
    private readonly LossReport _losses;
    private readonly ItemWriter _items;
    private readonly CallWriter _calls;

    private ResponseWriter(in ResponseContext context, JsonOutput output, LossReport losses)
    {
        (_memo, _output, _losses) = (context.Memo as ResponsesMemo, output, losses);
        _items = new ItemWriter(context.FallbackId, output);
        _calls = new CallWriter(_items, output);
    }

    public static void Write(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        var choice = response.Choices.Count > 0 ? response.Choices[0] : new ChatChoice(0, new ChatMessage(ChatRole.Assistant));
        if (response.Choices.Count > 1) losses.Drop("choices");
        ResponseFrame.Begin(response.Id, response.Model, response.Created, ResponseFrame.Status(choice.Finish), choice.Finish, context, output);
        output.BeginArray();
        new ResponseWriter(context, output, losses).Items(choice.Message.Parts, choice.Logprobs.Member("content"u8));
        output.EndArray();
        ResponseFrame.End(response.Usage, isEnd: true, context, output);
        var extras = new ForeignExtras(losses, OpenAIResponsesDialect.DialectName);
        extras.Whole(response, choice);
        extras.StopSequence(choice.StopSequence);
        if (choice.Finish == FinishReason.Other) extras.Finish();
        extras.Usage(response.Usage?.Extras);
    }

    /// <param name="logprobs">The log probabilities of all texts together, written with the first part.</param>
    private void Items(List<ContentPart> parts, JsonSlice logprobs)
    {
        var index = 0;
        long before = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case TextPart or RefusalPart:
                    _items.BeginMessage(index++, isDone: true);
                    for (; i < parts.Count && parts[i] is TextPart or RefusalPart; i++) Said(parts[i], ref logprobs, ref before);
                    _items.EndMessage();
                    i--;
                    break;
                case ReasoningPart reasoning when reasoning.Text.HasValue || reasoning.HasState:
                    // The state is sealed, so its kind does not matter here.
                    _items.Reasoning(index++, reasoning.SignsText ? default : reasoning.Text, reasoning.Signature.HasValue ? reasoning.Signature : reasoning.Opaque);
                    break;
                case ToolCallPart call:
                    // A signature is sent in the call's id, if it fits.
                    if (call.Signature.HasValue && StateSeal.IndexOf(call.Id.Span) < 0) _losses.Drop("tool_calls.signature");
                    var tool = _memo?.Find(call.Name);
                    var arguments = tool?.Kind == CallerToolKind.Custom ? new ToolArguments { Encoded = CallWriter.TextOf(call.Arguments) } : call.Arguments;
                    if (arguments.IsNothing && !call.IsCustom && tool?.Kind != CallerToolKind.Custom) arguments = default;
                    _calls.Write(index++, call.Id, call.Name, tool, arguments, call.IsCustom, isDone: true);
                    break;
                case OpaquePart chat when InputWriter.IsCustomCall(chat):
                    var custom = chat.Value.Member("custom"u8);
                    _calls.Write(
                        index++, chat.Value.Member("id"u8).AsText(), custom.Member("name"u8).AsText(), tool: null,
                        new ToolArguments { Encoded = custom.Member("input"u8).AsText() }, isCustom: true, isDone: true);
                    break;
                case MediaPart { Kind: MediaKind.Image } image when image.Source.Data.HasValue:
                    _items.Image(index++, image, isDone: true);
                    break;
                case MediaPart media:
                    _losses.Drop(media.Kind == MediaKind.Audio ? "audio" : "images");
                    break;
                case OpaquePart opaque:
                    _losses.Drop($"content.{opaque.Type}");
                    break;
            }
        }
    }

    private void Said(ContentPart part, ref JsonSlice logprobs, ref long before)
    {
        if (part is RefusalPart refusal)
        {
            _items.RefusalPart(refusal.Text);
            return;
        }
        var text = (TextPart)part;
        var inside = LogprobsBuilder.Says(logprobs) ? logprobs.Span[1..^1] : default;
        logprobs = default;
        if (text.Citations is not { Count: > 0 } citations)
        {
            _items.TextPart(text.Text, null, inside);
            before += text.Text.CountUtf16();
            return;
        }
        using var annotations = _output.CreateScratch(256);
        var start = before;
        before += text.Text.CountUtf16();
        // A source without a position covers the whole text.
        foreach (var citation in citations)
            ItemWriter.Annotation(annotations, citation with { EndIndex = citation.EndIndex ?? before }, start);
        _items.TextPart(text.Text, annotations, inside);
    }
}
