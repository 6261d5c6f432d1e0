using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Responses;

/// <summary>Stop reasons (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, stopReason).</summary>
internal static class FinishReasons
{
    public static FinishReason Read(JsonText word) =>
        !word.HasValue ? FinishReason.None
        : word.Is("end_turn"u8) ? FinishReason.Stop
        : word.Is("tool_use"u8) ? FinishReason.ToolCalls
        : word.Is("max_tokens"u8) || word.Is("model_context_window_exceeded"u8) ? FinishReason.Length
        : word.Is("stop_sequence"u8) ? FinishReason.StopSequence
        : word.Is("guardrail_intervened"u8) || word.Is("content_filtered"u8) ? FinishReason.ContentFilter
        // malformed_model_output, malformed_tool_use
        : FailedFinish.Is(word.Span) ? FinishReason.Error
        : FinishReason.Other;
}
