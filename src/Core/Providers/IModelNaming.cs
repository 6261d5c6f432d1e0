namespace Nano.Providers;

/// <summary>What a provider's model names mean. Stateless.</summary>
internal interface IModelNaming
{
    /// <summary>Prefixes of this provider's bare model names (<c>gpt-</c>), for names that are not in the catalogue.</summary>
    IReadOnlyList<string> Prefixes { get; }

    /// <summary>
    /// The same model at its developer's own provider. The capabilities that the catalogue lists there apply here too; the prices
    /// do not. Null if this provider is the developer, or the developer is unknown.
    /// </summary>
    /// <param name="model">The model's name at the provider.</param>
    ModelAtMaker? MakerOf(string model);
}

/// <summary>A model in the catalogue.</summary>
/// <param name="Provider">A provider's id.</param>
/// <param name="Model">The model's name at that provider.</param>
internal readonly record struct ModelAtMaker(string Provider, string Model);

/// <summary>Naming by prefixes, for a provider that serves only its own models.</summary>
internal sealed class PrefixNaming(params IReadOnlyList<string> prefixes) : IModelNaming
{
    public static PrefixNaming None { get; } = new();

    public IReadOnlyList<string> Prefixes => prefixes;

    public ModelAtMaker? MakerOf(string model) => null;
}
