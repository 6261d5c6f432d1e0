using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.State;

namespace Nano.Panel;

/// <summary>The period and the filters of a report or an export.</summary>
internal sealed class UsageRange
{
    /// <summary>Others are read in more than one way: 01/12/2026 is in January or in December.</summary>
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    private const int MaxDecimals = 7;

    private readonly List<Func<AttemptRow, bool>> _filters = [];

    private UsageRange(DateTimeOffset from, DateTimeOffset to, string? organization) => (From, To, Organization) = (from, to, organization);

    /// <summary>The beginning of the month (UTC) unless the request names another.</summary>
    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    /// <summary>Null for all.</summary>
    public string? Organization { get; }

    /// <param name="others">Further members that the request may have. Any other is an error: a mistyped filter would report everything.</param>
    public static (UsageRange Range, GatewayError? Error) Read(IQueryCollection query, DateTimeOffset now, params ReadOnlySpan<string> others)
    {
        var (from, to) = (new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero), now.AddMinutes(1));
        var wrong = Repeated(query) ?? Moment("from", ref from) ?? Moment("to", ref to);
        var range = new UsageRange(from, to, query["organization"].ToString() is { Length: > 0 } organization ? organization : null);
        foreach (var name in UsageReport.Filters)
            if (query[name].ToString() is { Length: > 0 } wanted) range._filters.Add(attempt => UsageReport.ValueOf(name, attempt) == wanted);
        foreach (var (name, value) in query)
        {
            if (UsageReport.FindNamed(name) is { } column)
            {
                if (value.ToString() is { Length: > 0 } wanted) range._filters.Add(attempt => column(attempt) == wanted);
            }
            else if (name is not ("from" or "to" or "organization") && !UsageReport.Filters.Contains(name) && !others.Contains(name))
                wrong ??= JsonObject.Unknown(name, string.Join(", ", ["from", "to", "organization", .. UsageReport.Filters, "tag:NAME", "metadata:NAME", .. others]));
        }
        return (range, wrong);

        GatewayError? Moment(string name, ref DateTimeOffset moment) =>
            query[name].ToString() is not { Length: > 0 } text
            || DateTimeOffset.TryParseExact(Plain(text), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment)
                ? null
                : GatewayError.Invalid($"'{name}' must be a date or a time in ISO 8601, such as 2026-11-30 or 2026-11-30T12:00:00Z.", name);
    }

    /// <summary>Values of a repeated filter would be one with a comma, which nothing has; columns to group by may be written so.</summary>
    private static GatewayError? Repeated(IQueryCollection query)
    {
        foreach (var (name, values) in query) if (values.Count > 1 && name != "group_by") return JsonObject.Repeated(name);
        return null;
    }

    /// <summary>Without the decimals of a second that .NET does not read: Go and Java write nine.</summary>
    private static string Plain(string text)
    {
        text = WithPlus(text.ToUpperInvariant());
        var at = text.IndexOf('.') + 1;
        if (at == 0) return text;
        var end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end - at <= MaxDecimals ? text : text[..(at + MaxDecimals)] + text[end..];
    }

    /// <summary>In a URL, the plus of an offset is a space unless it is escaped.</summary>
    private static string WithPlus(string text) => text.Contains('T') && text.Length > 6 && text[^6] == ' ' ? $"{text[..^6]}+{text[^5..]}" : text;

    /// <summary>Rows that are not attempts are not part of any report, but an allotment is as long as it is reserved or charged.</summary>
    public bool Includes(AttemptRow attempt)
    {
        if (attempt.IsExcluded || attempt is { IsAllotment: true, State: AttemptState.Released }) return false;
        foreach (var filter in _filters) if (!filter(attempt)) return false;
        return true;
    }
}
