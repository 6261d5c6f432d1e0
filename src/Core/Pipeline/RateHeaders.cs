using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.State;

namespace Nano.Pipeline;

/// <summary>The headers in which an API reports what is left of a caller's rates: names, and the format of the time until a rate is unused.</summary>
internal sealed class RateHeaders
{
    private readonly Func<string, string, string> _name;
    private readonly Func<TimeSpan, DateTimeOffset, string> _reset;

    private RateHeaders(Func<string, string, string> name, Func<TimeSpan, DateTimeOffset, string> reset) => (_name, _reset) = (name, reset);

    /// <summary><c>x-ratelimit-remaining-requests</c>; times as <c>6m0s</c>.</summary>
    public static RateHeaders OpenAI { get; } = new(static (kind, what) => $"x-ratelimit-{what}-{kind}", static (wait, _) => Duration(wait));

    /// <summary><c>anthropic-ratelimit-requests-remaining</c>; times in RFC 3339.</summary>
    public static RateHeaders Anthropic { get; } = new(static (kind, what) => $"anthropic-ratelimit-{kind}-{what}",
        static (wait, now) => (now + wait).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>Reports, for each kind, the rate with the least left.</summary>
    public void Write(IReadOnlyList<RateState> rates, DateTimeOffset now, IHeaderDictionary headers)
    {
        Write(RateTake.Requests, rates, now, headers);
        Write(RateTake.Tokens, rates, now, headers);
    }

    private void Write(string kind, IReadOnlyList<RateState> rates, DateTimeOffset now, IHeaderDictionary headers)
    {
        RateState? least = null;
        foreach (var rate in rates)
            if (rate.Take.Kind == kind && (least is null || rate.Remaining < least.Value.Remaining)) least = rate;
        if (least is not { } found) return;
        headers[_name(kind, "limit")] = found.Take.PerMinute.ToString(CultureInfo.InvariantCulture);
        headers[_name(kind, "remaining")] = found.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[_name(kind, "reset")] = _reset(found.Reset, now);
    }

    private static string Duration(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds)}ms")
        : time < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)}s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds}s");
}
