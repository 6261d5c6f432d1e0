using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>Recognises members of a Chat request that request the default, so that dropping them loses nothing.</summary>
internal static class IdleMember
{
    /// <param name="name">A top-level member.</param>
    public static bool Is(JsonText name, JsonSlice value)
    {
        if (!value.HasValue) return true;
        // The gateway always sends usage.
        if (name.Is("stream_options"u8)) return true;
        if (name.Is("store"u8) || name.Is("logprobs"u8)) return value.IsFalse;
        if (name.Is("parallel_tool_calls"u8)) return value.IsTrue;
        if (name.Is("verbosity"u8)) return value.AsText().Is("medium"u8);
        if (name.Is("n"u8)) return value.AsInt64() == 1;
        if (name.Is("frequency_penalty"u8) || name.Is("presence_penalty"u8) || name.Is("top_logprobs"u8)) return value.AsDouble() == 0;
        // The defaults of providers with these members (https://openrouter.ai/docs/api-reference/parameters).
        if (name.Is("repetition_penalty"u8)) return value.AsDouble() == 1;
        if (name.Is("min_p"u8) || name.Is("top_a"u8)) return value.AsDouble() == 0;
        if (name.Is("modalities"u8)) return IsOnly(value, "text"u8);
        if (name.Is("logit_bias"u8) || name.Is("metadata"u8)) return IsEmpty(value);
        if (name.Is("tools"u8) || name.Is("stop"u8)) return value.IsArray && IsEmpty(value);
        return false;
    }

    /// <summary>Whether a value is an array with exactly this one string.</summary>
    private static bool IsOnly(JsonSlice value, ReadOnlySpan<byte> word)
    {
        if (!value.IsArray) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterArray();
        return cursor.NextElement() && cursor.TakeValue().AsText().Is(word) && !cursor.NextElement();
    }

    private static bool IsEmpty(JsonSlice value)
    {
        var cursor = new JsonCursor(value.Memory);
        if (value.IsArray) return !cursor.NextElement();
        return value.IsObject && !cursor.NextMember();
    }
}
