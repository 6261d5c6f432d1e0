using Microsoft.Extensions.Logging;

namespace Nano.Secrets;

/// <summary>
/// One secret of a vault, kept in memory. What the vault last said of it (a value, that there is none, that it is disabled)
/// holds until the vault says something else: a vault that is down takes no key away.
/// <list type="bullet">
/// <item>It is read when first used, and again when somebody uses what is older than <see cref="VaultTimes.Refresh"/>; nobody uses it, nobody reads.</item>
/// <item>There is one read at a time, and everybody who must wait waits for that one, each no longer than <see cref="VaultTimes.Patience"/>.
/// It goes on when they leave.</item>
/// <item>Who has a value never waits, and who has none waits only while the vault is not known to be down.</item>
/// <item>After a failure the next read comes after a pause that grows.</item>
/// </list>
/// </summary>
internal sealed partial class CachedSecret(string setting, IVaultReader reader, VaultTimes times, TimeProvider time, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly string _name = SecretName.Of(setting);
    private Known? _known;
    private Task? _flight;
    private int _failures;
    private long? _rereadAt;

    /// <summary>Null before the first read has ended.</summary>
    public Known? Last => Volatile.Read(ref _known);

    /// <summary>Complete at once when there is something to say; without an allocation when that is fresh.</summary>
    public ValueTask<Secret> FindAsync(CancellationToken cancellationToken)
    {
        var known = Last;
        if (known is not null && time.GetTimestamp() < known.DueAt) return ValueTask.FromResult(known.Secret);
        var flight = Start();
        if (known is not { Answered: true }) return FirstAsync(flight, cancellationToken);
        // Without a value there is little to lose by waiting, unless the vault is known to be down.
        return known.Secret.Value is not null || known.Failure is not null ? ValueTask.FromResult(known.Secret) : AnewAsync(flight, cancellationToken);
    }

    /// <summary>As <see cref="ISecretSource.RereadAsync"/>.</summary>
    public async ValueTask<Secret> RereadAsync(string? refused, CancellationToken cancellationToken)
    {
        if (Last is not { } known || known.Secret.Value != refused) return await FindAsync(cancellationToken).ConfigureAwait(false);
        Task? flight;
        lock (_lock)
        {
            flight = _flight;
            if (flight is null && MayReread(known))
            {
                _rereadAt = time.GetTimestamp();
                flight = Start();
            }
        }
        if (flight is not null && !await HasEndedAsync(flight, times.Patience, cancellationToken).ConfigureAwait(false)) return Slow();
        // A kept value says nothing about a newer one when the vault could not be asked for it.
        return Last is { Failure: { } failure } last && last.Secret.Value == refused ? Secret.NotAvailable(failure, times.BetweenRereads) : Last!.Secret;
    }

    /// <summary>Starts a read, or finds the one that is under way. The task never fails.</summary>
    public Task Start()
    {
        if (Volatile.Read(ref _flight) is { } running) return running;
        lock (_lock)
        {
            if (_flight is not null) return _flight;
            // On the pool, since signing in may take its time before it first waits, and the caller's thread may serve others;
            // outside of the request's context, since what is read is everybody's and no part of one request's trace.
            var isSuppressed = ExecutionContext.IsFlowSuppressed();
            if (!isSuppressed) ExecutionContext.SuppressFlow();
            try
            {
                return _flight = Task.Run(ReadAsync);
            }
            finally
            {
                if (!isSuppressed) ExecutionContext.RestoreFlow();
            }
        }
    }

    private bool MayReread(Known known) =>
        (known.Failure is null || time.GetTimestamp() >= known.DueAt)
        && (_rereadAt is not { } last || time.GetElapsedTime(last) >= times.BetweenRereads);

    /// <summary>The vault has never said anything of it.</summary>
    private async ValueTask<Secret> FirstAsync(Task flight, CancellationToken cancellationToken) =>
        await HasEndedAsync(flight, times.Patience, cancellationToken).ConfigureAwait(false) ? Last!.Secret : Slow();

    /// <summary>The vault has said that it is missing or switched off, a while ago.</summary>
    private async ValueTask<Secret> AnewAsync(Task flight, CancellationToken cancellationToken)
    {
        await HasEndedAsync(flight, times.PatienceWithAnswer, cancellationToken).ConfigureAwait(false);
        return Last!.Secret;
    }

    private async ValueTask<bool> HasEndedAsync(Task flight, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await flight.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Secret Slow() => Secret.NotAvailable(Silent(times.Patience), times.Patience);

    private async Task ReadAsync()
    {
        VaultReading reading;
        using var limit = new CancellationTokenSource(times.Read, time);
        try
        {
            // Not every way of signing in heeds the token.
            reading = await reader.ReadAsync(_name, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            reading = VaultReading.Failed(Silent(times.Read));
        }
        catch (Exception e)
        {
            Log.Fault(log, setting, e.GetType().Name);
            reading = VaultReading.Failed($"Reading Key Vault {reader.Host} failed inside the gateway ({e.GetType().Name}).");
        }
        lock (_lock)
        {
            var before = _known;
            var after = Next(before, reading);
            Volatile.Write(ref _known, after);
            Volatile.Write(ref _flight, null);
            Tell(before, after);
        }
    }

    private Known Next(Known? before, in VaultReading reading)
    {
        var now = time.GetUtcNow();
        if (reading.Outcome == VaultOutcome.Failed)
        {
            var pause = Pause(reading.RetryAfter);
            var secret = before is { Answered: true } ? before.Secret : Secret.NotAvailable(reading.Message!, pause);
            return new Known(secret, before is { Answered: true }, reading.Message, before?.FailingSince ?? now, before?.LastSuccess, At(pause));
        }
        _failures = 0;
        var soon = Soon;
        return reading.Outcome switch
        {
            VaultOutcome.Found => new Known(Secret.Found(Same(before, reading.Value!), setting, SecretOrigin.KeyVault), true, null, null, now, At(Age(reading.ExpiresOn, now))),
            VaultOutcome.Unusable => new Known(Secret.NotAvailable(reading.Message!, soon), true, null, null, now, At(soon)),
            _ => new Known(Secret.Missing, true, null, null, now, At(soon)),
        };
    }

    /// <summary>One string per value, so that who derived something from it knows it again without comparing.</summary>
    private static string Same(Known? before, string value) => before?.Secret.Value == value ? before.Secret.Value : value;

    private TimeSpan Pause(TimeSpan? retryAfter)
    {
        var pause = times.Backoff * Math.Pow(2, Math.Min(_failures++, 20));
        pause = pause < times.MaxBackoff ? pause : times.MaxBackoff;
        return retryAfter > pause ? retryAfter.Value : pause;
    }

    private TimeSpan Soon => times.RefreshWithoutValue < times.Refresh ? times.RefreshWithoutValue : times.Refresh;

    private TimeSpan Age(DateTimeOffset? expiresOn, DateTimeOffset now)
    {
        if (expiresOn - now is not { } left || left >= times.Refresh) return times.Refresh;
        // The vault still gives it out after its end (clocks differ): that is no reason to ask with every use.
        return left > TimeSpan.Zero ? left : Soon;
    }

    private long At(TimeSpan later) => time.GetTimestamp() + (long)(later.TotalSeconds * time.TimestampFrequency);

    private string Silent(TimeSpan limit) => $"Key Vault {reader.Host} has not answered within {limit.TotalSeconds:0} seconds.";

    private void Tell(Known? before, Known after)
    {
        if (after.Failure is not null)
        {
            if (before?.Failure == after.Failure) return;
            Log.Failing(log, setting, after.Failure, after.Secret.Value is null ? "There is no earlier value." : "The last value stays in use.");
            return;
        }
        if (before?.Failure is not null) Log.Recovered(log, reader.Host, setting);
        if (after.Secret.Unavailable is { } problem && before?.Secret.Unavailable != problem) Log.Unusable(log, setting, problem);
        if (before is { Answered: true } && before.Secret.Value != after.Secret.Value && after.Secret.Unavailable is null)
            Log.Changed(log, setting, after.Secret.Value is null ? "is not in Key Vault any more" : "has a new value from Key Vault");
    }

    /// <summary>What is known of a secret at a time. Immutable; replaced whole.</summary>
    /// <param name="Secret">What users get.</param>
    /// <param name="Answered">The vault has said it; else <paramref name="Secret"/> tells the failure.</param>
    /// <param name="Failure">Why the last read brought no answer; null when it did.</param>
    /// <param name="FailingSince">The first of the failures in a row.</param>
    /// <param name="DueAt">A timestamp: from then on, use starts a read.</param>
    internal sealed record Known(Secret Secret, bool Answered, string? Failure, DateTimeOffset? FailingSince, DateTimeOffset? LastSuccess, long DueAt);

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning, "{Setting} could not be read from Key Vault: {Reason} {Consequence}")]
        public static partial void Failing(ILogger logger, string setting, string reason, string consequence);

        [LoggerMessage(21, LogLevel.Information, "Key Vault {Host} answers again ({Setting}).")]
        public static partial void Recovered(ILogger logger, string host, string setting);

        [LoggerMessage(22, LogLevel.Warning, "{Setting} cannot be used: {Reason}")]
        public static partial void Unusable(ILogger logger, string setting, string reason);

        [LoggerMessage(23, LogLevel.Information, "{Setting} {Change}.")]
        public static partial void Changed(ILogger logger, string setting, string change);

        [LoggerMessage(24, LogLevel.Error, "Reading {Setting} from Key Vault failed inside the gateway: {Type}.")]
        public static partial void Fault(ILogger logger, string setting, string type);
    }
}
