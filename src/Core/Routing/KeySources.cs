using Nano.Providers;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>
/// The source of each provider's keys: the common one, or tokens of its own for a provider that signs in. Two instances that name the same setting do
/// not share tokens: one of them may send the key itself, or sign in elsewhere. Immutable; another configuration has another one.
/// </summary>
internal sealed class KeySources
{
    private readonly ISecretSource _common;
    private readonly TokenMeans? _means;
    private readonly Dictionary<string, (Provider Provider, TokenSource Source)> _tokens = new(StringComparer.Ordinal);

    /// <param name="common">All keys, by the names of their settings.</param>
    /// <param name="means">Null if no provider signs in.</param>
    public KeySources(ISecretSource common, TokenMeans? means, IReadOnlyList<Provider> providers) : this(common, means, providers, null)
    {
    }

    private KeySources(ISecretSource common, TokenMeans? means, IReadOnlyList<Provider> providers, KeySources? former)
    {
        (_common, _means) = (common, means);
        if (means is null) return;
        foreach (var provider in providers)
            if (provider.Credentials.SignIn is { } signIn)
                _tokens[provider.Id] = former?.Kept(provider)
                    ?? (provider, new TokenSource(common, provider.KeySettings[0], () => signIn.Exchange(means), means.Time));
    }

    /// <summary>The sources of another configuration. A provider that signs in as before keeps its tokens.</summary>
    public KeySources For(IReadOnlyList<Provider> providers) => new(_common, _means, providers, this);

    /// <param name="provider">One of the providers of this configuration.</param>
    public ISecretSource Of(Provider provider) => _tokens.TryGetValue(provider.Id, out var own) ? own.Source : _common;

    private (Provider Provider, TokenSource Source)? Kept(Provider provider) =>
        _tokens.TryGetValue(provider.Id, out var own) && own.Provider.KeySettings.SequenceEqual(provider.KeySettings, StringComparer.Ordinal)
        && own.Provider.Credentials.SignIn!.Settings.Equals(provider.Credentials.SignIn!.Settings) ? own : null;
}
