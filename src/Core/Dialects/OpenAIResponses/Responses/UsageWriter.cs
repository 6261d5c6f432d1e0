using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes a usage object. All its counts are mandatory here, and zero if unknown.</summary>
internal static class UsageWriter
{
    public static void Write(JsonOutput output, Usage usage)
    {
        var (input, made) = (usage.InputTokens ?? 0, usage.OutputTokens ?? 0);
        output.BeginObject();
        Number(output, "input_tokens"u8, input);
        output.Name("input_tokens_details"u8);
        output.BeginObject();
        Number(output, "cached_tokens"u8, usage.CacheReadTokens ?? 0);
        if (usage.CacheWriteTokens is { } written) Number(output, "cache_write_tokens"u8, written);
        output.EndObject();
        Number(output, "output_tokens"u8, made);
        output.Name("output_tokens_details"u8);
        output.BeginObject();
        Number(output, "reasoning_tokens"u8, usage.ReasoningTokens ?? 0);
        output.EndObject();
        Number(output, "total_tokens"u8, input + made);
        output.EndObject();
    }

    private static void Number(JsonOutput output, ReadOnlySpan<byte> name, long count)
    {
        output.Name(name);
        output.Number(count);
    }
}
