namespace Nano.Secrets;

/// <summary>Time limits and intervals between the gateway and a vault.</summary>
internal sealed record VaultTimes
{
    /// <summary>A value of this age is read again in the background, when it is used.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The same for a secret that is missing, disabled or expired: it may be set soon. Never longer than <see cref="Refresh"/>.</summary>
    public TimeSpan RefreshWithoutValue { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request waits for the vault's first response for a secret, or for a newer value than a refused one.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request waits if the vault's last response was that there is no value: many keys are optional.</summary>
    public TimeSpan PatienceWithResponse { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The limit of one read, including sign-in; longer than <see cref="Patience"/>, so that later requests can use a slow response.</summary>
    public TimeSpan Read { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause after the first failure; each further one doubles it, up to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The minimum between two reads of one secret because its value was refused: a key that stays wrong must not overload the vault.</summary>
    public TimeSpan BetweenRereads { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest <c>Retry-After</c> of a vault that is respected.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(10);
}
