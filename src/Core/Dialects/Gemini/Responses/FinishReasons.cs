using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>Finish reasons (ai.google.dev/api/generate-content, FinishReason; Vertex adds MODEL_ARMOR).</summary>
internal static class FinishReasons
{
    /// <summary>
    /// Reads a <c>finishReason</c>, also as the enum's number (<c>vertexai-generatecontent-one-basic-ca903b</c>).
    /// Tool calls end with STOP too: they have no finish reason (<c>gemini_function_call_with_finish_STOP</c>).
    /// </summary>
    public static FinishReason Read(JsonSlice reason, bool calledTools)
    {
        if (!reason.HasValue) return FinishReason.None;
        if (reason.IsNumber) return reason.AsInt64() switch
        {
            1 => calledTools ? FinishReason.ToolCalls : FinishReason.Stop,
            2 => FinishReason.Length,
            3 or 4 => FinishReason.ContentFilter,
            _ => FinishReason.Other,
        };
        var word = reason.AsText();
        if (word.Is("STOP"u8)) return calledTools ? FinishReason.ToolCalls : FinishReason.Stop;
        if (word.Is("MAX_TOKENS"u8)) return FinishReason.Length;
        if (word.Is("SAFETY"u8) || word.Is("RECITATION"u8) || word.Is("BLOCKLIST"u8) || word.Is("PROHIBITED_CONTENT"u8) || word.Is("SPII"u8)
            || word.Is("LANGUAGE"u8) || word.Is("MODEL_ARMOR"u8) || word.Is("IMAGE_SAFETY"u8) || word.Is("IMAGE_PROHIBITED_CONTENT"u8) || word.Is("IMAGE_RECITATION"u8))
            return FinishReason.ContentFilter;
        if (word.Is("MALFORMED_FUNCTION_CALL"u8) || word.Is("UNEXPECTED_TOOL_CALL"u8) || word.Is("TOO_MANY_TOOL_CALLS"u8)
            || word.Is("MALFORMED_RESPONSE"u8) || word.Is("MISSING_THOUGHT_SIGNATURE"u8))
            return FinishReason.Error;
        return FailedFinish.Is(word.Span) ? FinishReason.Error : FinishReason.Other;
    }

    /// <summary>The provider's own value, a number as its digits.</summary>
    public static JsonText Native(JsonSlice reason) => reason.IsNumber ? new JsonText(reason.Memory) : reason.AsText();

    /// <summary>The value for a response of another dialect.</summary>
    public static ReadOnlySpan<byte> Write(FinishReason reason) => reason switch
    {
        FinishReason.Length => "MAX_TOKENS"u8,
        FinishReason.ContentFilter or FinishReason.Refusal => "SAFETY"u8,
        // A paused turn is not complete: STOP would make it the whole response.
        FinishReason.Pause or FinishReason.Error or FinishReason.Other => "OTHER"u8,
        _ => "STOP"u8,
    };
}
