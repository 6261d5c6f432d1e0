namespace Nano.Secrets;

/// <summary>
/// Where keys come from, asked by the name of their setting (<c>XAI_API_KEY</c>) on every request. A source responds from
/// memory: the returned task is complete unless the first value must still be fetched.
/// </summary>
internal interface ISecretSource
{
    /// <summary>The value of the first of these settings that has one.</summary>
    /// <param name="settings">Names of settings, in order of preference.</param>
    ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken);

    /// <summary>
    /// What <see cref="FindAsync"/> would return if all that is known were fresh. Never waits: reads that are due are only started. Null if something
    /// that it depends on is not known.
    /// </summary>
    /// <param name="settings">Names of settings, in order of preference.</param>
    Secret? Peek(IReadOnlyList<string> settings) => null;

    /// <summary>
    /// Like <see cref="FindAsync"/>, after <paramref name="refused"/> was refused: a source that can have a newer value looks once, ahead of
    /// schedule. Returns the newer value, or the old one again when there is none, or unavailable if that is unknown.
    /// </summary>
    /// <param name="settings">Names of settings, in order of preference.</param>
    /// <param name="refused">The value that was refused; null for none.</param>
    ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken);

    /// <summary>The health of the Key Vault behind this source; null if there is none.</summary>
    VaultHealth? Vault => null;
}

/// <summary>The place where a key was found.</summary>
public enum SecretOrigin
{
    /// <summary>Nowhere.</summary>
    None,
    /// <summary>In a setting: an environment variable, an app setting or a settings file.</summary>
    Setting,
    /// <summary>In Key Vault.</summary>
    KeyVault,
    /// <summary>A Microsoft Entra token instead of a key.</summary>
    Entra,
}

/// <summary>A key, or why there is none. Only <see cref="Value"/> shows its value.</summary>
internal readonly struct Secret
{
    private Secret(string? value, string? setting, SecretOrigin origin, string? unavailable, TimeSpan? retryAfter)
    {
        Value = value;
        Setting = setting;
        Origin = origin;
        Unavailable = unavailable;
        RetryAfter = retryAfter;
    }

    /// <summary>No source has it: it is not set.</summary>
    public static Secret Missing => default;

    /// <summary>Null when it is missing or unavailable. Visible ASCII, if it came from Key Vault.</summary>
    public string? Value { get; }

    /// <summary>The setting that had it, or whose name the Key Vault secret has.</summary>
    public string? Setting { get; }

    /// <summary>Where it was found.</summary>
    public SecretOrigin Origin { get; }

    /// <summary>
    /// Set if a source could not be read, or its value is not a key, as a sentence for the operator: then it is unknown
    /// whether the key is missing.
    /// </summary>
    public string? Unavailable { get; }

    /// <summary>The time after which an unavailable key is looked up again.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary><see cref="RetryAfter"/> as a header value: whole seconds.</summary>
    public string? RetryAfterSeconds => RetryAfter is { } wait ? Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    public bool IsMissing => Value is null && Unavailable is null;

    public static Secret Found(string value, string setting, SecretOrigin origin = SecretOrigin.Setting) => new(value, setting, origin, null, null);

    public static Secret NotAvailable(string reason, TimeSpan? retryAfter = null) => new(null, null, SecretOrigin.None, reason, retryAfter);

    public override string ToString() => Value is not null ? $"{Setting}: set" : Unavailable ?? "not set";
}
