using System.Globalization;
using Nano.Access;
using Nano.Caching;
using Nano.Errors;
using Nano.State;

namespace Nano.Pipeline.Caching;

/// <summary>A request to cache the response: by the header <c>x-nano-cache</c>, or by the caller's policy.</summary>
/// <param name="Lifetime">How long the entry lives, and the maximum age of a cached response.</param>
/// <param name="Sharing">One of <see cref="CacheRule.Scopes"/>.</param>
/// <param name="SingleFlight">The request may wait for an identical one that came first.</param>
internal readonly record struct CacheWish(TimeSpan Lifetime, string Sharing, bool SingleFlight)
{
    public const string Header = "x-nano-cache";

    private const int MaxHeader = 128;

    /// <summary>The entry is not older than the request allows.</summary>
    public bool Accepts(CacheEntry entry, DateTimeOffset now) => entry.Age(now) <= Lifetime;

    /// <summary>Whether anything has to be read: for most requests, this check is all.</summary>
    public static bool IsPossible(Caller caller, string? header) => header is { Length: > 0 } || caller.Cache is { Seconds: > 0 };

    /// <summary>No wish and no error: the response is not cached.</summary>
    /// <param name="header">The header's value; null when there is none.</param>
    public static (CacheWish? Wish, GatewayError? Error) Read(Caller caller, string? header)
    {
        var rule = caller.Cache;
        long? asked = null;
        var single = rule?.SingleFlight == true;
        var isOff = false;
        foreach (var part in header is { Length: <= MaxHeader } ? header.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : header is null ? [] : [header])
        {
            if (part == "off") isOff = true;
            else if (part == "single-flight") single = true;
            else if (part.StartsWith("ttl=", StringComparison.Ordinal) && long.TryParse(part.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds is > 0 and <= CacheRule.MostSeconds) asked = seconds;
            else return (null, GatewayError.Invalid($"{Header} must be 'ttl=SECONDS' (1 to {CacheRule.MostSeconds}), 'ttl=SECONDS, single-flight', or 'off'.", Header));
        }
        if (isOff) return (null, null);
        if (caller.IsOwner) return asked is { } time ? (new CacheWish(TimeSpan.FromSeconds(time), CacheRule.Key, single), null) : (null, null);
        if (rule is null) return (null, null);
        var lifetime = asked is { } own ? Math.Min(own, rule.MaxSeconds) : rule.Seconds;
        return lifetime > 0 ? (new CacheWish(TimeSpan.FromSeconds(lifetime), rule.Scope, single), null) : (null, null);
    }
}
