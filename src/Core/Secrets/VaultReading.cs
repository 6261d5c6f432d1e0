namespace Nano.Secrets;

/// <summary>Reads one secret from a vault, once. The seam between the rules for keeping secrets and the Azure SDK.</summary>
internal interface IVaultReader
{
    /// <summary>The vault's host, for messages.</summary>
    string Host { get; }

    /// <summary>Every failure is a value. Raises only <see cref="OperationCanceledException"/>.</summary>
    /// <param name="name">The secret's name in the vault.</param>
    Task<VaultReading> ReadAsync(string name, CancellationToken cancellationToken);
}

/// <summary>The outcome of reading a secret.</summary>
internal enum VaultOutcome
{
    /// <summary>The vault returned nothing about this secret: it is down, throttles, or refuses the identity.</summary>
    Failed,
    /// <summary>A value that can be a key.</summary>
    Found,
    /// <summary>The vault has no such secret.</summary>
    Missing,
    /// <summary>The vault has the secret, but it is not usable as a key: disabled, expired, empty.</summary>
    Unusable,
}

/// <summary>A response of the vault, or why there is none. It never shows the value.</summary>
internal readonly struct VaultReading
{
    private VaultReading(VaultOutcome outcome, string? value, DateTimeOffset? expiresOn, string? message, TimeSpan? retryAfter)
    {
        Outcome = outcome;
        Value = value;
        ExpiresOn = expiresOn;
        Message = message;
        RetryAfter = retryAfter;
    }

    public static VaultReading Missing => new(VaultOutcome.Missing, null, null, null, null);

    public VaultOutcome Outcome { get; }

    /// <summary>With <see cref="VaultOutcome.Found"/> only.</summary>
    public string? Value { get; }

    /// <summary>When the value expires.</summary>
    public DateTimeOffset? ExpiresOn { get; }

    /// <summary>A sentence for the operator, with <see cref="VaultOutcome.Failed"/> and <see cref="VaultOutcome.Unusable"/>.</summary>
    public string? Message { get; }

    /// <summary>The vault must not be asked before this time.</summary>
    public TimeSpan? RetryAfter { get; }

    public static VaultReading Found(string value, DateTimeOffset? expiresOn = null) => new(VaultOutcome.Found, value, expiresOn, null, null);

    public static VaultReading Unusable(string message) => new(VaultOutcome.Unusable, null, null, message, null);

    public static VaultReading Failed(string message, TimeSpan? retryAfter = null) => new(VaultOutcome.Failed, null, null, message, retryAfter);

    public override string ToString() => Message ?? Outcome.ToString();
}
