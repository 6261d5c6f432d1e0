using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>A caller's request for embeddings, in a neutral form. Its slices borrow from the caller's body.</summary>
internal sealed class EmbeddingRequest
{
    public required IReadOnlyList<EmbeddingInput> Inputs { get; set; }

    /// <summary>The caller asks for vectors as base64 of little-endian 32-bit floats, not as lists of numbers.</summary>
    public bool AsBase64 { get; init; }

    /// <summary>A member of the request is <c>null</c>.</summary>
    public bool HasNulls { get; init; }

    /// <summary>An id of the caller's end user.</summary>
    public JsonText User { get; init; }

    /// <summary>Members without a neutral name, tagged with the name of the caller's API.</summary>
    public Extras? Extras { get; init; }

    /// <summary>The names, in the caller's API, of the members that have a neutral name.</summary>
    public EmbeddingNames Names { get; init; } = EmbeddingNames.OpenAI;
}

/// <summary>One input, which becomes one vector: a text, tokens or content. A content that consists of texts also has them joined as a text.</summary>
internal readonly record struct EmbeddingInput(EmbeddingOptions Options)
{
    public JsonText Text { get; init; }

    /// <summary>A list of token ids of an OpenAI tokenizer.</summary>
    public JsonSlice Tokens { get; init; }

    /// <summary>Something other than text (an image) in the form of the caller's API.</summary>
    public JsonSlice Content { get; init; }

    /// <summary><see cref="Content"/> is a <c>Content</c> of Gemini's API.</summary>
    public bool IsGeminiContent { get; init; }

    /// <summary>Its path in the caller's request: <c>input[3]</c>.</summary>
    public required string Path { get; init; }
}

/// <summary>The options of an input. Gemini's API sets them per input, other APIs once for all inputs.</summary>
internal sealed record EmbeddingOptions
{
    public static EmbeddingOptions None { get; } = new();

    /// <summary>The length of the vectors; null for the model's own.</summary>
    public long? Dimensions { get; init; }

    public EmbeddingTask Task { get; init; }

    /// <summary>The member that sets <see cref="Task"/>, for loss reports.</summary>
    public string TaskMember { get; init; } = "input_type";

    /// <summary>The task as the caller wrote it.</summary>
    public string? TaskWord { get; init; }

    /// <summary>The title of a document.</summary>
    public string? Title { get; init; }

    /// <summary>Whether an input that is too long for the model is truncated (true) or refused (false); null for the provider's default.</summary>
    public bool? Truncate { get; init; }
}

/// <summary>Names of members, for loss reports.</summary>
internal sealed record EmbeddingNames(string Dimensions, string Title, string Truncate)
{
    public static EmbeddingNames OpenAI { get; } = new("dimensions", "title", "truncate");

    public static EmbeddingNames Gemini { get; } = new("outputDimensionality", "title", "autoTruncate");
}

/// <summary>What the vectors are for.</summary>
internal enum EmbeddingTask
{
    /// <summary>Nothing was set.</summary>
    None,
    Query,
    Document,
    Similarity,
    Classification,
    Clustering,
    QuestionAnswering,
    FactVerification,
    CodeQuery,
    /// <summary>A value without a neutral name.</summary>
    Other,
}
