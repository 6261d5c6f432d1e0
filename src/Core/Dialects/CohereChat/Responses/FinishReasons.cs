using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>Cohere's finish reasons (https://docs.cohere.com/reference/chat, <c>finish_reason</c>).</summary>
internal static class FinishReasons
{
    public static FinishReason Read(JsonText word) =>
        !word.HasValue ? FinishReason.None
        : word.Is("COMPLETE"u8) ? FinishReason.Stop
        : word.Is("STOP_SEQUENCE"u8) ? FinishReason.StopSequence
        : word.Is("MAX_TOKENS"u8) ? FinishReason.Length
        : word.Is("TOOL_CALL"u8) ? FinishReason.ToolCalls
        : FailedFinish.Is(word.Span) ? FinishReason.Error
        : FinishReason.Other;
}
