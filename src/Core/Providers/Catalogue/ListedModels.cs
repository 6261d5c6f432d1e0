using System.Collections.Concurrent;

namespace Nano.Providers.Catalogue;

/// <summary>
/// What providers last said they have beyond the catalogue: a list each, replaced whole. It asks no one and forgets nothing
/// while the process lives. Thread safe.
/// </summary>
internal sealed class ListedModels
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<ModelInfo>> _lists = new(StringComparer.Ordinal);

    /// <summary>In the provider's order; empty where it has said nothing, or nothing that the catalogue does not know.</summary>
    public IReadOnlyList<ModelInfo> Of(Provider provider) => _lists.GetValueOrDefault(provider.Id) ?? [];

    /// <summary>It has answered, if only with an empty list.</summary>
    public bool Has(Provider provider) => _lists.ContainsKey(provider.Id);

    /// <summary>A model by the name under which it is listed; null when it is not, or is one of the catalogue.</summary>
    public ModelInfo? Find(Provider provider, string model)
    {
        foreach (var listed in Of(provider)) if (listed.Id == model) return listed;
        return null;
    }

    /// <summary>
    /// Keeps a provider's list. What it calls as the catalogue does is left to the catalogue; an alias or a dated snapshot of such a
    /// model has the catalogue's data; of anything else no more is known than the list tells.
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
