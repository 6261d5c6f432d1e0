using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Chat's finish reasons.</summary>
internal static class FinishReasons
{
    private const int MaxLength = 64;

    private static readonly Dictionary<string, FinishReason> Others = new Dictionary<string, FinishReason>
    {
        ["stop"] = FinishReason.Stop, ["stopped"] = FinishReason.Stop, ["endturn"] = FinishReason.Stop, ["end"] = FinishReason.Stop, ["complete"] = FinishReason.Stop,
        ["completed"] = FinishReason.Stop, ["finished"] = FinishReason.Stop, ["eos"] = FinishReason.Stop, ["eostoken"] = FinishReason.Stop, ["stoptoken"] = FinishReason.Stop,
        ["stopsequence"] = FinishReason.StopSequence, ["stopstr"] = FinishReason.StopSequence, ["stopword"] = FinishReason.StopSequence,
        ["length"] = FinishReason.Length, ["maxtokens"] = FinishReason.Length, ["maxoutputtokens"] = FinishReason.Length, ["maxcompletiontokens"] = FinishReason.Length,
        ["maxlength"] = FinishReason.Length, ["modellength"] = FinishReason.Length, ["contextlength"] = FinishReason.Length, ["contextlengthexceeded"] = FinishReason.Length,
        ["modelcontextwindowexceeded"] = FinishReason.Length, ["tokenlimit"] = FinishReason.Length, ["incomplete"] = FinishReason.Length, ["truncated"] = FinishReason.Length,
        ["toolcalls"] = FinishReason.ToolCalls, ["toolcall"] = FinishReason.ToolCalls, ["tooluse"] = FinishReason.ToolCalls, ["functioncall"] = FinishReason.ToolCalls,
        ["functioncalls"] = FinishReason.ToolCalls,
        ["refusal"] = FinishReason.Refusal,
        ["contentfilter"] = FinishReason.ContentFilter, ["contentfiltered"] = FinishReason.ContentFilter, ["safety"] = FinishReason.ContentFilter,
        ["sensitive"] = FinishReason.ContentFilter, ["blocklist"] = FinishReason.ContentFilter, ["blocked"] = FinishReason.ContentFilter,
        ["prohibitedcontent"] = FinishReason.ContentFilter, ["recitation"] = FinishReason.ContentFilter, ["spii"] = FinishReason.ContentFilter,
        ["guardrailintervened"] = FinishReason.ContentFilter, ["moderation"] = FinishReason.ContentFilter,
    };

    /// <summary>
    /// OpenAI's five values, and those of compatible providers (Mistral <c>model_length</c>, OpenRouter's native values, vLLM
    /// <c>abort</c>). Case and separators are ignored in other values than OpenAI's. A value that names a failure is
    /// <see cref="FinishReason.Error"/>.
    /// </summary>
    public static FinishReason Read(JsonText word)
    {
        var text = word.Span;
        if (text.IsEmpty) return FinishReason.None;
        if (text.SequenceEqual("stop"u8)) return FinishReason.Stop;
        if (text.SequenceEqual("tool_calls"u8) || text.SequenceEqual("function_call"u8)) return FinishReason.ToolCalls;
        if (text.SequenceEqual("length"u8)) return FinishReason.Length;
        if (text.SequenceEqual("content_filter"u8)) return FinishReason.ContentFilter;
        Span<char> letters = stackalloc char[MaxLength];
        var length = 0;
        foreach (var c in text)
            if (char.IsAsciiLetter((char)c) && length < MaxLength) letters[length++] = char.ToLowerInvariant((char)c);
        ReadOnlySpan<char> plain = letters[..length];
        if (Others.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(plain, out var reason)) return reason;
        return FailedFinish.Is(text) ? FinishReason.Error : FinishReason.Other;
    }

    /// <summary>Whether it is one of the five values that OpenAI's clients know.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("stop"u8) || word.SequenceEqual("tool_calls"u8) || word.SequenceEqual("length"u8)
        || word.SequenceEqual("content_filter"u8) || word.SequenceEqual("function_call"u8);

    /// <summary>
    /// The finish reason for a caller. Chat's clients know a closed list (OpenAI's .NET SDK throws at any other value), so any
    /// other reason becomes a plain stop, with the provider's own value in <c>native_finish_reason</c>. A response
    /// with tool calls ends with <c>tool_calls</c> even if the provider sends another reason (Gemini sends STOP). The exception is
    /// Anthropic's <c>end_turn</c>: code that Anthropic ran made those calls and received their results
    /// (<c>anthropic-messages-one-websearch-444161</c>). Callers of the older <c>functions</c> get <c>function_call</c>.
    /// </summary>
    public static ReadOnlySpan<byte> ForCaller(FinishReason reason, bool hasToolCalls, ReadOnlySpan<byte> native, bool older)
    {
        var word = Word(reason, hasToolCalls && !native.SequenceEqual("end_turn"u8));
        return older && word.SequenceEqual("tool_calls"u8) ? "function_call"u8 : word;
    }

    /// <summary>OpenAI's value for a reason.</summary>
    public static ReadOnlySpan<byte> Word(FinishReason reason, bool hasToolCalls = false) => reason switch
    {
        FinishReason.Length => "length"u8,
        FinishReason.ContentFilter or FinishReason.Refusal => "content_filter"u8,
        FinishReason.ToolCalls => "tool_calls"u8,
        _ => hasToolCalls ? "tool_calls"u8 : "stop"u8,
    };
}
