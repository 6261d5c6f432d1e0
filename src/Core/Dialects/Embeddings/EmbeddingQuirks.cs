namespace Nano.Dialects.Embeddings;

/// <summary>How an OpenAI-compatible provider's embeddings differ from OpenAI's. Data, from the provider's documentation or a recording.</summary>
internal sealed record EmbeddingQuirks
{
    /// <summary>The maximum number of inputs per request. OpenAI: "any array must be 2048 dimensions or less".</summary>
    public int MaxInputs { get; init; } = 2048;

    /// <summary>Null: the length of vectors cannot be chosen.</summary>
    public string? DimensionsMember { get; init; } = "dimensions";

    /// <summary>The member that requests base64; null if the provider sends only lists of numbers.</summary>
    public string? EncodingMember { get; init; } = "encoding_format";

    /// <summary>Token ids are refused.</summary>
    public bool TextOnly { get; init; }

    /// <summary>A member that is <c>null</c> is refused.</summary>
    public bool RefusesNulls { get; init; }

    /// <summary>An unknown member <c>user</c> is refused.</summary>
    public bool RefusesUser { get; init; }

    /// <summary>Null: the provider has no member for the task; a caller's own member is forwarded, and the provider may refuse it.</summary>
    public string? TaskMember { get; init; }

    /// <summary>The provider's name of a task; null if it has none.</summary>
    public Func<EmbeddingTask, string?> TaskWord { get; init; } = static _ => null;

    /// <summary>Sent if the caller sets no task and the provider requires one.</summary>
    public string? DefaultTask { get; init; }

    /// <summary>A boolean member that enables truncation; null if there is none.</summary>
    public string? TruncateMember { get; init; }

    /// <summary><c>usage</c> has only <c>total_tokens</c>.</summary>
    public bool UsageWithoutPromptTokens { get; init; }
}
