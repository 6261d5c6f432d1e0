using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Responses;

/// <summary>Reads a whole response. It has neither an id nor a model; the model was in the address.</summary>
internal static class ResponseReader
{
    private const string Own = BedrockConverseDialect.DialectName;

    public static ChatResponse Read(ReadOnlyMemory<byte> body, UsageRules rules)
    {
        var response = new ChatResponse(Own);
        JsonSlice message = default, usage = default, tier = default;
        JsonText stop = default;
        Extras? extras = null;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("output"u8)) message = cursor.TakeValue().Member("message"u8);
            else if (cursor.NameIs("stopReason"u8) && cursor.Token == JsonTokenType.String) stop = cursor.TakeText();
            else if (cursor.NameIs("usage"u8)) usage = cursor.TakeValue();
            else if (cursor.NameIs("serviceTier"u8)) tier = cursor.TakeValue();
            // The duration, which is in every response.
            else if (cursor.NameIs("metrics"u8)) cursor.Skip();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        cursor.ExpectEnd();
        if (message.Member("content"u8) is not { IsArray: true } content) throw new JsonException("The response has no content.");
        var choice = new ChatChoice(0, new ChatMessage(ChatRole.Assistant)) { NativeFinish = stop, Finish = FinishReasons.Read(stop) };
        BlockReader.ReadAll(content, choice.Message.Parts);
        response.Choices.Add(choice);
        response.Usage = UsageReader.Read(usage, tier, rules);
        response.Extras = extras;
        if (choice.Finish == FinishReason.Error) response.Error = FailedFinish.Error(stop.ToString());
        return response;
    }
}
