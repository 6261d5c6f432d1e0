using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nano.Timing;

namespace Nano.Secrets;

/// <summary>
/// Keys from the settings; keys that no setting contains come from Key Vault, where each is a secret of the same name in kebab
/// case. All settings are checked before the vault: for Google, the setting <c>GEMINI_API_KEY</c> overrides the secret
/// <c>google-api-key</c>. Among secrets, the first that exists counts, even if it is disabled or expired: a key
/// that was disabled on purpose is not replaced by another account's.
/// </summary>
internal sealed class KeyVaultSecretSource(SettingsSecretSource settings, IVaultReader vault, VaultTimes times, TimeProvider time, ILogger log) : ISecretSource
{
    private readonly VaultGate _vault = new(vault, times, time);

    /// <summary>By setting. The names come from providers and the gateway, never from a caller.</summary>
    private readonly ConcurrentDictionary<string, CachedSecret> _secrets = new(StringComparer.Ordinal);

    public VaultHealth Vault => Examine();

    public ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        // A known value is used, even if a name before it, which the vault did not have, is due: only a request without a value waits.
        if (Peek(settings) is { Value: not null } known) return ValueTask.FromResult(known);
        for (var i = 0; i < settings.Count; i++)
        {
            var pending = Of(settings[i]).FindAsync(cancellationToken);
            if (!pending.IsCompletedSuccessfully) return FindSlowlyAsync(settings, i, pending, cancellationToken);
            var secret = pending.GetAwaiter().GetResult();
            if (!secret.IsMissing) return ValueTask.FromResult(secret);
        }
        return ValueTask.FromResult(Secret.Missing);
    }

    public Secret? Peek(IReadOnlyList<string> settings)
    {
        if (SetOf(settings) is { Value: not null } set) return set;
        for (var i = 0; i < settings.Count; i++)
        {
            var known = Of(settings[i]).Peek();
            if (known is not { IsMissing: true }) return known;
        }
        return Secret.Missing;
    }

    public async ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken)
    {
        if (SetOf(settings) is { Value: not null } set) return set;
        // In order of preference, up to the one that had the value: a better one may have been set in the meantime.
        var secret = Secret.Missing;
        for (var i = 0; i < settings.Count; i++)
        {
            var cached = Of(settings[i]);
            // A missing value is looked up; a value other than the refused one is already newer.
            secret = await cached.RereadAsync(cached.Last?.Value.Value is null ? null : refused, cancellationToken).ConfigureAwait(false);
            if (!secret.IsMissing) return secret;
        }
        return secret;
    }

    private Secret SetOf(IReadOnlyList<string> names) => settings.Find(names);

    private CachedSecret Of(string setting)
    {
        // Not GetOrAdd with a lambda: this is asked on every request.
        if (_secrets.TryGetValue(setting, out var cached)) return cached;
        return _secrets.GetOrAdd(setting, new CachedSecret(setting, _vault, times, time, log));
    }

    private async ValueTask<Secret> FindSlowlyAsync(IReadOnlyList<string> settings, int at, ValueTask<Secret> pending, CancellationToken cancellationToken)
    {
        // Fetch those that may be needed next in parallel, so that the waits do not add up.
        for (var i = at + 1; i < settings.Count; i++) _ = Of(settings[i]).Peek();
        while (true)
        {
            var secret = await pending.ConfigureAwait(false);
            if (!secret.IsMissing || ++at == settings.Count) return secret;
            pending = Of(settings[at]).FindAsync(cancellationToken);
        }
    }

    private VaultHealth Examine()
    {
        var known = _secrets.Values.Select(secret => secret.Last).OfType<RefreshState<Secret>>().ToList();
        var failing = known.Where(last => last.Failure is not null).ToList();
        var state = known.Count == 0 ? "not asked yet" : failing.Count == 0 ? "ok" : failing.All(last => last.HasValue) ? "degraded" : "unavailable";
        return new VaultHealth(state, known.Max(last => last.LastSuccess), failing.Min(last => last.FailingSince),
            failing.FirstOrDefault(last => !last.HasValue)?.Failure ?? failing.FirstOrDefault()?.Failure);
    }
}
