using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Nano.Errors;

namespace Nano.Access;

/// <summary>
/// Checks the caller's key. Accepted where every official SDK puts it: <c>Authorization: Bearer</c>, <c>x-api-key</c>,
/// <c>api-key</c>, <c>x-goog-api-key</c>; never in the URL. Comparison takes constant time, also for keys of other lengths.
/// </summary>
internal sealed class CallerAuthenticator(GatewayKey gatewayKey)
{
    private static readonly GatewayError NoKey = Refused("No API key was given. Send the gateway's key as 'Authorization: Bearer KEY', 'x-api-key', 'api-key' or 'x-goog-api-key'.");
    private static readonly GatewayError WrongKey = Refused("The API key is not this gateway's key. Use the value of the gateway's API_KEY setting.");

    /// <summary>For a caller who left before the gateway's key was read.</summary>
    public static GatewayError Unread { get; } = new(GatewayErrorKind.NotConfigured, 503, "The gateway's key is not read yet. Try again shortly.") { Code = "gateway_not_configured" };

    /// <summary>Complete at once unless the gateway's key was never read before. Raises only <see cref="OperationCanceledException"/>.</summary>
    public ValueTask<CallerCheck> CheckAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var reading = gatewayKey.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? ValueTask.FromResult(Check(headers, reading.GetAwaiter().GetResult())) : Awaited(headers, reading);

        static async ValueTask<CallerCheck> Awaited(IHeaderDictionary headers, ValueTask<GatewayKeyReading> reading) => Check(headers, await reading.ConfigureAwait(false));
    }

    private static CallerCheck Check(IHeaderDictionary headers, GatewayKeyReading reading)
    {
        if (reading.Key is not { } key) return new CallerCheck(null, reading.Error);
        var found = false;
        if (Bearer(headers.Authorization) is { } bearer && Matches(key, bearer, ref found)) return new CallerCheck(Caller.Owner, null);
        if (Matches(key, headers["x-api-key"], ref found)) return new CallerCheck(Caller.Owner, null);
        if (Matches(key, headers["api-key"], ref found)) return new CallerCheck(Caller.Owner, null);
        if (Matches(key, headers["x-goog-api-key"], ref found)) return new CallerCheck(Caller.Owner, null);
        return new CallerCheck(null, found ? WrongKey : NoKey);
    }

    private static GatewayError Refused(string message) => new(GatewayErrorKind.Unauthenticated, 401, message) { Code = "invalid_api_key" };

    private static string? Bearer(StringValues header)
    {
        var value = header.Count == 0 ? null : header[0];
        return value is not null && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : null;
    }

    private static bool Matches(KeyMaterial key, StringValues header, ref bool found) => header.Count > 0 && header[0] is { } value && Matches(key, value, ref found);

    private static bool Matches(KeyMaterial key, string candidate, ref bool found)
    {
        if (candidate.Length == 0) return false;
        found = true;
        return key.Matches(candidate);
    }
}

/// <summary>Exactly one of the two is there.</summary>
internal readonly record struct CallerCheck(Caller? Caller, GatewayError? Refused);
