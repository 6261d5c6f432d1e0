namespace Nano.Secrets;

/// <summary>
/// Where keys come from, asked by the name of their setting (<c>XAI_API_KEY</c>) on every request. A source answers from
/// memory: the returned task is complete unless the very first value has still to be fetched.
/// </summary>
public interface ISecretSource
{
    /// <summary>The value of the first of these settings that has one.</summary>
    /// <param name="settings">Names of settings, in order of preference.</param>
    ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken);
}

/// <summary>A key, or why there is none. It never shows its value but in <see cref="Value"/>.</summary>
public readonly struct Secret
{
    private Secret(string? value, string? setting, SecretOrigin origin, string? unavailable)
    {
        Value = value;
        Setting = setting;
        Origin = origin;
        Unavailable = unavailable;
    }

    /// <summary>No source has it: it is not set.</summary>
    public static Secret Missing => default;

    /// <summary>Null when it is missing or unavailable.</summary>
    public string? Value { get; }

    /// <summary>The setting that had it.</summary>
    public string? Setting { get; }

    /// <summary>Where it was found; nothing for one that was not.</summary>
    public SecretOrigin Origin { get; }

    /// <summary>Set when a source could not be asked, as a sentence for the operator: then nobody knows whether the key is missing.</summary>
    public string? Unavailable { get; }

    public static Secret Found(string value, string setting, SecretOrigin origin = SecretOrigin.Setting) => new(value, setting, origin, null);

    public static Secret NotAvailable(string reason) => new(null, null, default, reason);

    public override string ToString() => Value is not null ? $"{Setting}: set" : Unavailable ?? "not set";
}

/// <summary>Where a key comes from, as the operator is told.</summary>
public enum SecretOrigin
{
    /// <summary>An app setting, or one of the files that stand for it on a laptop.</summary>
    Setting,
    KeyVault,
}
