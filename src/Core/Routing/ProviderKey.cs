using Nano.Errors;
using Nano.Providers;
using Nano.Secrets;

namespace Nano.Routing;

/// <summary>A provider's key and where it was found, or why there is none; neither for a provider that needs no key. It never shows its value.</summary>
internal readonly struct ProviderKey
{
    private readonly string? _setting;
    private readonly SecretOrigin _origin;

    private ProviderKey(in Secret secret, GatewayError? error) => (Value, _setting, _origin, Error) = (secret.Value, secret.Setting, secret.Origin, error);

    public string? Value { get; }

    public GatewayError? Error { get; }

    /// <param name="secret">With a value.</param>
    public static ProviderKey Of(in Secret secret) => new(secret, null);

    public static ProviderKey None(GatewayError error) => new(Secret.Missing, error);

    /// <summary>
    /// Where the operator finds the key, as a noun: <c>the setting OPENAI_API_KEY</c>. Callers see it, so it does not name the key of a provider that has
    /// several; usage records do.
    /// </summary>
    public string PlaceAt(Provider provider)
    {
        if (provider.HasSeveralCredentials) return $"one of the keys of '{provider.Id}' in nano.json";
        if (provider.KeySettings.Count == 0) return $"'key' of '{provider.Id}' in nano.json";
        var setting = _setting;
        // The parts may come from different sources.
        if (provider.KeyParts.Any(part => part.Name == setting))
            return $"{string.Join(", ", provider.KeyParts.SkipLast(1).Select(part => part.Name))} and {provider.KeyParts[^1].Name} (or the Key Vault secrets of those names)";
        return _origin switch
        {
            SecretOrigin.Setting => $"the setting {setting}",
            SecretOrigin.KeyVault => $"the Key Vault secret '{SecretName.Of(setting!)}'",
            _ => $"the setting {provider.KeySettings[0]} or the Key Vault secret '{SecretName.Of(provider.KeySettings[0])}'",
        };
    }

    public override string ToString() => Error?.Message ?? (Value is null ? "no key needed" : "set");
}
