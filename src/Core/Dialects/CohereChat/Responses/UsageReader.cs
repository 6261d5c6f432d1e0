using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Responses;

/// <summary>
/// <c>{"tokens":{...},"billed_units":{...},"cached_tokens":n}</c>: <c>tokens</c> are all tokens that the model processed, including the
/// provider's own instructions, cached tokens and reasoning; <c>billed_units</c> are fewer, and the basis of prices
/// (https://docs.cohere.com/docs/how-does-cohere-pricing-work).
/// </summary>
internal static class UsageReader
{
    public static Usage? Read(JsonSlice usage, bool keepMembers)
    {
        if (!usage.IsObject) return null;
        JsonSlice tokens = default, billed = default;
        long? cached = null;
        Extras? extras = null;
        var cursor = new JsonCursor(usage.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("tokens"u8)) tokens = value;
            else if (name.Is("billed_units"u8)) billed = value;
            else if (name.Is("cached_tokens"u8)) cached = Usage.Count(value);
            if (keepMembers) Extras.Add(ref extras, CohereChatDialect.DialectName, name, value);
        }
        // If one is missing, use the other.
        var counted = tokens.IsObject ? tokens : billed;
        return new Usage
        {
            InputTokens = Usage.Count(counted.Member("input_tokens"u8)),
            OutputTokens = Usage.Count(counted.Member("output_tokens"u8)),
            CacheReadTokens = cached,
            ReasoningTokens = Usage.Count(counted.Member("reasoning_tokens"u8)),
            Billed = billed.IsObject ? new BilledTokens(Usage.Count(billed.Member("input_tokens"u8)), Usage.Count(billed.Member("output_tokens"u8))) : null,
            Extras = extras,
        };
    }
}
