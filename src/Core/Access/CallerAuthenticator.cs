using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nano.Errors;
using Nano.Routing;

namespace Nano.Access;

/// <summary>
/// Checks the caller's key. Accepted where every official SDK puts it: <c>Authorization: Bearer</c>, <c>x-api-key</c>,
/// <c>api-key</c>, <c>x-goog-api-key</c>; never in the URL. Comparison takes constant time, also for keys of other lengths.
/// </summary>
internal sealed class CallerAuthenticator
{
    private readonly byte[]? _expected;
    private readonly GatewayError? _problem;

    public CallerAuthenticator(GatewayOptions options)
    {
        if (options.CallerKeyProblem is { } problem) _problem = new GatewayError(GatewayErrorKind.NotConfigured, 503, problem) { Code = "gateway_not_configured" };
        else _expected = SHA256.HashData(Encoding.UTF8.GetBytes(options.ApiKey!));
    }

    /// <summary>Why the caller may not come in; null when it may.</summary>
    public GatewayError? Check(IHeaderDictionary headers)
    {
        if (_problem is not null) return _problem;
        var found = false;
        if (Bearer(headers.Authorization) is { } bearer && Matches(bearer, ref found)) return null;
        if (Matches(headers["x-api-key"], ref found)) return null;
        if (Matches(headers["api-key"], ref found)) return null;
        if (Matches(headers["x-goog-api-key"], ref found)) return null;
        return found
            ? Refused("The API key is not this gateway's key. Use the value of the gateway's API_KEY setting.")
            : Refused("No API key was given. Send the gateway's key as 'Authorization: Bearer KEY', 'x-api-key', 'api-key' or 'x-goog-api-key'.");
    }

    private static GatewayError Refused(string message) => new(GatewayErrorKind.Unauthenticated, 401, message) { Code = "invalid_api_key" };

    private static string? Bearer(StringValues header)
    {
        var value = header.Count == 0 ? null : header[0];
        return value is not null && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : null;
    }

    private bool Matches(StringValues header, ref bool found) => header.Count > 0 && header[0] is { } value && Matches(value, ref found);

    private bool Matches(string key, ref bool found)
    {
        if (key.Length == 0) return false;
        found = true;
        Span<byte> bytes = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!Encoding.UTF8.TryGetBytes(key, bytes, out var length)) return false;
        SHA256.HashData(bytes[..length], hash);
        return CryptographicOperations.FixedTimeEquals(hash, _expected);
    }
}
