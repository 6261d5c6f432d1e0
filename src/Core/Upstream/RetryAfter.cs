using System.Globalization;

namespace Nano.Upstream;

/// <summary>When a provider wants the next request: <c>Retry-After</c> in seconds or as a date (RFC 9110), or <c>retry-after-ms</c>.</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>In the form of <c>Retry-After</c>; null when the response does not say it.</summary>
    public static string? Of(HttpResponseMessage response)
    {
        var headers = response.Headers.NonValidated;
        if (headers.TryGetValues("Retry-After", out var values)) return values.ToString();
        return headers.TryGetValues("retry-after-ms", out var milliseconds)
            && double.TryParse(milliseconds.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? (number / 1000).ToString("0.###", CultureInfo.InvariantCulture) : null;
    }

    /// <summary>At least zero and at most a day; null for none, and for what is neither a number nor a date.</summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now)
    {
        if (value is null) return null;
        if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return Bound(seconds);
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? Bound((date - now).TotalSeconds) : null;
    }

    private static TimeSpan Bound(double seconds) => seconds <= 0 ? TimeSpan.Zero : seconds >= Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(seconds);
}
