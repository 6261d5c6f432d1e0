using System.Collections.Concurrent;
using Nano.Errors;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>
/// Finds what a model name means. <c>provider/model</c> goes to that provider, known model or not; a bare name to the
/// provider that owns it by the catalogue, else by the prefixes of the providers. Singleton; one lookup per request.
/// </summary>
public sealed class Router(IReadOnlyList<IProvider> providers, ModelCatalogue catalogue, GatewayOptions options, ISecretSource secrets)
{
    private readonly ConcurrentDictionary<string, Deployment> _known = new(StringComparer.Ordinal);

    public IReadOnlyList<IProvider> Providers => providers;

    public ModelCatalogue Catalogue => catalogue;

    /// <summary>Exactly one of deployment and error is there. A missing key is not found here but by <see cref="Deployment.GetKeyAsync"/>.</summary>
    public Resolution Resolve(string model)
    {
        if (_known.TryGetValue(model, out var known)) return new Resolution(known, null);
        var slash = model.IndexOf('/');
        foreach (var provider in providers)
        {
            if (slash > 0 && provider.Id.Length == slash && model.StartsWith(provider.Id, StringComparison.Ordinal)) return Found(model, provider, model[(slash + 1)..]);
        }
        foreach (var provider in providers)
        {
            if (catalogue.Find(provider.Id, model) is not null || provider.ModelPrefixes.Any(prefix => model.StartsWith(prefix, StringComparison.Ordinal))) return Found(model, provider, model);
        }
        return new Resolution(null, new GatewayError(GatewayErrorKind.NotFound, 404, "There is no such model.") { Code = "model_not_found", Param = "model" });
    }

    private Resolution Found(string name, IProvider provider, string model)
    {
        var baseUrl = options.BaseUrls.GetValueOrDefault(provider.Id) ?? provider.DefaultBaseUrl ?? "http://nano.invalid";
        return new Resolution(new Deployment(provider, model, catalogue.Find(provider.Id, model), baseUrl, secrets), null);
    }
}

/// <summary>What a model name means, or why it means nothing.</summary>
public readonly record struct Resolution(Deployment? Deployment, GatewayError? Error);
