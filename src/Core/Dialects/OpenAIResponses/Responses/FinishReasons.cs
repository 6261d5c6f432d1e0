using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Why a response ended: from its status, and the reason if it is incomplete.</summary>
internal static class FinishReasons
{
    /// <summary>
    /// Anthropic's own word: OpenAI has none for a turn that the provider paused. The status must not be <c>completed</c>, because the
    /// caller would take a half response for the whole; official SDKs read any reason.
    /// </summary>
    private static ReadOnlySpan<byte> Pause => "pause_turn"u8;

    /// <param name="reason"><c>incomplete_details.reason</c>.</param>
    /// <param name="isIncomplete">Whether the status, or the event that ended the stream, is <c>incomplete</c>.</param>
    public static FinishReason Read(bool isIncomplete, JsonText reason, bool hasCalls)
    {
        if (reason.Is("max_output_tokens"u8) || reason.Is("max_tokens"u8)) return FinishReason.Length;
        if (reason.Is("content_filter"u8)) return FinishReason.ContentFilter;
        if (reason.Is(Pause)) return FinishReason.Pause;
        if (isIncomplete) return FinishReason.Other;
        return hasCalls ? FinishReason.ToolCalls : FinishReason.Stop;
    }

    public static ReadOnlySpan<byte> IncompleteReason(FinishReason finish) => finish switch
    {
        FinishReason.Length => "max_output_tokens"u8,
        FinishReason.ContentFilter or FinishReason.Refusal => "content_filter"u8,
        FinishReason.Pause => Pause,
        _ => default,
    };
}
