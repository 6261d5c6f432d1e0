namespace Nano.Secrets;

/// <summary>
/// Guards a vault: after a 429 with a time, it gets no request before that time, for any secret,
/// since its limits apply to the whole vault.
/// </summary>
internal sealed class VaultGate(IVaultReader reader, VaultTimes times, TimeProvider time) : IVaultReader
{
    private readonly Lock _lock = new();
    private long _closedAt;
    private TimeSpan _closedFor;
    private string? _reason;

    public string Host => reader.Host;

    public async Task<VaultReading> ReadAsync(string name, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_reason is not null)
            {
                var left = _closedFor - time.GetElapsedTime(_closedAt);
                if (left > TimeSpan.Zero) return VaultReading.Failed(_reason, left);
                _reason = null;
            }
        }
        var reading = await reader.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        if (reading.RetryAfter is not { } wait) return reading;
        wait = wait < times.MaxRetryAfter ? wait : times.MaxRetryAfter;
        lock (_lock)
        {
            _closedAt = time.GetTimestamp();
            _closedFor = wait;
            _reason = reading.Message;
        }
        return VaultReading.Failed(reading.Message!, wait);
    }
}
