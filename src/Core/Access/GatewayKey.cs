using System.Security.Cryptography;
using System.Text;
using Nano.Configuration;
using Nano.Errors;
using Nano.Reasoning;
using Nano.Secrets;

namespace Nano.Access;

/// <summary>
/// The gateway's own key, looked up on every request: the setting, else the Key Vault secret <c>api-key</c>, else,
/// on a laptop, the public default. A vault that cannot be read is a 503 and never a 401, also on a laptop, because the valid key
/// is unknown then.
/// </summary>
internal sealed class GatewayKey
{
    private static readonly string[] Names = [GatewaySettings.ApiKey];

    private readonly GatewayOptions _options;
    private readonly ISecretSource? _secrets;
    private volatile Judged _judged;

    /// <param name="secrets">Used only if no setting has the key and there is a Key Vault (<see cref="GatewayOptions.CallerKeyInVault"/>).</param>
    public GatewayKey(GatewayOptions options, ISecretSource? secrets = null)
    {
        _options = options;
        _secrets = options.CallerKeyInVault ? secrets : null;
        _judged = options.CallerKeyProblem is { } problem
            ? new Judged(Secret.NotAvailable(problem), Refused(problem))
            : Judge(options.ApiKey is { } key ? Secret.Found(key, GatewaySettings.ApiKey) : Secret.Missing);
    }

    /// <summary>Completes synchronously unless the key was never read. Raises only <see cref="OperationCanceledException"/>.</summary>
    public ValueTask<GatewayKeyReading> ReadAsync(CancellationToken cancellationToken)
    {
        if (_secrets is null) return ValueTask.FromResult(_judged.Reading);
        var found = _secrets.FindAsync(Names, cancellationToken);
        return found.IsCompletedSuccessfully ? ValueTask.FromResult(ReadingOf(found.GetAwaiter().GetResult())) : Awaited(found);

        async ValueTask<GatewayKeyReading> Awaited(ValueTask<Secret> pending) => ReadingOf(await pending.ConfigureAwait(false));
    }

    /// <summary>
    /// For a caller whose key is not <paramref name="refuted"/>: it may be a newer one. Null when there is no newer key; otherwise
    /// the current result, which is an error if the key cannot be read. Raises only <see cref="OperationCanceledException"/>.
    /// </summary>
    public ValueTask<GatewayKeyReading?> FindNewerAsync(KeyMaterial refuted, CancellationToken cancellationToken)
    {
        return _secrets is null ? ValueTask.FromResult<GatewayKeyReading?>(null) : LookAsync(_secrets);

        async ValueTask<GatewayKeyReading?> LookAsync(ISecretSource secrets)
        {
            var judged = _judged;
            var reading = judged.Reading.Key == refuted
                ? ReadingOf(await secrets.RereadAsync(Names, judged.Secret.Value, cancellationToken).ConfigureAwait(false))
                : judged.Reading;
            return reading.Key == refuted ? null : reading;
        }
    }

    private GatewayKeyReading ReadingOf(in Secret secret)
    {
        var judged = _judged;
        if ((object?)judged.Secret.Value == secret.Value && (object?)judged.Secret.Unavailable == secret.Unavailable) return judged.Reading;
        var anew = Judge(secret);
        // A failed read is not kept: the next value is compared with the last known key.
        if (secret.Unavailable is null) _judged = anew;
        return anew.Reading;
    }

    private Judged Judge(in Secret secret)
    {
        if (secret.Unavailable is { } reason)
        {
            var hint = _options.OnAzure ? "" : $" To work without it, set {GatewaySettings.ApiKey}.";
            return new Judged(secret,
                new GatewayKeyReading(null,
                    new GatewayError(GatewayErrorKind.NotConfigured, 503, $"The gateway's key cannot be read now: {reason}{hint}")
                        { Code = "key_unavailable", RetryAfter = secret.RetryAfterSeconds }));
        }
        if (secret.Value is not { } key)
        {
            return new Judged(secret, _options.AllowsLaptopKey
                ? new GatewayKeyReading(new KeyMaterial(GatewayOptions.LaptopApiKey), null)
                : Refused(GatewayOptions.NobodyIsLetIn($"{GatewaySettings.ApiKey} is not set")));
        }
        if (key.Length > GatewayOptions.MaxApiKeyLength)
            return new Judged(secret, Refused(GatewayOptions.NobodyIsLetIn($"its key has more than {GatewayOptions.MaxApiKeyLength} characters")));
        if (!_options.AllowsLaptopKey && key.Equals(GatewayOptions.LaptopApiKey, StringComparison.OrdinalIgnoreCase))
            return new Judged(secret, Refused(GatewayOptions.NobodyIsLetIn($"its key is '{GatewayOptions.LaptopApiKey}', which is public")));
        return new Judged(secret, new GatewayKeyReading(new KeyMaterial(key), null));
    }

    private static GatewayKeyReading Refused(string problem) =>
        new(null, new GatewayError(GatewayErrorKind.NotConfigured, 503, problem) { Code = "gateway_not_configured", IsFinal = true });

    /// <summary>A secret and the values derived from it.</summary>
    private sealed record Judged(Secret Secret, GatewayKeyReading Reading);
}

/// <summary>Exactly one of key and error is set.</summary>
internal readonly record struct GatewayKeyReading(KeyMaterial? Key, GatewayError? Error);

/// <summary>
/// One value of the gateway's key and the keys derived from it. A new value has new derived keys, so every token
/// and every cached check ends with the value that it depends on. It never shows the key.
/// </summary>
internal sealed class KeyMaterial
{
    /// <summary>A longer key is never valid; the settings are rejected before.</summary>
    private const int MaxBytes = 512;

    /// <summary>Keys up to this length, which is nearly all, are compared as if they had this length: comparing 512 bytes was 2 % of a request.</summary>
    private const int UsualBytes = 128;

    private readonly byte[] _padded = new byte[MaxBytes];
    private readonly int _length;
    private readonly Lazy<TokenKey> _sessionTokens;
    private readonly Lazy<TokenKey> _panelCookies;
    private readonly Lazy<TokenKey> _knownBrowsers;
    private readonly Lazy<StateKey> _reasoningState;

    public KeyMaterial(string key)
    {
        if (!Encoding.UTF8.TryGetBytes(key, _padded, out _length)) _length = -1;
        _sessionTokens = new Lazy<TokenKey>(() => new TokenKey(key, "nano session token v1", "nano-gateway"));
        _panelCookies = new Lazy<TokenKey>(() => new TokenKey(key, "nano panel cookie v1", "nano-panel"));
        _knownBrowsers = new Lazy<TokenKey>(() => new TokenKey(key, "nano known browser v1", "nano-browser"));
        _reasoningState = new Lazy<StateKey>(() => new StateKey(key));
    }

    /// <summary>For tokens that are handed out.</summary>
    public TokenKey SessionTokens => _sessionTokens.Value;

    /// <summary>For the panel's cookie. The three kinds are not interchangeable.</summary>
    public TokenKey PanelCookies => _panelCookies.Value;

    /// <summary>For browsers that were signed in before.</summary>
    public TokenKey KnownBrowsers => _knownBrowsers.Value;

    /// <summary>For reasoning state that is sent through callers.</summary>
    public StateKey ReasoningState => _reasoningState.Value;

    /// <summary>
    /// The time depends on nothing but whether one of the two has more than 128 bytes: both sides are padded. Hashes would work too,
    /// but load the platform's cryptography, library and settings from the disk, before the first response.
    /// </summary>
    public bool Matches(string candidate)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        if (!Encoding.UTF8.TryGetBytes(candidate, bytes, out var length)) return false;
        var compared = Math.Max(length, _length) <= UsualBytes ? UsualBytes : MaxBytes;
        return CryptographicOperations.FixedTimeEquals(bytes[..compared], _padded.AsSpan(0, compared)) & length == _length;
    }

    public override string ToString() => "set";
}
