using System.Globalization;

namespace Nano.State;

/// <summary>Whether responses to a scope's requests are cached, and with whom they are shared.</summary>
/// <param name="Seconds">The lifetime of entries of requests that do not ask for one; 0 to cache only on request.</param>
/// <param name="MaxSeconds">The longest lifetime that a request may ask for; 0 if it may not ask.</param>
/// <param name="Scope">One of <see cref="Scopes"/>: the callers that share entries.</param>
/// <param name="SingleFlight">Of identical requests at the same time, one is sent and the others wait for it.</param>
internal sealed record CacheRule(long Seconds, long MaxSeconds, string Scope, bool SingleFlight)
{
    public const string Key = "key", Team = "team", Organization = "organization";

    /// <summary>A week.</summary>
    public const long MostSeconds = 7 * 24 * 60 * 60;

    public const long DefaultMaxSeconds = 60 * 60;

    public static IReadOnlyList<string> Scopes { get; } = [Key, Team, Organization];

    public static CacheRule? Read(string? line)
    {
        if (line?.Split(' ') is not [var seconds, var most, var scope, var single]) return null;
        return new CacheRule(long.Parse(seconds, CultureInfo.InvariantCulture), long.Parse(most, CultureInfo.InvariantCulture), scope, single == "1");
    }

    public string Write() => string.Create(CultureInfo.InvariantCulture, $"{Seconds} {MaxSeconds} {Scope} {(SingleFlight ? 1 : 0)}");
}
