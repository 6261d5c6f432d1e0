using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Finish reasons in Chat's words.</summary>
internal static class FinishReasons
{
    /// <summary>
    /// OpenAI's five words, and what compatibles were recorded saying instead (Mistral <c>model_length</c>, OpenRouter's
    /// native words, DeepSeek <c>insufficient_system_resource</c>).
    /// </summary>
    public static FinishReason Read(JsonText word)
    {
        var text = word.Span;
        if (text.IsEmpty) return FinishReason.None;
        if (text.SequenceEqual("stop"u8)) return FinishReason.Stop;
        if (text.SequenceEqual("tool_calls"u8) || text.SequenceEqual("function_call"u8)) return FinishReason.ToolCalls;
        if (text.SequenceEqual("length"u8)) return FinishReason.Length;
        if (text.SequenceEqual("content_filter"u8)) return FinishReason.ContentFilter;
        if (Any(text, "STOP"u8, "end_turn"u8, "completed"u8, "eos"u8, "eos_token"u8)) return FinishReason.Stop;
        if (Any(text, "stop_sequence"u8, "STOP_SEQUENCE"u8)) return FinishReason.StopSequence;
        if (Any(text, "max_tokens"u8, "MAX_TOKENS"u8, "max_output_tokens"u8, "model_length"u8)) return FinishReason.Length;
        if (Any(text, "tool_use"u8, "tool_call"u8, "TOOL_CALL"u8)) return FinishReason.ToolCalls;
        if (Any(text, "refusal"u8)) return FinishReason.Refusal;
        if (Any(text, "safety"u8, "SAFETY"u8, "sensitive"u8, "content_filtered"u8)) return FinishReason.ContentFilter;
        if (Any(text, "error"u8, "ERROR"u8, "insufficient_system_resource"u8, "network_error"u8)) return FinishReason.Error;
        return FinishReason.Other;
    }

    /// <summary>
    /// The word for a caller. Chat's clients know a closed list (OpenAI's .NET SDK throws at any other word), so what it has
    /// no word for ends as a plain stop, with the provider's own value in <c>native_finish_reason</c> beside it. A response
    /// with tool calls ends with <c>tool_calls</c> also where the provider says otherwise (Gemini says STOP), but not where
    /// Anthropic, which has a word for it, says that the turn is over: its calls were made and answered by code that it ran
    /// (<c>anthropic-messages-one-websearch-444161</c>). Callers of the older <c>functions</c> have a word of their own.
    /// </summary>
    public static ReadOnlySpan<byte> ForCaller(FinishReason reason, bool hasToolCalls, ReadOnlySpan<byte> native, bool older)
    {
        var word = Word(reason, hasToolCalls && !native.SequenceEqual("end_turn"u8));
        return older && word.SequenceEqual("tool_calls"u8) ? "function_call"u8 : word;
    }

    /// <summary>OpenAI's word for a reason.</summary>
    public static ReadOnlySpan<byte> Word(FinishReason reason, bool hasToolCalls = false) => reason switch
    {
        FinishReason.Length => "length"u8,
        FinishReason.ContentFilter or FinishReason.Refusal => "content_filter"u8,
        FinishReason.ToolCalls => "tool_calls"u8,
        _ => hasToolCalls ? "tool_calls"u8 : "stop"u8,
    };

    private static bool Any(ReadOnlySpan<byte> text, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b = default, ReadOnlySpan<byte> c = default,
        ReadOnlySpan<byte> d = default, ReadOnlySpan<byte> e = default) =>
        text.SequenceEqual(a) || text.SequenceEqual(b) || text.SequenceEqual(c) || text.SequenceEqual(d) || text.SequenceEqual(e);
}
