using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>Converts between <c>stop_reason</c> and <see cref="FinishReason"/>. Compatible servers also send values that name a failure.</summary>
internal static class FinishReasons
{
    public static FinishReason Read(JsonText word) =>
        !word.IsPresent ? FinishReason.None
        : word.Is("end_turn"u8) ? FinishReason.Stop
        : word.Is("tool_use"u8) ? FinishReason.ToolCalls
        : word.Is("max_tokens"u8) ? FinishReason.Length
        : word.Is("stop_sequence"u8) ? FinishReason.StopSequence
        : word.Is("refusal"u8) ? FinishReason.Refusal
        : word.Is("pause_turn"u8) ? FinishReason.Pause
        : word.Is("model_context_window_exceeded"u8) ? FinishReason.Length
        : FailedFinish.Is(word.Span) ? FinishReason.Error
        : FinishReason.Other;

    /// <summary>
    /// The text of a refusal, which is beside the stop reason; the content is empty (anthropic-messages-one-refusal-7d01b7,
    /// anthropic-messages-sse-refusal-ae4b5c).
    /// </summary>
    /// <param name="extras">The members beside <c>stop_reason</c>.</param>
    public static JsonText Explanation(JsonText word, Extras? extras) =>
        extras is not null && word.Is("refusal"u8) ? extras.Find("stop_details"u8).Member("explanation"u8).AsText() : default;

    /// <summary>The value for another dialect's reason. Some dialects use "stop" for responses with calls (Gemini).</summary>
    public static ReadOnlySpan<byte> Write(FinishReason finish, bool hasToolCalls) => finish switch
    {
        FinishReason.Length => "max_tokens"u8,
        FinishReason.ToolCalls => "tool_use"u8,
        FinishReason.StopSequence => "stop_sequence"u8,
        FinishReason.Refusal or FinishReason.ContentFilter => "refusal"u8,
        FinishReason.Pause => "pause_turn"u8,
        _ => hasToolCalls ? "tool_use"u8 : "end_turn"u8,
    };
}
