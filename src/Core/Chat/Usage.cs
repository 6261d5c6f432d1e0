using Nano.Json;

namespace Nano.Chat;

/// <summary>
/// How a provider counts tokens. Each provider declares its own rules. The normal form of <see cref="Usage"/> is inclusive:
/// input includes cache reads and writes, output includes reasoning.
/// </summary>
internal sealed record UsageRules(bool InputIncludesCacheRead, bool InputIncludesCacheWrite, bool OutputIncludesReasoning)
{
    /// <summary>OpenAI, DeepSeek, Moonshot and most compatible providers.</summary>
    public static UsageRules OpenAI { get; } = new(true, true, true);

    /// <summary>Anthropic, Bedrock: input excludes tokens read from or written to the cache.</summary>
    public static UsageRules Anthropic { get; } = new(false, false, true);

    /// <summary>Gemini, xAI: output excludes reasoning.</summary>
    public static UsageRules ReasoningApart { get; } = new(true, true, false);
}

/// <summary>
/// Tokens of one response, in the normal form: <see cref="InputTokens"/> includes cache reads and writes,
/// <see cref="OutputTokens"/> includes reasoning. Null means that the provider did not report it, which is not zero.
/// </summary>
internal sealed record Usage
{
    /// <summary>Larger counts are ignored, so that sums of hostile numbers cannot overflow.</summary>
    internal const long MostTokens = 1_000_000_000_000_000;

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>.</summary>
    public long? CacheReadTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>; all lifetimes together.</summary>
    public long? CacheWriteTokens { get; init; }

    /// <summary>Part of <see cref="CacheWriteTokens"/> with the long lifetime (Anthropic 1 h, OpenAI 12 h), which has its own price.</summary>
    public long? LongCacheWriteTokens { get; init; }

    /// <summary>Part of <see cref="OutputTokens"/>.</summary>
    public long? ReasoningTokens { get; init; }

    /// <summary>Part of <see cref="InputTokens"/>.</summary>
    public long? AudioInputTokens { get; init; }

    /// <summary>Part of <see cref="OutputTokens"/>.</summary>
    public long? AudioOutputTokens { get; init; }

    /// <summary>The billed tokens, if the provider counts them separately (Cohere). Prices then apply to these, not to the tokens.</summary>
    public BilledTokens? Billed { get; init; }

    /// <summary>The tier that served the request, if the provider reports it (<c>priority</c>, <c>flex</c>, ...).</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Members of the provider's usage object without a neutral name.</summary>
    public Extras? Extras { get; init; }

    /// <summary>Parses a provider's count; null if it is not a number of tokens.</summary>
    public static long? Count(JsonSlice value) => value.AsInt64() is { } count and >= 0 and <= MostTokens ? count : null;

    public long? TotalTokens => InputTokens is null && OutputTokens is null ? null : (InputTokens ?? 0) + (OutputTokens ?? 0);
}

/// <summary>Billed tokens. Null means that the provider did not report it.</summary>
internal sealed record BilledTokens(long? Input, long? Output);
