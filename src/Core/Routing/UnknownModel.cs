using Nano.Errors;
using Nano.Providers;
using Nano.Providers.Catalogue;

namespace Nano.Routing;

/// <summary>The error for an unknown model name, with near names.</summary>
internal static class UnknownModel
{
    /// <summary>The number of listed models that a name is compared with, over all providers: an error should take only milliseconds.</summary>
    private const int MaxCompared = 2000;

    /// <param name="aliases">The names that nano.json adds.</param>
    /// <param name="listed">The models that providers list; null if the caller may not see them.</param>
    public static GatewayError Error(string name, IReadOnlyList<Provider> providers, IEnumerable<string> aliases, ModelCatalogue catalogue, ListedModels? listed)
    {
        var slash = name.IndexOf('/');
        var isProviderUnknown = slash > 0 && !providers.Any(provider => name.AsSpan(0, slash).SequenceEqual(provider.Id));
        var ids = string.Join(", ", providers.Select(provider => provider.Id));
        var message = isProviderUnknown
            ? $"The model '{ModelName.Shown(name)}' does not exist: there is no provider '{ModelName.Shown(name[..slash])}' here. Providers: {ids}."
            : $"The model '{ModelName.Shown(name)}' does not exist. Name one as 'provider/model' (providers: {ids}), or see GET /v1/models.";
        var near = Near(name, slash, providers, aliases, catalogue, listed);
        return NotFound(near.Count == 0 ? message : $"{message} Near names: {string.Join(", ", near)}.");
    }

    public static GatewayError NotFound(string message) => new(GatewayErrorKind.NotFound, 404, message) { Code = "model_not_found", Param = "model" };

    /// <summary>Aliases, and models of registered providers, with a similar name, before or after the slash.</summary>
    private static List<string> Near(string name, int slash, IReadOnlyList<Provider> providers, IEnumerable<string> aliases, ModelCatalogue catalogue, ListedModels? listed)
    {
        var ids = providers.Select(provider => provider.Id).ToHashSet(StringComparer.Ordinal);
        var here = catalogue.Models.Where(model => ids.Contains(model.Provider)).ToList();
        // A list exists only for a provider that had a key when it was asked.
        if (listed is not null) here.AddRange(providers.SelectMany(listed.Of).Take(MaxCompared));
        var named = slash > 0 ? [] : NearNames.Of(name, aliases, 5);
        var near = NearNames.Of(name, here.Select(model => slash > 0 ? model.Name : model.Id), 5);
        var more = slash > 0 ? NearNames.Of(name[(slash + 1)..], here.Select(model => model.Id), 5) : [];
        return [.. named.Concat(near.Concat(more).Select(id => here.First(model => model.Name == id || model.Id == id).Name)).Distinct().Take(5)];
    }
}
