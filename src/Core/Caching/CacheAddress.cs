namespace Nano.Caching;

/// <summary>Where entries are kept besides the memory of the process, from the setting <c>CACHE_STORE</c>.</summary>
/// <param name="Kind">One of the constants.</param>
/// <param name="Value">The state store's address for Redis, the container's for blobs.</param>
internal sealed record CacheAddress(string Kind, string Value)
{
    public const string Setting = "CACHE_STORE";

    public const string Memory = "memory", Redis = "redis", Blob = "blob";

    /// <summary>The container if the address names none.</summary>
    public const string Container = "nano-cache";

    private const string Emulator = "UseDevelopmentStorage=true";

    public static CacheAddress InMemory { get; } = new(Memory, "");

    /// <param name="state">The state store.</param>
    /// <param name="mistakes">Receives the errors in the setting.</param>
    public static CacheAddress Read(IReadOnlyDictionary<string, string> settings, State.StateAddress state, List<string> mistakes)
    {
        if (!settings.TryGetValue(Setting, out var value) || string.IsNullOrWhiteSpace(value)) return InMemory;
        value = value.Trim();
        if (value.Equals(Memory, StringComparison.OrdinalIgnoreCase)) return InMemory;
        if (value.Equals(Redis, StringComparison.OrdinalIgnoreCase))
        {
            if (state.Kind == State.StateAddress.Redis) return new CacheAddress(Redis, state.Value);
            mistakes.Add($"{Setting} is redis, and {State.StateAddress.Setting} is not: the cache uses the state store's server.");
            return InMemory;
        }
        var colon = value.IndexOf(':');
        if (colon > 0 && value.AsSpan(0, colon).Equals(Blob, StringComparison.OrdinalIgnoreCase) && Normalize(value[(colon + 1)..].Trim()) is { } address)
            return new CacheAddress(Blob, address);
        mistakes.Add($"{Setting} must be memory, redis, blob:https://ACCOUNT.blob.core.windows.net[/CONTAINER], or blob:{Emulator}.");
        return InMemory;
    }

    /// <summary>Account keys are not accepted: the gateway signs in with its identity.</summary>
    private static string? Normalize(string value)
    {
        if (value.Equals(Emulator, StringComparison.OrdinalIgnoreCase) || value.Contains("AccountName=devstoreaccount1;", StringComparison.Ordinal)) return value;
        if (!Uri.TryCreate(value, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps || address.Query.Length > 0 || address.UserInfo.Length > 0)
            return null;
        var container = address.AbsolutePath.Trim('/');
        if (container.Length == 0) return $"{value.TrimEnd('/')}/{Container}";
        return container.Length is >= 3 and <= 63 && container.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? value.TrimEnd('/') : null;
    }

    /// <summary>It may contain a password.</summary>
    public override string ToString() => Kind;
}
