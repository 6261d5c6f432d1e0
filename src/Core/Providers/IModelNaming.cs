namespace Nano.Providers;

/// <summary>What a provider's model names mean. Stateless.</summary>
internal interface IModelNaming
{
    /// <summary>How bare model names of this provider begin (<c>gpt-</c>), for names that the catalogue does not have.</summary>
    IReadOnlyList<string> Prefixes { get; }

    /// <summary>
    /// The same model at the provider that made it: what the catalogue knows there of its abilities applies here too, its prices do
    /// not. Null where it runs at its developer's, or the developer is unknown.
    /// </summary>
    /// <param name="model">The model's name at the provider.</param>
    ModelAtMaker? MakerOf(string model);
}

/// <summary>A model of the catalogue.</summary>
/// <param name="Provider">An id.</param>
/// <param name="Model">The model's name at that provider.</param>
internal readonly record struct ModelAtMaker(string Provider, string Model);

/// <summary>Names whose beginnings belong to the provider, of models that run at their developer's.</summary>
internal sealed class PrefixNaming(params IReadOnlyList<string> prefixes) : IModelNaming
{
    public static PrefixNaming None { get; } = new();

    public IReadOnlyList<string> Prefixes => prefixes;

    public ModelAtMaker? MakerOf(string model) => null;
}
