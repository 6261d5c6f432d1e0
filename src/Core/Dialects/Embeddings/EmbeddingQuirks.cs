namespace Nano.Dialects.Embeddings;

/// <summary>How an OpenAI-compatible provider's embeddings differ from OpenAI's. Data, from the provider's documentation or a recording.</summary>
internal sealed record EmbeddingQuirks
{
    /// <summary>The most inputs of one request. OpenAI: "any array must be 2048 dimensions or less".</summary>
    public int MaxInputs { get; init; } = 2048;

    /// <summary>Null: the length of vectors cannot be chosen.</summary>
    public string? DimensionsMember { get; init; } = "dimensions";

    /// <summary>The member that asks for base64; null where only lists of numbers are sent.</summary>
    public string? EncodingMember { get; init; } = "encoding_format";

    /// <summary>Token ids are refused.</summary>
    public bool TextOnly { get; init; }

    /// <summary>A member that is <c>null</c> is refused.</summary>
    public bool RefusesNulls { get; init; }

    /// <summary>An unknown member <c>user</c> is refused.</summary>
    public bool RefusesUser { get; init; }

    /// <summary>Null: the provider has no member for what the vectors are for, and a caller's own member passes or is refused there.</summary>
    public string? TaskMember { get; init; }

    /// <summary>The provider's name of a task; null where it has none.</summary>
    public Func<EmbeddingTask, string?> TaskWord { get; init; } = static _ => null;

    /// <summary>Sent where a caller sets no task and the provider insists on one.</summary>
    public string? DefaultTask { get; init; }

    /// <summary>A boolean member; null where there is none.</summary>
    public string? TruncateMember { get; init; }

    /// <summary><c>usage</c> has only <c>total_tokens</c>.</summary>
    public bool UsageWithoutPromptTokens { get; init; }
}
