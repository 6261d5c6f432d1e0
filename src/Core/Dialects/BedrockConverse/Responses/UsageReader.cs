using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.BedrockConverse.Responses;

/// <summary>
/// Reads <c>usage</c>. Input excludes tokens read from or written to the cache, which some models report under two names
/// (<c>cacheReadInputTokens</c>, <c>cacheReadInputTokenCount</c>): only one of them is read (case 21: BerriAI/litellm#34497).
/// </summary>
internal static class UsageReader
{
    /// <param name="tier">The <c>serviceTier</c> beside it: {"type": "flex"}.</param>
    public static Usage? Read(JsonSlice usage, JsonSlice tier, UsageRules rules)
    {
        if (!usage.IsObject) return null;
        long? input = null, output = null, read = null, written = null, longWritten = null;
        var cursor = new JsonCursor(usage.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (name.Is("inputTokens"u8)) input = Usage.Count(value);
            else if (name.Is("outputTokens"u8)) output = Usage.Count(value);
            else if (name.Is("cacheReadInputTokens"u8)) read = Usage.Count(value);
            else if (name.Is("cacheWriteInputTokens"u8)) written = Usage.Count(value);
            else if (name.Is("cacheDetails"u8) && value.IsArray) longWritten = LongOf(value);
        }
        if (!rules.InputIncludesCacheRead) input += read ?? 0;
        if (!rules.InputIncludesCacheWrite) input += written ?? 0;
        var word = tier.Member("type"u8).AsText();
        return new Usage
        {
            InputTokens = input,
            OutputTokens = output,
            CacheReadTokens = read,
            CacheWriteTokens = written,
            LongCacheWriteTokens = longWritten,
            ServiceTier = word.HasValue ? word.ToString() : null,
        };
    }

    /// <summary>The tokens written with a lifetime of one hour, from <c>[{"ttl":"5m","inputTokens":236}]</c>.</summary>
    private static long? LongOf(JsonSlice details)
    {
        long? sum = null;
        var cursor = new JsonCursor(details.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var detail = cursor.TakeValue();
            if (detail.Member("ttl"u8).AsText().Is("1h"u8) && Usage.Count(detail.Member("inputTokens"u8)) is { } count) sum = (sum ?? 0) + count;
        }
        return sum;
    }
}
