using Nano.Configuration;
using Nano.Dialects;
using Nano.Providers;
using Nano.Routing;
using Nano.Secrets;

namespace Nano.Tests.Routing;

/// <summary>Which providers get keys and which get tokens, whatever the names of their settings, and after nano.json has changed.</summary>
public sealed class KeySourcesTests
{
    private const string Azure = """ "type": "azure", "base_url": "https://n.openai.azure.com/openai/v1" """;

    private const string Entra = """ "settings": { "AZURE_AUTH": "entra" } """;

    private static readonly Dictionary<string, string> Settings = new() { ["AZURE_API_KEY"] = "key", ["A"] = "a", ["B"] = "b", ["AZURE_BASE_URL"] = "https://n.openai.azure.com" };

    private readonly List<string> _scopes = [];

    // The instances; a provider; what it sends.
    [Theory]
    [InlineData($$$"""{"west":{ {{{Azure}}},{{{Entra}}} }}""", "west", "token 1")]
    [InlineData($$$"""{"west":{ {{{Azure}}},{{{Entra}}} }}""", "azure", "key")]
    [InlineData($$$"""{"west":{ {{{Azure}}},"key":"AZURE_API_KEY",{{{Entra}}} }}""", "azure", "key")]
    [InlineData($$$"""{"west":{ {{{Azure}}},"key":"AZURE_API_KEY",{{{Entra}}}},"east":{ {{{Azure}}},"key":"AZURE_API_KEY"}}""", "east", "key")]
    [InlineData($$$"""{"azure":{"keys":["A","B"],{{{Entra}}} }}""", "azure", "token 1,token 1")]
    [InlineData("""{"azure":{"keys":["A","B"]}}""", "azure", "a,b")]
    public async Task A_provider_gets_what_it_signs_with(string instances, string provider, string expected)
    {
        var providers = Read(instances);
        (await SentAsync(Sources(providers), providers, provider)).ShouldBe(expected);
    }

    [Fact]
    public async Task A_change_of_the_configuration_switches_sign_in_on_and_off()
    {
        var keys = Read($$$"""{"west":{ {{{Azure}}},"key":"A"} }""");
        var tokens = Read($$$"""{"west":{ {{{Azure}}},"key":"A",{{{Entra}}} }}""");
        var sources = Sources(keys);
        (await SentAsync(sources, keys, "west")).ShouldBe("a");
        sources = sources.For(tokens);
        (await SentAsync(sources, tokens, "west")).ShouldBe("token 1");
        (await SentAsync(sources.For(keys), keys, "west")).ShouldBe("a");
    }

    [Fact]
    public async Task A_change_of_the_configuration_keeps_the_tokens_of_providers_that_sign_in_as_before()
    {
        var before = Read($$$"""{"west":{ {{{Azure}}},{{{Entra}}}},"gov":{ {{{Azure}}},{{{Entra}}} }}""");
        var after = Read($$$"""{"west":{"type":"azure","base_url":"https://x.openai.azure.com",{{{Entra}}}},"gov":{"type":"azure","base_url":"https://g.openai.azure.us",{{{Entra}}} }}""");
        var sources = Sources(before);
        (await SentAsync(sources, before, "west")).ShouldBe("token 1");
        (await SentAsync(sources, before, "gov")).ShouldBe("token 2");
        sources = sources.For(after);
        (await SentAsync(sources, after, "west")).ShouldBe("token 1");
        (await SentAsync(sources, after, "gov")).ShouldBe("token 3", "another cloud");
        _scopes[2].ShouldBe("https://cognitiveservices.azure.us/.default");
    }

    private KeySources Sources(IReadOnlyList<Provider> providers)
    {
        var means = new TokenMeans(() => throw new InvalidOperationException(), TimeProvider.System, OnAzure: false) { Entra = scope => new FakeEntra(scope, _scopes) };
        return new KeySources(new SettingsSecretSource(Settings), means, providers);
    }

    private static async Task<string> SentAsync(KeySources sources, IReadOnlyList<Provider> providers, string id)
    {
        var provider = providers.Single(provider => provider.Id == id);
        IReadOnlyList<string>[] credentials = provider.HasSeveralCredentials ? [.. provider.KeySettings.Select(key => new[] { key })] : [provider.KeySettings];
        var sent = new List<string?>();
        foreach (var names in credentials) sent.Add((await sources.Of(provider).FindAsync(names, default)).Value);
        return string.Join(',', sent);
    }

    private static IReadOnlyList<Provider> Read(string instances)
    {
        var settings = new Dictionary<string, string>(Settings) { [GatewaySettings.Config] = $$$"""{"providers":{{{instances}}} }""" };
        var registry = new ProviderRegistry(new DialectSet(), settings);
        var (registered, _) = registry.Registered();
        var read = new ConfigSource(settings, []).Read(registered);
        read.Mistakes.ShouldBeEmpty();
        var (providers, wrong) = registry.With(read.Config, registered);
        wrong.ShouldBeEmpty();
        return providers;
    }

    private sealed class FakeEntra(string scope, List<string> scopes) : ITokenExchange
    {
        public string Issuer => "Microsoft Entra";

        public bool WantsKey => false;

        public bool Takes(in Secret key) => true;

        public Task<TokenResponse> FetchAsync(Secret key, CancellationToken cancellationToken)
        {
            scopes.Add(scope);
            return Task.FromResult(TokenResponse.Found($"token {scopes.Count}", DateTimeOffset.MaxValue, SecretOrigin.Entra));
        }
    }
}
