using System.Text;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// The rule of OpenAI's dialects for any JSON object: "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'." (mem0ai/mem0#3559,
/// agno-agi/agno#5317; DeepSeek's documentation). Other dialects have no such rule, so their requests get an instruction that has the word.
/// </summary>
internal static class JsonWord
{
    private static readonly JsonText Instruction = new(FormatPlan.AnyObjectText.ToArray());

    /// <summary>Adds it to the conversation's first system turn, or before the conversation. A caller of OpenAI's dialects knows the rule.</summary>
    public static void Ensure(ChatRequest request, LossReport losses)
    {
        if (request.ResponseFormat is not { Kind: ResponseFormatKind.JsonObject } || request.Origin is DialectNames.OpenAIChat or DialectNames.OpenAIResponses) return;
        if (IsSaid(request.Messages)) return;
        losses.Emulate("response_format");
        if (request.Messages is not [{ Role: ChatRole.System or ChatRole.Developer }, ..]) request.Messages.Insert(0, new ChatMessage(ChatRole.System));
        request.Messages[0].Parts.Add(new TextPart(Instruction));
    }

    private static bool IsSaid(List<ChatMessage> messages)
    {
        foreach (var message in messages)
            foreach (var part in message.Parts)
                if (part is TextPart text ? IsIn(text.Text.Span) : part is ToolResultPart result && IsIn(result)) return true;
        return false;
    }

    private static bool IsIn(ToolResultPart result) => IsIn(result.Json.Span) || result.Parts.Exists(part => part is TextPart text && IsIn(text.Text.Span));

    private static bool IsIn(ReadOnlySpan<byte> text)
    {
        for (int at; (at = text.IndexOfAny((byte)'j', (byte)'J')) >= 0; text = text[(at + 1)..])
            if (text.Length - at >= 4 && Ascii.EqualsIgnoreCase(text.Slice(at, 4), "json"u8)) return true;
        return false;
    }
}
