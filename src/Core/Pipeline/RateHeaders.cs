using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.State;

namespace Nano.Pipeline;

/// <summary>The headers in which an API reports what is left of a caller's rates: names, and the format of the time until a rate is unused.</summary>
internal sealed class RateHeaders
{
    private readonly Names _requests, _tokens;
    private readonly Func<TimeSpan, DateTimeOffset, string> _reset;

    private RateHeaders(Func<string, string, string> name, Func<TimeSpan, DateTimeOffset, string> reset)
    {
        (_requests, _tokens) = (NamesOf(RateTake.Requests), NamesOf(RateTake.Tokens));
        _reset = reset;

        Names NamesOf(string kind) => new(kind, name(kind, "limit"), name(kind, "remaining"), name(kind, "reset"));
    }

    /// <summary><c>x-ratelimit-remaining-requests</c>; times as <c>6m0s</c>.</summary>
    public static RateHeaders OpenAI { get; } = new(static (kind, what) => $"x-ratelimit-{what}-{kind}", static (wait, _) => Duration(wait));

    /// <summary><c>anthropic-ratelimit-requests-remaining</c>; times in RFC 3339.</summary>
    public static RateHeaders Anthropic { get; } = new(static (kind, what) => $"anthropic-ratelimit-{kind}-{what}",
        static (wait, now) => (now + wait).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>Reports, for each kind, the rate with the least left.</summary>
    public void Write(IReadOnlyList<RateState> rates, DateTimeOffset now, IHeaderDictionary headers)
    {
        Write(_requests, rates, now, headers);
        Write(_tokens, rates, now, headers);
    }

    private void Write(Names names, IReadOnlyList<RateState> rates, DateTimeOffset now, IHeaderDictionary headers)
    {
        RateState? least = null;
        foreach (var rate in rates)
            if (rate.Take.Kind == names.Kind && (least is null || rate.Remaining < least.Value.Remaining)) least = rate;
        if (least is not { } found) return;
        headers[names.Limit] = found.Take.PerMinute.ToString(CultureInfo.InvariantCulture);
        headers[names.Remaining] = found.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[names.Reset] = _reset(found.Reset, now);
    }

    private static string Duration(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)Math.Ceiling(time.TotalMilliseconds)}ms")
        : time < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)Math.Ceiling(time.TotalSeconds)}s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds}s");

    /// <summary>The headers of a kind of rate.</summary>
    private sealed record Names(string Kind, string Limit, string Remaining, string Reset);
}
