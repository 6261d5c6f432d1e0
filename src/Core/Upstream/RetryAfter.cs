using Nano.Errors;

namespace Nano.Upstream;

/// <summary>When to send the next request to a provider: <c>Retry-After</c> in seconds or as a date (RFC 9110), or <c>retry-after-ms</c>.</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>In the format of <c>Retry-After</c>, the shorter of the two; null when the response has neither.</summary>
    public static string? Of(HttpResponseMessage response) =>
        RetryDelay.Shortest(Header(response, "Retry-After"), Header(response, "retry-after-ms"), TimeProvider.System.GetUtcNow());

    /// <summary>At least zero and at most a day; null for none, and for a value that is neither a number nor a date.</summary>
    public static TimeSpan? Parse(string? value, DateTimeOffset now) => RetryDelay.Parse(value, now) is { } wait ? (wait > Longest ? Longest : wait) : null;

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
