using Nano.Dialects;

namespace Nano.Providers.Catalogue;

/// <summary>The data of one model. Null means "unknown".</summary>
internal sealed record ModelInfo
{
    /// <summary>The <see cref="Status"/> of a model that its provider lists and the catalogue does not.</summary>
    public const string Listed = "listed";

    /// <summary>The <see cref="Output"/> of a model that embeds texts and does not chat.</summary>
    public const string Embedding = "embedding";

    /// <summary>The id of the provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's id at the provider.</summary>
    public required string Id { get; init; }

    /// <summary><c>provider/model</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Other ids under which the provider serves the same model at the same price.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Dates of snapshots that are other models than <see cref="Id"/>, with their own limits and prices.</summary>
    public IReadOnlyList<string> OtherSnapshots { get; init; } = [];

    /// <summary>Tokens of input and output together.</summary>
    public long? Context { get; init; }

    public long? MaxOutputTokens => Traits.MaxOutputTokens;

    /// <summary><c>text</c>, <c>image</c>, <c>pdf</c>, <c>audio</c>, <c>video</c>.</summary>
    public IReadOnlyList<string> Input { get; init; } = [];

    /// <summary>The same values, or <see cref="Embedding"/> alone.</summary>
    public IReadOnlyList<string> Output { get; init; } = [];

    /// <summary>Whether it is for <c>/embeddings</c>, not for chat.</summary>
    public bool Embeds => Output.Contains(Embedding);

    public required ModelTraits Traits { get; init; }

    /// <summary>Null: no price is known.</summary>
    public ModelPrices? Prices { get; init; }

    /// <summary><c>current</c>, <c>previous</c>, <c>legacy</c> or <c>preview</c>; <see cref="Listed"/> for a model that is only in a provider's list.</summary>
    public required string Status { get; init; }

    /// <summary>The day, or the first day of the month if only the month is known.</summary>
    public DateOnly? Released { get; init; }

    /// <summary>Where the data comes from.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// A name of this model as the catalogue lists it: the id in place of a name with a date that is not listed. So there are few names, whatever dates
    /// callers invent.
    /// </summary>
    public string ListedName(string name) => Aliases.Contains(name, StringComparer.Ordinal) ? name : Id;

    public override string ToString() => Name;
}
