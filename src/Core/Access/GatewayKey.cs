using System.Security.Cryptography;
using System.Text;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Access;

/// <summary>The gateway's own key, asked on every request: the setting's, or why there is none.</summary>
internal sealed class GatewayKey
{
    private readonly GatewayKeyReading _reading;

    public GatewayKey(GatewayOptions options) => _reading = options.CallerKeyProblem is { } problem
        ? new GatewayKeyReading(null, new GatewayError(GatewayErrorKind.NotConfigured, 503, problem) { Code = "gateway_not_configured" })
        : new GatewayKeyReading(new KeyMaterial(options.ApiKey!), null);

    /// <summary>Complete at once unless the key was never read before. Raises only <see cref="OperationCanceledException"/>.</summary>
    public ValueTask<GatewayKeyReading> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_reading);
}

/// <summary>Exactly one of key and error is there.</summary>
internal readonly record struct GatewayKeyReading(KeyMaterial? Key, GatewayError? Error);

/// <summary>
/// One value of the gateway's key and what is made of it once: with another key come other keys of tokens, so that every
/// token and every remembered one dies with the value that it hangs on. It never shows the key.
/// </summary>
internal sealed class KeyMaterial
{
    /// <summary>A longer key lets nobody in; the settings are refused before that.</summary>
    private const int MaxBytes = 512;

    private readonly byte[] _padded = new byte[MaxBytes];
    private readonly int _length;
    private readonly Lazy<TokenKey> _sessionTokens;
    private readonly Lazy<TokenKey> _panelCookies;

    public KeyMaterial(string key)
    {
        if (!Encoding.UTF8.TryGetBytes(key, _padded, out _length)) _length = -1;
        _sessionTokens = new Lazy<TokenKey>(() => new TokenKey(key, "nano session token v1", "nano-gateway"));
        _panelCookies = new Lazy<TokenKey>(() => new TokenKey(key, "nano panel cookie v1", "nano-panel"));
    }

    /// <summary>For tokens that are handed out.</summary>
    public TokenKey SessionTokens => _sessionTokens.Value;

    /// <summary>For the panel's cookie. Neither of the two takes a token of the other.</summary>
    public TokenKey PanelCookies => _panelCookies.Value;

    /// <summary>
    /// Takes the same time whatever the key is and how long: both sides are filled up to the longest one. Hashes would do as
    /// well, but load the platform's cryptography, library and settings from the disk, before the first answer.
    /// </summary>
    public bool Matches(string candidate)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        return Encoding.UTF8.TryGetBytes(candidate, bytes, out var length) && CryptographicOperations.FixedTimeEquals(bytes, _padded) & length == _length;
    }

    public override string ToString() => "set";
}
