using System.Collections.Concurrent;
using Nano.Timing;

namespace Nano.Secrets;

/// <summary>
/// Tokens that replace the keys of one provider. One token per key setting is kept in memory (<see cref="Refreshing{T}"/>) and replaced before
/// it expires, when it is used. A token that has expired, or whose key is no longer the provider's key, is never returned.
/// </summary>
/// <param name="keys">The source of the keys that tokens are fetched with.</param>
/// <param name="setting">The setting that messages name for a token that is fetched without a key.</param>
/// <param name="makeExchange">Called for the first token.</param>
internal sealed class TokenSource(ISecretSource keys, string setting, Func<ITokenExchange> makeExchange, TimeProvider time) : ISecretSource
{
    /// <summary>How long before its expiry a token without its own refresh time is replaced; half of a short lifetime.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>A token that expires this soon may expire while a request is sent.</summary>
    private static readonly TimeSpan TooLate = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>The pause is constant: without a token, every request to the provider fails.</summary>
    private static readonly RefreshTimes Times = new() { Read = TimeSpan.FromSeconds(30), Backoff = Pause, MaxBackoff = Pause };

    private readonly Lazy<ITokenExchange> _exchange = new(makeExchange);
    private readonly Lock _lock = new();

    /// <summary>By the setting of the key: the keys of a provider that has several are used in turn. The empty name is for tokens without a key.</summary>
    private readonly ConcurrentDictionary<string, Keyed> _tokens = new(StringComparer.Ordinal);

    public VaultHealth? Vault => keys.Vault;

    /// <summary>Ends with the fetches that are under way; for tests.</summary>
    internal Task Fetches => Task.WhenAll(_tokens.Values.Select(known => known.Token.Running ?? Task.CompletedTask));

    public ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        if (!_exchange.Value.WantsKey) return TokenAsync(Secret.Missing, cancellationToken);
        var found = keys.FindAsync(settings, cancellationToken);
        return found.IsCompletedSuccessfully ? OfKeyAsync(found.GetAwaiter().GetResult(), cancellationToken) : OfKeyAsync(found, cancellationToken);
    }

    /// <summary>Another token of the same key would be refused as well, so a token is fetched ahead of time only with a newer key.</summary>
    public async ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken)
    {
        if (!_exchange.Value.WantsKey) return await TokenAsync(Secret.Missing, cancellationToken).ConfigureAwait(false);
        var behind = refused;
        foreach (var (_, known) in _tokens)
            if (known.Token.Last is { } last && last.Value.Value == refused) behind = known.Key;
        var key = await keys.RereadAsync(settings, behind, cancellationToken).ConfigureAwait(false);
        return await OfKeyAsync(key, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<Secret> OfKeyAsync(Secret key, CancellationToken cancellationToken) =>
        key.Unavailable is null && _exchange.Value.Takes(key) ? TokenAsync(key, cancellationToken) : ValueTask.FromResult(key);

    /// <summary>Not a local function: its closure would cost every request an allocation.</summary>
    private async ValueTask<Secret> OfKeyAsync(ValueTask<Secret> pending, CancellationToken cancellationToken) =>
        await OfKeyAsync(await pending.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private ValueTask<Secret> TokenAsync(Secret key, CancellationToken cancellationToken)
    {
        var token = TokenOf(key);
        var last = token.Last;
        if (last is not null && !token.IsDue(last)) return ValueTask.FromResult(Told(last));
        var running = token.Start();
        return last is { HasValue: true } && !token.HasEnded(last) ? ValueTask.FromResult(last.Value) : WaitAsync(token, running, cancellationToken);
    }

    /// <summary>A new key has its own token and pause; a read for the old key that completes late changes nothing.</summary>
    private Refreshing<Secret> TokenOf(Secret key)
    {
        var name = key.Setting ?? "";
        if (_tokens.TryGetValue(name, out var known) && known.Key == key.Value) return known.Token;
        lock (_lock)
        {
            if (!_tokens.TryGetValue(name, out known) || known.Key != key.Value) _tokens[name] = known = new Keyed(key.Value, Make(key));
            return known.Token;
        }
    }

    /// <summary>A separate method: its closure would cost <see cref="TokenOf"/> an allocation per request.</summary>
    private Refreshing<Secret> Make(Secret key) => new(cancellationToken => FetchAsync(key, cancellationToken), Problem, Times, time);

    private async ValueTask<Secret> WaitAsync(Refreshing<Secret> token, Task<RefreshState<Secret>> running, CancellationToken cancellationToken)
    {
        var state = await token.WaitAsync(running, Patience, cancellationToken).ConfigureAwait(false);
        // The read failed just before the previous token expired, and now that has expired.
        if (state is not null && token.HasEnded(state)) state = await token.WaitAsync(token.Start(), Patience, cancellationToken).ConfigureAwait(false);
        return state is null ? Secret.NotAvailable(Silent(Patience), Pause) : Told(state);
    }

    private static Secret Told(RefreshState<Secret> state) => state.HasValue ? state.Value : Secret.NotAvailable(state.Failure!, state.Pause);

    private async Task<Reading<Secret>> FetchAsync(Secret key, CancellationToken cancellationToken)
    {
        var answer = await _exchange.Value.FetchAsync(key, cancellationToken).ConfigureAwait(false);
        if (answer.Token is not { } token) return Reading<Secret>.Failed(answer.Problem!);
        var now = time.GetUtcNow();
        var end = answer.EndsAt - TooLate;
        if (end <= now) return Reading<Secret>.Failed($"{_exchange.Value.Issuer} gives tokens that have ended. Check this machine's clock.");
        var half = (answer.EndsAt - now) / 2;
        var due = answer.ReplaceAt is { } replace && replace < answer.EndsAt ? replace : answer.EndsAt - (half < Early ? half : Early);
        return Reading<Secret>.Found(Secret.Found(token, answer.Setting ?? setting, answer.Origin), due - now, end);
    }

    /// <summary>Only the type of an exception: its text may contain addresses, accounts or a key.</summary>
    private string Problem(Exception e) => e is TimeoutException ? Silent(Times.Read) : $"{_exchange.Value.Issuer} cannot be reached ({e.GetType().Name}).";

    private string Silent(TimeSpan limit) => $"{_exchange.Value.Issuer} has not responded within {limit.TotalSeconds:0} seconds.";

    private sealed record Keyed(string? Key, Refreshing<Secret> Token)
    {
        public override string ToString() => nameof(Keyed);
    }
}
