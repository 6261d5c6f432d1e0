using Nano.Json;

namespace Nano.Chat;

/// <summary>
/// How a provider counts tokens. Every provider states its own; the normal form of <see cref="Usage"/> counts
/// everything in: input includes cache reads and writes, output includes reasoning.
/// </summary>
internal sealed record UsageRules(bool InputIncludesCacheRead, bool InputIncludesCacheWrite, bool OutputIncludesReasoning)
{
    /// <summary>OpenAI, DeepSeek, Moonshot and most compatibles.</summary>
    public static UsageRules OpenAI { get; } = new(true, true, true);

    /// <summary>Anthropic, Bedrock: input leaves out what was read from or written to the cache.</summary>
    public static UsageRules Anthropic { get; } = new(false, false, true);

    /// <summary>Gemini, xAI: output leaves out reasoning.</summary>
    public static UsageRules ReasoningApart { get; } = new(true, true, false);
}

/// <summary>
/// Tokens of one response, in the normal form: <see cref="InputTokens"/> includes cache reads and writes,
/// <see cref="OutputTokens"/> includes reasoning. Null means that the provider did not report it, which is not zero.
/// </summary>
internal sealed record Usage
{
    /// <summary>A larger count is ignored; this keeps sums of hostile numbers from overflowing.</summary>
    internal const long MostTokens = 1_000_000_000_000_000;

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>.</summary>
    public long? CacheReadTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>; all lifetimes together.</summary>
    public long? CacheWriteTokens { get; init; }

    /// <summary>Part of <see cref="CacheWriteTokens"/> with the long lifetime (Anthropic 1 h, OpenAI 12 h), priced apart.</summary>
    public long? LongCacheWriteTokens { get; init; }

    /// <summary>Part of <see cref="OutputTokens"/>.</summary>
    public long? ReasoningTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>.</summary>
    public long? AudioInputTokens { get; init; }

    /// <summary>Part of <see cref="OutputTokens"/>.</summary>
    public long? AudioOutputTokens { get; init; }

    /// <summary>What is paid for, where the provider counts that apart (Cohere): prices are for these, then, and not for the tokens.</summary>
    public BilledTokens? Billed { get; init; }

    /// <summary>The tier that served the request, if the provider reports it (<c>priority</c>, <c>flex</c>, ...).</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Members of the provider's usage object without a neutral name.</summary>
    public Extras? Extras { get; init; }

    /// <summary>A count as a provider wrote it; null if that is not a number of tokens.</summary>
    public static long? Count(JsonSlice value) => value.AsInt64() is { } count and >= 0 and <= MostTokens ? count : null;

    public long? TotalTokens => InputTokens is null && OutputTokens is null ? null : (InputTokens ?? 0) + (OutputTokens ?? 0);
}

/// <summary>Tokens that are paid for. Null means that the provider did not report it.</summary>
internal sealed record BilledTokens(long? Input, long? Output);
