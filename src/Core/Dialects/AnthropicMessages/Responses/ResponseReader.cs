using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.AnthropicMessages.Errors;
using Nano.Dialects.AnthropicMessages.Requests;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>Reads a whole response: one message, or an error that came with status 200.</summary>
internal static class ResponseReader
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    public static ChatResponse Read(ReadOnlyMemory<byte> body, UsageRules rules)
    {
        var response = new ChatResponse(Own);
        var message = new ChatMessage(ChatRole.Assistant);
        var choice = new ChatChoice(0, message);
        JsonSlice content = default, error = default, usage = default;
        Extras? extras = null, choiceExtras = null;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("id"u8) && cursor.Token == JsonTokenType.String) response.Id = cursor.TakeText();
            else if (cursor.NameIs("model"u8) && cursor.Token == JsonTokenType.String) response.Model = cursor.TakeText();
            else if (cursor.NameIs("content"u8) && cursor.Token == JsonTokenType.StartArray) content = cursor.TakeValue();
            else if (cursor.NameIs("stop_reason"u8) && cursor.Token == JsonTokenType.String) choice.NativeFinish = cursor.TakeText();
            else if (cursor.NameIs("stop_sequence"u8) && cursor.Token == JsonTokenType.String) choice.StopSequence = cursor.TakeText();
            else if (cursor.NameIs("usage"u8) && cursor.Token == JsonTokenType.StartObject) usage = cursor.TakeValue();
            else if (cursor.NameIs("error"u8) && !cursor.IsNull) error = cursor.TakeValue();
            else if (IsOfChoice(in cursor)) Extras.Add(ref choiceExtras, Own, cursor.Name, cursor.TakeValue());
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        cursor.ExpectEnd();
        if (error.IsPresent)
        {
            response.Error = ErrorCodec.FromResponse(ErrorCodec.Details(new JsonSlice(body)));
            return response;
        }
        if (!content.IsArray) throw new JsonException("The response has no content.");
        BlockReader.ReadAll(content, message.Parts, tolerant: true);
        choice.Finish = FinishReasons.Read(choice.NativeFinish);
        choice.Extras = choiceExtras;
        // Written back with stop_details, so BlockEcho skips it.
        if (FinishReasons.Explanation(choice.NativeFinish, choiceExtras) is { HasValue: true } explanation) message.Parts.Add(new RefusalPart(explanation));
        response.Choices.Add(choice);
        var counts = new UsageCounts();
        var usageExtras = counts.Read(usage, keepExtras: true);
        response.Usage = counts.ToUsage(rules, usageExtras);
        response.Extras = extras;
        if (choice.Finish == FinishReason.Error) response.Error = ErrorCodec.FromResponse(FailedFinish.Details(choice.NativeFinish.ToString()));
        return response;
    }

    private static bool IsOfChoice(in JsonCursor cursor) =>
        cursor.NameIs("stop_details"u8) || cursor.NameIs("stop_reason"u8) || cursor.NameIs("stop_sequence"u8);
}
