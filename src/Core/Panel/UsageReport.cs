using System.Globalization;
using Nano.Errors;
using Nano.State;

namespace Nano.Panel;

/// <summary>Sums over attempts, grouped by columns.</summary>
internal sealed class UsageReport
{
    public const int MaxGroups = 10_000;

    private const int MaxColumns = 8;

    /// <summary>Columns with a name of the request's or the key's own behind them: values of tags and of the request's metadata.</summary>
    private static readonly IReadOnlyList<(string Prefix, Func<AttemptDetails, string?> Lines)> Named = [("tag:", static of => of.Tags), ("metadata:", static of => of.Metadata)];

    private static readonly IReadOnlyDictionary<string, Func<AttemptRow, string?>> Columns = new Dictionary<string, Func<AttemptRow, string?>>(StringComparer.Ordinal)
    {
        ["day"] = static attempt => attempt.Details.StartedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["hour"] = static attempt => attempt.Details.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH':00Z'", CultureInfo.InvariantCulture),
        ["organization"] = static attempt => attempt.Details.Organization,
        ["team"] = static attempt => attempt.Details.Team,
        ["user"] = static attempt => attempt.Details.User,
        ["key"] = static attempt => attempt.Details.Key,
        ["provider"] = static attempt => attempt.Details.Provider,
        ["model"] = static attempt => attempt.IsAllotment ? "" : $"{attempt.Details.Provider}/{attempt.Details.Model}",
        ["dialect"] = static attempt => attempt.Details.Dialect,
        ["end_user"] = static attempt => attempt.Details.EndUser,
        ["session"] = static attempt => attempt.Details.Session,
        ["cache"] = static attempt => attempt.Details.Cache,
    };

    private static readonly string Known = string.Join(", ", Columns.Keys);

    private readonly List<Func<AttemptRow, string?>> _values = [];
    private readonly Dictionary<string, UsageRow> _rows = new(StringComparer.Ordinal);

    private UsageReport(IReadOnlyList<string> groups, OtherPrices? prices) => (Groups, Prices) = (groups, prices);

    /// <summary>Columns whose values a request can ask for.</summary>
    public static IReadOnlyList<string> Filters { get; } = ["team", "user", "key", "provider", "model", "dialect", "end_user", "session", "cache"];

    public IReadOnlyList<string> Groups { get; }

    /// <summary>Each row is of one key, or of requests without one.</summary>
    public bool HasKeys => Groups.Contains("key");

    /// <summary>Prices to compute costs with in addition to the charges; null for none.</summary>
    public OtherPrices? Prices { get; }

    /// <summary>The most expensive first, unless they are grouped by time.</summary>
    public IEnumerable<UsageRow> Rows => Groups.Contains("day") || Groups.Contains("hour")
        ? _rows.Values.OrderBy(row => string.Join('\n', row.Values), StringComparer.Ordinal)
        : _rows.Values.OrderByDescending(row => row.Charged.NanoUsd).ThenBy(row => string.Join('\n', row.Values), StringComparer.Ordinal);

    /// <param name="groupBy">Names of columns with commas between them; <c>tag:NAME</c> is the value of a tag.</param>
    /// <param name="prices">Prices to compute costs again with; null for none.</param>
    public static (UsageReport? Report, GatewayError? Error) Create(string groupBy, OtherPrices? prices = null)
    {
        var names = groupBy.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var report = new UsageReport(names, prices);
        foreach (var name in names)
        {
            if (Columns.TryGetValue(name, out var column)) report._values.Add(column);
            else if (FindNamed(name) is { } named) report._values.Add(named);
            else return (null, GatewayError.Invalid($"'group_by' takes {Known}, tag:NAME and metadata:NAME.", "group_by"));
        }
        return names.Length <= MaxColumns && names.Distinct().Count() == names.Length ? (report, null)
            : (null, GatewayError.Invalid($"'group_by' takes up to {MaxColumns} different columns.", "group_by"));
    }

    public static string? ValueOf(string column, AttemptRow attempt) => Columns[column](attempt);

    /// <summary>The values of a column such as <c>tag:app</c>; null where there is no such kind of column.</summary>
    public static Func<AttemptRow, string?>? FindNamed(string column)
    {
        foreach (var (prefix, lines) in Named)
            if (column.StartsWith(prefix, StringComparison.Ordinal) && column[prefix.Length..] is var name && KeyRequest.IsScopeName(name))
                return attempt => ValueIn(lines(attempt.Details), name);
        return null;
    }

    /// <returns>False when there are too many groups.</returns>
    public bool TryAdd(AttemptRow attempt)
    {
        var values = new string[_values.Count];
        for (var i = 0; i < values.Length; i++) values[i] = _values[i](attempt) ?? "";
        var key = string.Join('\n', values);
        if (!_rows.TryGetValue(key, out var row))
        {
            if (_rows.Count == MaxGroups) return false;
            _rows[key] = row = new UsageRow(values);
        }
        row.Add(attempt, Prices);
        if (HasKeys) row.KeyName = attempt.Details.KeyName ?? row.KeyName;
        return true;
    }

    private static string? ValueIn(string? lines, string name)
    {
        foreach (var line in AttemptRow.Lines(lines))
            if (line.Length > name.Length && line[name.Length] == '=' && line.StartsWith(name, StringComparison.Ordinal)) return line[(name.Length + 1)..];
        return null;
    }
}

/// <summary>The sums of one group.</summary>
internal sealed class UsageRow(IReadOnlyList<string> values)
{
    private string _lastRequest = "";

    public IReadOnlyList<string> Values { get; } = values;

    /// <summary>What the key of the row was called at its last request; null where that is not known.</summary>
    public string? KeyName { get; set; }

    public long Requests { get; private set; }

    public long Attempts { get; private set; }

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    public long CacheReadTokens { get; private set; }

    public long CacheWriteTokens { get; private set; }

    public long ReasoningTokens { get; private set; }

    public Amount Charged { get; private set; }

    /// <summary>The part of <see cref="Charged"/> that was not reported by a provider.</summary>
    public Amount Presumed { get; private set; }

    /// <summary>Reserved for open attempts.</summary>
    public Amount Reserved { get; private set; }

    /// <summary><see cref="Charged"/> with other prices, as far as they are known.</summary>
    public Amount Recomputed { get; private set; }

    /// <summary>
    /// Attempts whose cost is not known: nothing was charged for them. With other prices, charged attempts without another
    /// price: <see cref="Recomputed"/> contains their charge.
    /// </summary>
    public long Unpriced { get; private set; }

    /// <summary>The attempts of one request are consecutive.</summary>
    public void Add(AttemptRow attempt, OtherPrices? prices)
    {
        if (!attempt.IsAllotment)
        {
            Attempts++;
            if (_lastRequest != attempt.Details.Request) Requests++;
            _lastRequest = attempt.Details.Request;
        }
        if (prices is not null)
        {
            var other = prices.CostOf(attempt);
            if (other is null && attempt.Charged != default) Unpriced++;
            Recomputed += new Amount(other ?? attempt.Charged.NanoUsd, 0);
        }
        else if (attempt.IsUnpriced) Unpriced++;
        Charged += attempt.Charged;
        if (attempt.IsPresumed) Presumed += attempt.Charged;
        if (attempt.State == AttemptState.Open) Reserved += attempt.Estimate;
        if (attempt.Settlement is not { } used) return;
        InputTokens = Amount.Sum(InputTokens, used.InputTokens);
        OutputTokens = Amount.Sum(OutputTokens, used.OutputTokens);
        CacheReadTokens = Amount.Sum(CacheReadTokens, used.CacheReadTokens);
        CacheWriteTokens = Amount.Sum(CacheWriteTokens, used.CacheWriteTokens);
        ReasoningTokens = Amount.Sum(ReasoningTokens, used.ReasoningTokens);
    }
}
