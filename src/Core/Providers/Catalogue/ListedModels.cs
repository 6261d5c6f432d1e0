using System.Collections.Concurrent;

namespace Nano.Providers.Catalogue;

/// <summary>
/// The models that providers last listed beyond the catalogue: one list per provider, replaced as a whole. It sends no requests
/// and keeps every list while the process lives. Thread safe.
/// </summary>
internal sealed class ListedModels
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<ModelInfo>> _lists = new(StringComparer.Ordinal);

    /// <summary>In the provider's order; empty if the provider has not listed any model that is missing from the catalogue.</summary>
    public IReadOnlyList<ModelInfo> Of(Provider provider) => _lists.GetValueOrDefault(provider.Id) ?? [];

    /// <summary>Whether the provider has responded, even with an empty list.</summary>
    public bool Has(Provider provider) => _lists.ContainsKey(provider.Id);

    /// <summary>A model by its listed name; null if it is not listed or is in the catalogue.</summary>
    public ModelInfo? Find(Provider provider, string model)
    {
        foreach (var listed in Of(provider)) if (listed.Id == model) return listed;
        return null;
    }

    /// <summary>
    /// Stores a provider's list. Models with a name of the catalogue are left to the catalogue; an alias or a dated snapshot of such a
    /// model gets the catalogue's data; other models have only the list's data.
    /// </summary>
    internal void Set(Provider provider, ModelCatalogue catalogue, IEnumerable<ListedModel> models)
    {
        var more = new List<ModelInfo>();
        foreach (var listed in models)
        {
            var known = catalogue.Find(provider.Id, listed.Id);
            if (known?.Id == listed.Id) continue;
            var name = provider.Id + "/" + listed.Id;
            more.Add(known is not null
                ? known with { Id = listed.Id, Name = name }
                : new ModelInfo { Provider = provider.Id, Id = listed.Id, Name = name, Context = listed.Context, Output = listed.Embeds ? [ModelInfo.Embedding] : [],
                Traits = new(), Status = ModelInfo.Listed, Source = "the provider's list of models" });
        }
        _lists[provider.Id] = more;
    }
}
