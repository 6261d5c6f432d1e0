namespace Nano.Secrets;

/// <summary>How long things last between the gateway and a vault.</summary>
internal sealed record VaultTimes
{
    /// <summary>A value of this age is read again in the background, when someone uses it.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The same for a secret that is missing, disabled or expired: someone may be about to set it. Never longer than <see cref="Refresh"/>.</summary>
    public TimeSpan RefreshWithoutValue { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request waits for the vault's first word on a secret, or for a newer value than a refused one.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it waits where the vault's last word was that there is no value: many keys are optional.</summary>
    public TimeSpan PatienceWithResponse { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>One read, signing in included; longer than <see cref="Patience"/>, so that a slow vault is of use to later requests.</summary>
    public TimeSpan Read { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After the first failure; each further one doubles it, up to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two reads of one secret because its value was refused: a key that stays bad must not hammer the vault.</summary>
    public TimeSpan BetweenRereads { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest that a vault's <c>Retry-After</c> is believed.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(10);
}
