namespace Nano.Secrets;

/// <summary>
/// Tokens in the place of one provider's key; every other key comes from the source behind. One token is kept in memory and
/// replaced before its end, in the background, by whoever uses it; it is fetched by one at a time, and a failure is told for
/// a while before the next attempt. A token that has expired, or whose key is not the provider's key any more, is never
/// handed out.
/// </summary>
/// <param name="keys">Where all other keys come from, and the key that a token is fetched with.</param>
/// <param name="settings">The names of the provider's key settings, for which the token stands.</param>
/// <param name="makeExchange">Called when the first token is wanted.</param>
internal sealed class TokenSource(ISecretSource keys, IReadOnlyList<string> settings, Func<ITokenExchange> makeExchange, TimeProvider time) : ISecretSource
{
    /// <summary>Before its end, where the token does not say itself when to replace it; of a short life, half.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>A token that ends so soon may end on its way.</summary>
    private static readonly TimeSpan TooLate = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lazy<ITokenExchange> _exchange = new(makeExchange);
    private readonly Lock _lock = new();
    private Known? _known;
    private Flight? _flight;

    public VaultHealth? Vault => keys.Vault;

    public ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        if (!IsMine(settings)) return keys.FindAsync(settings, cancellationToken);
        if (!_exchange.Value.WantsKey) return TokenAsync(Secret.Missing, cancellationToken);
        var found = keys.FindAsync(settings, cancellationToken);
        return found.IsCompletedSuccessfully ? OfKeyAsync(found.GetAwaiter().GetResult(), cancellationToken) : Awaited(found);

        async ValueTask<Secret> Awaited(ValueTask<Secret> pending) =>
            await OfKeyAsync(await pending.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A refused token is as good as the next one of the same key, so a token is fetched ahead of its time only with a newer key.</summary>
    public async ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken)
    {
        if (!IsMine(settings)) return await keys.RereadAsync(settings, refused, cancellationToken).ConfigureAwait(false);
        if (!_exchange.Value.WantsKey) return await TokenAsync(Secret.Missing, cancellationToken).ConfigureAwait(false);
        var behind = Volatile.Read(ref _known) is { } known && known.Secret.Value == refused ? known.Key : refused;
        var key = await keys.RereadAsync(settings, behind, cancellationToken).ConfigureAwait(false);
        return await OfKeyAsync(key, cancellationToken).ConfigureAwait(false);
    }

    private bool IsMine(IReadOnlyList<string> names) => names.Count > 0 && names[0] == settings[0];

    private ValueTask<Secret> OfKeyAsync(Secret key, CancellationToken cancellationToken) =>
        key.Unavailable is null && _exchange.Value.Takes(key) ? TokenAsync(key, cancellationToken) : ValueTask.FromResult(key);

    private ValueTask<Secret> TokenAsync(Secret key, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Volatile.Read(ref _known) is not { } known || known.Key != key.Value) return WaitAsync(key, Start(key), cancellationToken);
        if (now < known.DueAt) return ValueTask.FromResult(known.Secret);
        var flight = Start(key);
        return now < known.EndsAt ? ValueTask.FromResult(known.Secret) : WaitAsync(key, flight, cancellationToken);
    }

    private Task<Known> Start(Secret key)
    {
        lock (_lock)
        {
            if (_flight is { } running && running.Key == key.Value) return running.Task;
            var flight = new Flight(key.Value);
            // Outside of the request's context: what is fetched is everybody's and no part of one request's trace.
            var isSuppressed = ExecutionContext.IsFlowSuppressed();
            if (!isSuppressed) ExecutionContext.SuppressFlow();
            try
            {
                flight.Task = Task.Run(() => FetchAsync(flight, key));
            }
            finally
            {
                if (!isSuppressed) ExecutionContext.RestoreFlow();
            }
            _flight = flight;
            return flight.Task;
        }
    }

    private async ValueTask<Secret> WaitAsync(Secret key, Task<Known> flight, CancellationToken cancellationToken)
    {
        try
        {
            var known = await flight.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
            if (!HasEnded(known)) return known.Secret;
            // It failed while the token before it still held, and now that has ended.
            known = await Start(key).WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
            return HasEnded(known) ? Secret.NotAvailable($"{_exchange.Value.Issuer} gives tokens that have ended. Check this machine's clock.", Pause) : known.Secret;
        }
        catch (TimeoutException)
        {
            return Secret.NotAvailable($"{_exchange.Value.Issuer} has not answered within {Patience.TotalSeconds:0} seconds.", Pause);
        }
    }

    private bool HasEnded(Known known) => known.Secret.Value is not null && time.GetUtcNow() >= known.EndsAt;

    private async Task<Known> FetchAsync(Flight flight, Secret key)
    {
        TokenAnswer answer;
        try
        {
            answer = await _exchange.Value.FetchAsync(key, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Of an exception only its kind: its text may hold addresses, accounts or a key.
            answer = TokenAnswer.Failed($"{_exchange.Value.Issuer} cannot be reached ({e.GetType().Name}).");
        }
        var known = answer.Token is { } token ? Fetched(key, token, answer) : Failed(key, answer.Problem!);
        lock (_lock)
        {
            // A flight with an older key may land later than one with a newer.
            if (ReferenceEquals(_flight, flight))
            {
                Volatile.Write(ref _known, known);
                _flight = null;
            }
        }
        return known;
    }

    private Known Fetched(Secret key, string token, in TokenAnswer answer)
    {
        var now = time.GetUtcNow();
        var half = (answer.EndsAt - now) / 2;
        var due = answer.ReplaceAt is { } replace && replace < answer.EndsAt ? replace : answer.EndsAt - (half < Early ? half : Early);
        return new Known(key.Value, Secret.Found(token, answer.Setting ?? settings[0], answer.Origin), due, answer.EndsAt - TooLate);
    }

    /// <summary>The token at hand stays as long as it holds.</summary>
    private Known Failed(Secret key, string problem)
    {
        var now = time.GetUtcNow();
        if (_known is { Secret.Value: not null } before && before.Key == key.Value && now < before.EndsAt)
            return before with { DueAt = now + Pause < before.EndsAt ? now + Pause : before.EndsAt };
        return new Known(key.Value, Secret.NotAvailable(problem, Pause), now + Pause, now + Pause);
    }

    /// <summary>What is known of the token of one key.</summary>
    /// <param name="DueAt">From then on, use fetches the next one.</param>
    /// <param name="EndsAt">From then on, it is not used.</param>
    private sealed record Known(string? Key, Secret Secret, DateTimeOffset DueAt, DateTimeOffset EndsAt);

    private sealed class Flight(string? key)
    {
        public string? Key { get; } = key;

        public Task<Known> Task { get; set; } = null!;
    }
}
