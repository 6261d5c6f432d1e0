using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Routing.Health;
using Nano.Secrets;

namespace Nano.Tests.Routing;

/// <summary>Aliases of deployments that receive no requests, on a stopped clock.</summary>
internal sealed class Plans
{
    private readonly Dictionary<string, Deployment> _deployments = new(StringComparer.Ordinal);

    public Plans(int seed = 1)
    {
        Random = new Random(seed);
        Health = new HealthBoard(Time, new LocalCooldowns(Time), Random);
    }

    public FakeTimeProvider Time { get; } = new();

    public Random Random { get; }

    public HealthBoard Health { get; }

    /// <summary>The one deployment of <c>provider/model</c>.</summary>
    public Deployment this[string name] => Deploy(name);

    /// <summary>The deployments of a model with several keys.</summary>
    public Deployment[] Keys(string name, params string[] keys)
    {
        var slash = name.IndexOf('/');
        var provider = FakeProvider.Create(name[..slash]) with { KeySettings = keys, HasSeveralCredentials = true };
        return [.. keys.Select((_, credential) => new Deployment(provider, name[(slash + 1)..], ModelCatalogue.Embedded, provider.DefaultBaseUrl!,
            new SettingsSecretSource(new Dictionary<string, string>()), credential: credential))];
    }

    public AliasRoute Alias(AliasConfig alias, ResilienceConfig? resilience = null) =>
        AliasRoute.Compile(alias, resilience ?? new ResilienceConfig(), Health, name => [Deploy(name)]);

    public AliasRoute Alias(string strategy, params string[] targets) => Alias(Config(strategy, targets));

    public static AliasConfig Config(string strategy, params string[] targets) =>
        new() { Name = "a", Groups = [new TargetGroup(strategy, [.. targets.Select(target => new TargetConfig(target))])] };

    public PlanWalk Walk(AliasRoute alias, RouteQuery query = default) => new(alias.Plan(query), Time, Random);

    private Deployment Deploy(string name)
    {
        if (_deployments.TryGetValue(name, out var known)) return known;
        var slash = name.IndexOf('/');
        var provider = FakeProvider.Create(name[..slash]);
        return _deployments[name] = new Deployment(provider, name[(slash + 1)..], ModelCatalogue.Embedded, provider.DefaultBaseUrl!,
            new SettingsSecretSource(new Dictionary<string, string>()));
    }
}
