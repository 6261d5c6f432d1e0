using System.Text;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes a usage object.</summary>
internal static class UsageWriter
{
    /// <summary>
    /// Writes usage from the normal form. The three counts are mandatory in Chat and zero if unknown; all others
    /// are absent if unknown.
    /// </summary>
    /// <param name="cost">In USD, as a JSON number; null to leave it out. OpenRouter's clients read it as <c>usage.cost</c>, and others ignore it.</param>
    public static void Write(JsonOutput output, Usage usage, string? cost = null)
    {
        var (input, made) = (usage.InputTokens ?? 0, usage.OutputTokens ?? 0);
        output.BeginObject();
        Number(output, "prompt_tokens"u8, input);
        Number(output, "completion_tokens"u8, made);
        Number(output, "total_tokens"u8, input + made);
        if ((usage.CacheReadTokens ?? usage.CacheWriteTokens ?? usage.AudioInputTokens) is not null)
        {
            output.Name("prompt_tokens_details"u8);
            output.BeginObject();
            Number(output, "cached_tokens"u8, usage.CacheReadTokens);
            Number(output, "cache_write_tokens"u8, usage.CacheWriteTokens);
            Number(output, "audio_tokens"u8, usage.AudioInputTokens);
            output.EndObject();
        }
        if ((usage.ReasoningTokens ?? usage.AudioOutputTokens) is not null)
        {
            output.Name("completion_tokens_details"u8);
            output.BeginObject();
            Number(output, "reasoning_tokens"u8, usage.ReasoningTokens);
            Number(output, "audio_tokens"u8, usage.AudioOutputTokens);
            output.EndObject();
        }
        if (usage.Billed is { } billed)
        {
            // Cohere's member: its token counts do not determine the price.
            output.Name("billed_units"u8);
            output.BeginObject();
            Number(output, "input_tokens"u8, billed.Input);
            Number(output, "output_tokens"u8, billed.Output);
            output.EndObject();
        }
        if (cost is not null)
        {
            output.Name("cost"u8);
            output.Raw(Encoding.UTF8.GetBytes(cost));
        }
        output.EndObject();
    }

    /// <summary>
    /// The tier that served the request, by OpenAI's name if there is one: other providers' <c>standard</c> is its
    /// <c>default</c> (https://platform.openai.com/docs/api-reference/chat/object).
    /// </summary>
    public static string TierOf(string tier) => tier == "standard" ? "default" : tier;

    private static void Number(JsonOutput output, ReadOnlySpan<byte> name, long? count)
    {
        if (count is not { } known) return;
        output.Name(name);
        output.Number(known);
    }
}
