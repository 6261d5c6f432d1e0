using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>Writes usage by Anthropic's rules: <c>input_tokens</c> excludes tokens read from or written to the cache.</summary>
internal static class UsageWriter
{
    /// <summary>Writes the known members into the open object.</summary>
    public static void WriteKnown(Usage usage, JsonOutput output)
    {
        Count("input_tokens"u8, usage.InputTokens is { } all ? Math.Max(0, all - (usage.CacheReadTokens ?? 0) - (usage.CacheWriteTokens ?? 0)) : null, output);
        Count("cache_creation_input_tokens"u8, usage.CacheWriteTokens, output);
        Count("cache_read_input_tokens"u8, usage.CacheReadTokens, output);
        Count("output_tokens"u8, usage.OutputTokens, output);
    }

    /// <summary>For a response of another dialect: also writes the members that clients of this one expect, with zero or null if unknown.</summary>
    public static void WriteWhole(Usage? usage, JsonOutput output)
    {
        usage ??= new Usage();
        WriteKnown(usage with { InputTokens = usage.InputTokens ?? 0, OutputTokens = usage.OutputTokens ?? 0 }, output);
        // These members are always present, and null if a provider has no such count.
        if (usage.CacheWriteTokens is null) Null("cache_creation_input_tokens"u8, output);
        if (usage.CacheReadTokens is null) Null("cache_read_input_tokens"u8, output);
        if (usage.LongCacheWriteTokens is { } extended)
        {
            output.Name("cache_creation"u8);
            output.BeginObject();
            Count("ephemeral_5m_input_tokens"u8, Math.Max(0, (usage.CacheWriteTokens ?? 0) - extended), output);
            Count("ephemeral_1h_input_tokens"u8, extended, output);
            output.EndObject();
        }
        if (usage.ReasoningTokens is not { } reasoning) return;
        output.Name("output_tokens_details"u8);
        output.BeginObject();
        Count("thinking_tokens"u8, reasoning, output);
        output.EndObject();
    }

    private static void Null(ReadOnlySpan<byte> name, JsonOutput output)
    {
        output.Name(name);
        output.Null();
    }

    private static void Count(ReadOnlySpan<byte> name, long? value, JsonOutput output)
    {
        if (value is not { } count) return;
        output.Name(name);
        output.Number(count);
    }
}
