namespace Nano.Providers.Catalogue;

/// <summary>The models that the gateway knows, read from data when first asked. Thread safe.</summary>
public sealed class ModelCatalogue
{
    /// <summary>The catalogue inside this assembly.</summary>
    public static ModelCatalogue Embedded { get; } = new();

    public IReadOnlyList<ModelInfo> Models => [];

    /// <summary>A model by its provider and id, alias or dated snapshot; null when it is not known.</summary>
    public ModelInfo? Find(string provider, string model) => null;

    /// <summary>Every model with this bare name, at any provider.</summary>
    public IReadOnlyList<ModelInfo> FindOwners(string model) => [];
}
