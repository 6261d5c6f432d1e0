using Nano.Dialects;

namespace Nano.Providers.Catalogue;

/// <summary>What is known of one model. A null is "not known".</summary>
public sealed record ModelInfo
{
    /// <summary>The id of the provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The model in the provider's own words.</summary>
    public required string Id { get; init; }

    /// <summary><c>provider/model</c>.</summary>
    public string Name => Provider + "/" + Id;

    /// <summary>Tokens of input and output together.</summary>
    public long? Context { get; init; }

    public long? MaxOutputTokens => Traits.MaxOutputTokens;

    /// <summary><c>text</c>, <c>image</c>, <c>pdf</c>, <c>audio</c>, <c>video</c>.</summary>
    public IReadOnlyList<string> Input { get; init; } = [];

    /// <inheritdoc cref="Input"/>
    public IReadOnlyList<string> Output { get; init; } = [];

    public required ModelTraits Traits { get; init; }

    /// <summary>Null: no price is known.</summary>
    public ModelPrices? Prices { get; init; }
}
