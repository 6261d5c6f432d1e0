using System.Globalization;

namespace Nano.Errors;

/// <summary>
/// How long to wait before another attempt, as providers and the gateway report it: seconds, possibly with a fraction, or an HTTP date
/// (RFC 9110, 10.2.3). Any other value is ignored.
/// </summary>
internal static class RetryDelay
{
    /// <summary>The longest delay that a client is sent; longer ones are reduced to it.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Above this, npm openai ignores the header and tries three times in two seconds, while other SDKs wait for the full time.</summary>
    public static readonly TimeSpan LongestUseful = TimeSpan.FromSeconds(60);

    /// <summary>The shorter delay of a provider's two headers; null for none.</summary>
    /// <param name="seconds"><c>Retry-After</c>.</param>
    /// <param name="milliseconds"><c>retry-after-ms</c> (OpenAI, Azure), which is the more exact one.</param>
    public static string? Shortest(string? seconds, string? milliseconds, DateTimeOffset now)
    {
        var wait = Parse(seconds, now);
        var exact = Number(milliseconds) is { } ms ? Bounded(ms / 1000) : null;
        if (exact is { } fine && (wait is null || fine < wait)) wait = fine;
        return wait?.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
    }

    /// <summary>Null if the value is not a delay: NaN, infinity, a negative number, hundreds of digits.</summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        if (Number(value) is { } seconds) return Bounded(seconds);
        if (value is not null && DateTimeOffset.TryParseExact(value.Trim(), "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return Bounded(Math.Max(0, (date - now).TotalSeconds));
        return null;
    }

    private static double? Number(string? value)
    {
        if (value is null || value.Length > 20) return null;
        return double.TryParse(value.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
    }

    private static TimeSpan? Bounded(double seconds) => seconds > Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(seconds);
}
