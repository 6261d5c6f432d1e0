using Nano.Json;

namespace Nano.Dialects.Embeddings;

/// <summary>A provider's whole response. Its slices borrow from the provider's bytes.</summary>
internal sealed class EmbeddingResponse
{
    /// <summary>In the order of the inputs.</summary>
    public required IReadOnlyList<EmbeddingVector> Vectors { get; init; }

    /// <summary>The model that responded; null when the provider does not report one.</summary>
    public string? Model { get; init; }

    /// <summary>Tokens of the inputs; null when the provider does not report them, which is not zero.</summary>
    public long? Tokens { get; init; }

    /// <summary>True if a response with a success status is an error; it then has no vectors.</summary>
    public bool IsError { get; init; }
}

/// <summary>One vector: a JSON list of numbers, or base64 of little-endian 32-bit floats.</summary>
internal readonly record struct EmbeddingVector
{
    public JsonSlice Numbers { get; init; }

    public JsonText Base64 { get; init; }

    /// <exception cref="DialectException">The value is neither.</exception>
    public static EmbeddingVector Of(JsonSlice value) =>
        value.IsArray ? new EmbeddingVector { Numbers = value }
        : value.IsText ? new EmbeddingVector { Base64 = value.AsText() }
        : throw EmbeddingCalls.Malformed();
}
