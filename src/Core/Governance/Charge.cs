using Nano.Chat;
using Nano.Routing;
using Nano.State;

namespace Nano.Governance;

/// <summary>What an attempt costs.</summary>
internal static class Charge
{
    private const int MostName = 256;

    /// <param name="used">Reported, or estimated.</param>
    /// <param name="isReported">The provider reported it for the whole response.</param>
    /// <param name="own">The policy's price, if the catalogue has none; null for none.</param>
    /// <param name="at">When the attempt was reserved, which decides the price.</param>
    /// <param name="estimate">What is charged if the price is not known.</param>
    /// <returns>The settlement, and its cost in USD; null if the price is not known.</returns>
    public static (Settlement Settlement, decimal? Cost) Of(
        Usage used, bool isReported, Deployment deployment, string? answered, PolicyPrice? own, DateTimeOffset at, Amount estimate, string? outcome, string? losses)
    {
        var prices = deployment.PricesOf(answered);
        var known = prices?.Cost(used, at, used.ServiceTier);
        var cost = known ?? own?.Cost(Count(used.InputTokens), Count(used.OutputTokens));
        var settlement = new Settlement
        {
            Actual = new Amount(cost is { } usd ? Amount.NanoOf(usd) : estimate.NanoUsd, Count(used.TotalTokens)),
            IsPresumed = !isReported || cost is null,
            InputTokens = Count(used.InputTokens),
            OutputTokens = Count(used.OutputTokens),
            CacheReadTokens = Count(used.CacheReadTokens),
            CacheWriteTokens = Count(used.CacheWriteTokens),
            LongCacheWriteTokens = Count(used.LongCacheWriteTokens),
            ReasoningTokens = Count(used.ReasoningTokens),
            AudioInputTokens = Count(used.AudioInputTokens),
            AudioOutputTokens = Count(used.AudioOutputTokens),
            Billed = used.Billed is { Input: { } billedInput, Output: { } billedOutput } ? (Count(billedInput), Count(billedOutput)) : null,
            PricedModel = ReferenceEquals(prices, deployment.Prices) ? null : Name(answered),
            PriceVersion = known is null && cost is not null ? PolicyPrice.Version : prices?.VersionAt(at),
            Tier = used.ServiceTier,
            Outcome = outcome,
            Losses = losses,
        };
        return (settlement, cost);
    }

    /// <summary>A provider can report anything; what is not a name has no known price either.</summary>
    private static string? Name(string? answered) => answered is { Length: > MostName } || answered.AsSpan().ContainsAnyExceptInRange('!', '~') ? "?" : answered;

    private static long Count(long? tokens) => Math.Clamp(tokens ?? 0, 0, Usage.MostTokens);
}
