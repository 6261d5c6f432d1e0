using Microsoft.Extensions.Logging;
using Nano.Timing;

namespace Nano.Secrets;

/// <summary>
/// One secret of a vault, kept in memory (<see cref="Refreshing{T}"/>). The vault's last response (a value, missing, disabled) is valid
/// until the vault returns another: a vault that is down removes no key. A request that has a value never waits; one without a value
/// waits for the vault, unless the vault is known to be down.
/// </summary>
internal sealed partial class CachedSecret
{
    private readonly string _setting;
    private readonly string _name;
    private readonly IVaultReader _reader;
    private readonly VaultTimes _times;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Refreshing<Secret> _secret;

    public CachedSecret(string setting, IVaultReader reader, VaultTimes times, TimeProvider time, ILogger log)
    {
        (_setting, _name, _reader, _times, _time, _log) = (setting, SecretName.Of(setting), reader, times, time, log);
        var pauses = new RefreshTimes { Read = times.Read, Backoff = times.Backoff, MaxBackoff = times.MaxBackoff, BetweenRereads = times.BetweenRereads };
        _secret = new Refreshing<Secret>(ReadAsync, Problem, pauses, time, Tell);
    }

    /// <summary>Null before the first read has ended.</summary>
    public RefreshState<Secret>? Last => _secret.Last;

    /// <summary>The read in progress; null when there is none.</summary>
    public Task? Running => _secret.Running;

    /// <summary>Completes synchronously if a value is known; without an allocation if it is fresh.</summary>
    public ValueTask<Secret> FindAsync(CancellationToken cancellationToken)
    {
        var last = _secret.Last;
        if (last is not null && !_secret.IsDue(last)) return ValueTask.FromResult(Told(last));
        var running = _secret.Start();
        if (last is not { HasValue: true }) return FirstAsync(running, cancellationToken);
        // Without a value, the request waits, unless the vault is known to be down.
        return last.Value.Value is not null || last.Failure is not null ? ValueTask.FromResult(last.Value) : AnewAsync(running, cancellationToken);
    }

    /// <summary>The vault's last response, without waiting; null before the first one. A read that is due starts.</summary>
    public Secret? Peek()
    {
        var last = _secret.Last;
        if (last is null || _secret.IsDue(last)) _ = _secret.Start();
        return last is { HasValue: true } ? last.Value : null;
    }

    /// <summary>See <see cref="ISecretSource.RereadAsync"/>.</summary>
    public async ValueTask<Secret> RereadAsync(string? refused, CancellationToken cancellationToken)
    {
        if (_secret.Last is not { } known || known.Value.Value != refused) return await FindAsync(cancellationToken).ConfigureAwait(false);
        if (_secret.Reread(known) is { } running && await _secret.WaitAsync(running, _times.Patience, cancellationToken).ConfigureAwait(false) is null) return Slow();
        // If the vault could not be asked, the kept value does not show whether there is a newer one.
        var last = _secret.Last!;
        return last.Failure is { } failure && last.Value.Value == refused ? Secret.NotAvailable(failure, _times.BetweenRereads) : Told(last);
    }

    /// <summary>Starts a read, or joins the one in progress. The task never fails.</summary>
    public Task Start() => _secret.Start();

    /// <summary>The vault has never responded for this secret.</summary>
    private async ValueTask<Secret> FirstAsync(Task<RefreshState<Secret>> running, CancellationToken cancellationToken) =>
        await _secret.WaitAsync(running, _times.Patience, cancellationToken).ConfigureAwait(false) is { } state ? Told(state) : Slow();

    /// <summary>The vault reported some time ago that it is missing or disabled.</summary>
    private async ValueTask<Secret> AnewAsync(Task<RefreshState<Secret>> running, CancellationToken cancellationToken) =>
        Told(await _secret.WaitAsync(running, _times.PatienceWithResponse, cancellationToken).ConfigureAwait(false) ?? _secret.Last!);

    private static Secret Told(RefreshState<Secret> state) => state.HasValue ? state.Value : Secret.NotAvailable(state.Failure!, state.Pause);

    private Secret Slow() => Secret.NotAvailable(Silent(_times.Patience), _times.Patience);

    private string Silent(TimeSpan limit) => $"Key Vault {_reader.Host} has not responded within {limit.TotalSeconds:0} seconds.";

    private async Task<Reading<Secret>> ReadAsync(CancellationToken cancellationToken)
    {
        var reading = await _reader.ReadAsync(_name, cancellationToken).ConfigureAwait(false);
        return reading.Outcome switch
        {
            VaultOutcome.Failed => Reading<Secret>.Failed(reading.Message!, reading.RetryAfter),
            VaultOutcome.Found => Reading<Secret>.Found(Secret.Found(Same(reading.Value!), _setting, SecretOrigin.KeyVault), Age(reading.ExpiresOn)),
            VaultOutcome.Unusable => Reading<Secret>.Found(Secret.NotAvailable(reading.Message!, Soon), Soon),
            _ => Reading<Secret>.Found(Secret.Missing, Soon),
        };
    }

    /// <summary>One string per value, so that derived values can be looked up by reference.</summary>
    private string Same(string value) => _secret.Last?.Value.Value is { } before && before == value ? before : value;

    /// <summary>The next read is when the value expires, if that is earlier than the regular time.</summary>
    private TimeSpan Age(DateTimeOffset? expiresOn) => expiresOn - _time.GetUtcNow() is { } left && left < _times.Refresh ? left : _times.Refresh;

    /// <summary>The time until the next read of a secret that has no value.</summary>
    private TimeSpan Soon => _times.RefreshWithoutValue < _times.Refresh ? _times.RefreshWithoutValue : _times.Refresh;

    private string Problem(Exception e)
    {
        if (e is TimeoutException or OperationCanceledException) return Silent(_times.Read);
        Log.Fault(_log, _setting, e.GetType().Name);
        return $"Reading Key Vault {_reader.Host} failed inside the gateway ({e.GetType().Name}).";
    }

    private void Tell(RefreshState<Secret>? before, RefreshState<Secret> after)
    {
        if (after.Failure is not null)
        {
            if (before?.Failure == after.Failure) return;
            Log.Failing(_log, _setting, after.Failure, after.Value.Value is null ? "There is no earlier value." : "The last value stays in use.");
            return;
        }
        if (before?.Failure is not null) Log.Recovered(_log, _reader.Host, _setting);
        if (after.Value.Unavailable is { } problem && before?.Value.Unavailable != problem) Log.Unusable(_log, _setting, problem);
        if (before is { HasValue: true } && before.Value.Value != after.Value.Value && after.Value.Unavailable is null)
            Log.Changed(_log, _setting, after.Value.Value is null ? "is not in Key Vault any more" : "has a new value from Key Vault");
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning, "{Setting} could not be read from Key Vault: {Reason} {Consequence}")]
        public static partial void Failing(ILogger logger, string setting, string reason, string consequence);

        [LoggerMessage(21, LogLevel.Information, "Key Vault {Host} responds again ({Setting}).")]
        public static partial void Recovered(ILogger logger, string host, string setting);

        [LoggerMessage(22, LogLevel.Warning, "{Setting} cannot be used: {Reason}")]
        public static partial void Unusable(ILogger logger, string setting, string reason);

        [LoggerMessage(23, LogLevel.Information, "{Setting} {Change}.")]
        public static partial void Changed(ILogger logger, string setting, string change);

        [LoggerMessage(24, LogLevel.Error, "Reading {Setting} from Key Vault failed inside the gateway: {Type}.")]
        public static partial void Fault(ILogger logger, string setting, string type);
    }
}
