using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes a whole answer of another dialect. Responses has one answer: of several choices the first counts.</summary>
internal static class ResponseWriter
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    public static void Write(ChatResponse response, in ResponseContext context, JsonOutput output, LossReport losses)
    {
        var choice = response.Choices.Count > 0 ? response.Choices[0] : new ChatChoice(0, new ChatMessage(ChatRole.Assistant));
        if (response.Choices.Count > 1) losses.Drop("choices");
        if (choice.Logprobs.HasValue) losses.Drop("choices.logprobs");
        ResponseFrame.Begin(response.Id, response.Model, response.Created, ResponseFrame.Status(choice.Finish), choice.Finish, context, output);
        output.BeginArray();
        Items(choice.Message.Parts, new ItemWriter(context.FallbackId, output), output, losses);
        output.EndArray();
        ResponseFrame.End(response.Usage, output);
    }

    private static void Items(List<ContentPart> parts, ItemWriter items, JsonOutput output, LossReport losses)
    {
        var index = 0;
        long before = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case TextPart or RefusalPart:
                    items.BeginMessage(index++, isDone: true);
                    for (; i < parts.Count && parts[i] is TextPart or RefusalPart; i++) Said(parts[i], items, ref before);
                    items.EndMessage();
                    i--;
                    break;
                case ReasoningPart reasoning when reasoning.Text.HasValue || reasoning.Opaque.HasValue || reasoning.Signature.HasValue:
                    var isOwn = reasoning.Origin == Own;
                    if (reasoning.Signature.HasValue || (!isOwn && reasoning.Opaque.HasValue)) losses.Drop("reasoning.signature");
                    if (reasoning.Text.HasValue || isOwn) items.Reasoning(index++, reasoning.Text, isOwn ? reasoning.Opaque : default);
                    break;
                case ToolCallPart call:
                    if (call.Signature.HasValue) losses.Drop("tool_calls.signature");
                    items.Call(index++, call.Id, call.Name, call.Arguments, call.IsCustom, isDone: true);
                    break;
                case MediaPart { Kind: MediaKind.Image } image when image.Source.Data.HasValue:
                    items.Image(index++, image);
                    break;
                case MediaPart media:
                    losses.Drop(media.Kind == MediaKind.Audio ? "audio" : "images");
                    break;
                case OpaquePart opaque:
                    losses.Drop($"content.{opaque.Type}");
                    break;
            }
        }
    }

    private static void Said(ContentPart part, ItemWriter items, ref long before)
    {
        if (part is RefusalPart refusal)
        {
            items.RefusalPart(refusal.Text);
            return;
        }
        var text = (TextPart)part;
        if (text.Citations is not { Count: > 0 } citations)
        {
            items.TextPart(text.Text, null);
            before += text.Text.CountUtf16();
            return;
        }
        using var annotations = new JsonOutput();
        var start = before;
        before += text.Text.CountUtf16();
        // Where the source tells no place it is all of the text.
        foreach (var citation in citations)
            ItemWriter.Annotation(annotations, citation with { EndIndex = citation.EndIndex ?? before }, start);
        items.TextPart(text.Text, annotations);
    }
}
