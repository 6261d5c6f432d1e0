using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Nano.Configuration;

namespace Nano.Access.Entra;

/// <summary>
/// The keys with which Entra ID signs access tokens, and the issuers of those tokens, from its OpenID documents. They are read for the
/// first token, refreshed in the background after an hour, and read at once when a token names an unknown
/// key, at most every 10 s. While Entra ID does not respond, the last ones are used for up to a day. Thread safe.
/// </summary>
/// <remarks>
/// It replaces the ConfigurationManager of Microsoft.IdentityModel. There, a token with an invented key id uses up the refresh, so that
/// tokens of a key that is rolled over right after are refused for minutes, and a withdrawn key stays valid as "last known good".
/// </remarks>
internal sealed class EntraKeys(EntraOptions options, Func<HttpMessageInvoker> network, TimeProvider time)
{
    public static readonly TimeSpan RefreshAge = TimeSpan.FromHours(1);
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);
    public static readonly TimeSpan UnknownPause = TimeSpan.FromSeconds(10);

    private const int MaxDocument = 1024 * 1024;

    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(10);

    /// <summary>Tokens of both versions are signed with the same keys but name different issuers.</summary>
    private static readonly string[] Documents = ["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"];

    private readonly Lock _lock = new();
    private EntraKeySet? _known;
    private Task<EntraKeySet>? _reading;
    private long _triedAt;
    private bool _hasTried;

    /// <summary>Completes synchronously for a key that is known.</summary>
    /// <exception cref="EntraUnavailableException">Entra ID does not respond, and no recent keys are known.</exception>
    public async ValueTask<EntraKeySet> FindAsync(string keyId)
    {
        var known = Volatile.Read(ref _known);
        if (known is not null && time.GetElapsedTime(known.ReadAt) < MaxAge)
        {
            var isDue = time.GetElapsedTime(known.ReadAt) >= RefreshAge;
            if (known.Keys.ContainsKey(keyId))
            {
                // A background refresh: its failure is reported only once the keys are too old.
                if (isDue) _ = TryRead(UnknownPause);
                return known;
            }
            if (TryRead(UnknownPause) is not { } reading) return known;
            try
            {
                return await reading.ConfigureAwait(false);
            }
            catch (EntraUnavailableException)
            {
                return known;
            }
        }
        return await (TryRead(FailurePause) ?? throw new EntraUnavailableException("Entra ID did not respond a moment ago.")).ConfigureAwait(false);
    }

    /// <summary>The read in progress, or a new one; null if the last one started less than <paramref name="pause"/> ago.</summary>
    private Task<EntraKeySet>? TryRead(TimeSpan pause)
    {
        lock (_lock)
        {
            if (_reading is { IsCompleted: false }) return _reading;
            if (_hasTried && time.GetElapsedTime(_triedAt) < pause) return null;
            (_hasTried, _triedAt) = (true, time.GetTimestamp());
            _reading = ReadAsync();
            // Observe the exception even if no request awaits the read.
            _ = _reading.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return _reading;
        }
    }

    private async Task<EntraKeySet> ReadAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            using var stop = new CancellationTokenSource(ReadLimit, time);
            var keys = new Dictionary<string, SecurityKey>(StringComparer.Ordinal);
            var issuers = new List<string>();
            foreach (var path in Documents)
            {
                using var document = JsonDocument.Parse(await GetAsync(new Uri($"{options.Authority}/{options.Tenant}/{path}"), stop.Token).ConfigureAwait(false));
                if (Text(document.RootElement, "issuer") is not { } issuer || Text(document.RootElement, "jwks_uri") is not { } address
                    || !Uri.TryCreate(address, UriKind.Absolute, out var uri) || !EntraOptions.IsSafe(uri))
                    throw new EntraUnavailableException("Entra ID returned a document without an issuer or keys.");
                issuers.Add(issuer);
                foreach (var key in new JsonWebKeySet(await GetTextAsync(uri, stop.Token).ConfigureAwait(false)).Keys)
                    if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.Use is null or "sig" && key.Kid is { Length: > 0 } id) keys[id] = key;
            }
            var read = new EntraKeySet(keys, issuers, time.GetTimestamp());
            Volatile.Write(ref _known, read);
            return read;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException or ArgumentException or InvalidOperationException)
        {
            throw new EntraUnavailableException($"The keys of Entra ID could not be read: {e.GetType().Name}.", e);
        }
    }

    private async Task<string> GetTextAsync(Uri uri, CancellationToken cancellationToken) =>
        System.Text.Encoding.UTF8.GetString(await GetAsync(uri, cancellationToken).ConfigureAwait(false));

    private async Task<byte[]> GetAsync(Uri uri, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await network().SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"status {(int)response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        while (await body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            if (buffer.Length + count > MaxDocument) throw new IOException("The document is too large.");
            buffer.Write(chunk, 0, count);
        }
        return buffer.ToArray();
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text ? text : null;
}

/// <param name="Keys">By key id.</param>
/// <param name="Issuers">Of tokens of both versions.</param>
/// <param name="ReadAt">A timestamp of the time provider.</param>
internal sealed record EntraKeySet(IReadOnlyDictionary<string, SecurityKey> Keys, IReadOnlyList<string> Issuers, long ReadAt);

/// <summary>Entra ID does not respond, so the token cannot be checked.</summary>
internal sealed class EntraUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
