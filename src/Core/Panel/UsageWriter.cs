using System.Globalization;
using System.Text;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>Usage as JSON and CSV.</summary>
internal static class UsageWriter
{
    private const string Key = "key";

    private static readonly (string Name, Func<UsageRow, string> Value)[] Sums =
    [
        ("requests", static row => Text(row.Requests)),
        ("attempts", static row => Text(row.Attempts)),
        ("input_tokens", static row => Text(row.InputTokens)),
        ("output_tokens", static row => Text(row.OutputTokens)),
        ("cache_read_tokens", static row => Text(row.CacheReadTokens)),
        ("cache_write_tokens", static row => Text(row.CacheWriteTokens)),
        ("reasoning_tokens", static row => Text(row.ReasoningTokens)),
        ("cost_usd", static row => Usd(row.Charged)),
        ("presumed_usd", static row => Usd(row.Presumed)),
        ("reserved_usd", static row => Usd(row.Reserved)),
        ("unpriced_attempts", static row => Text(row.Unpriced)),
    ];

    public static void WriteReport(UsageReport report, DateTimeOffset from, DateTimeOffset to, JsonOutput output)
    {
        output.BeginObject();
        output.Member("from"u8, from);
        output.Member("to"u8, to);
        output.Name("rows"u8);
        output.BeginArray();
        foreach (var row in report.Rows)
        {
            output.BeginObject();
            for (var i = 0; i < report.Groups.Count; i++)
            {
                output.Member(Encoding.UTF8.GetBytes(report.Groups[i]), row.Values[i].Length == 0 ? null : row.Values[i]);
                if (report.Groups[i] == Key) output.Member("key_name"u8, row.KeyName);
            }
            foreach (var (name, value) in Sums)
            {
                output.Name(Encoding.UTF8.GetBytes(name));
                output.Raw(Encoding.UTF8.GetBytes(value(row)));
            }
            if (report.Prices is not null) output.Member("recomputed_usd"u8, Amount.UsdOf(row.Recomputed.NanoUsd));
            output.EndObject();
        }
        output.EndArray();
        output.EndObject();
    }

    public static void WriteCsv(UsageReport report, JsonOutput output)
    {
        output.Bytes(Encoding.UTF8.GetBytes(string.Join(',', Columns(static name => name, "key_name").Concat(Sums.Select(sum => sum.Name))) + "\r\n"));
        foreach (var row in report.Rows)
        {
            var value = 0;
            output.Bytes(Encoding.UTF8.GetBytes(string.Join(',', Columns(_ => row.Values[value++], row.KeyName ?? "").Concat(Sums.Select(sum => sum.Value(row)))) + "\r\n"));
        }

        // The name of a key is a column behind its id.
        IEnumerable<string> Columns(Func<string, string> valueOf, string keyName) =>
            report.Groups.SelectMany(group => group == Key ? (string[])[Cell(valueOf(group)), Cell(keyName)] : [Cell(valueOf(group))]);
    }

    public static void WriteRequest(IReadOnlyList<AttemptRow> attempts, JsonOutput output)
    {
        var details = attempts[0].Details;
        output.BeginObject();
        output.Member("id"u8, details.Request);
        WriteDetails(details, output);
        WriteCost(attempts.Aggregate(default(Amount), static (sum, attempt) => sum + attempt.Charged), attempts.Any(attempt => attempt.IsUnpriced), output);
        output.Name("attempts"u8);
        output.BeginArray();
        foreach (var attempt in attempts) WriteAttempt(attempt, output);
        output.EndArray();
        output.EndObject();
    }

    /// <summary>One line of an export: an attempt with its request.</summary>
    public static void WriteLine(AttemptRow attempt, JsonOutput output)
    {
        output.NewValue();
        output.BeginObject();
        output.Member("request"u8, attempt.Details.Request);
        WriteDetails(attempt.Details, output);
        WriteMembers(attempt, output);
        output.EndObject();
        output.Bytes("\n"u8);
    }

    private static void WriteDetails(AttemptDetails details, JsonOutput output)
    {
        output.Member("started_at"u8, details.StartedAt);
        output.Member("organization"u8, details.Organization);
        output.Member("team"u8, details.Team);
        output.Member("user"u8, details.User);
        output.Member("key"u8, details.Key);
        output.Member("key_name"u8, details.KeyName);
        output.Name("tags"u8);
        WriteLines(details.Tags, output);
        output.Member("end_user"u8, details.EndUser);
        output.Name("metadata"u8);
        WriteLines(details.Metadata, output);
        output.Member("session"u8, details.Session);
        output.Member("dialect"u8, details.Dialect);
        output.Member("stream"u8, details.Stream);
        output.Member("cache"u8, details.Cache);
    }

    private static void WriteLines(string? lines, JsonOutput output)
    {
        output.BeginObject();
        foreach (var line in AttemptRow.Lines(lines)) output.Member(Encoding.UTF8.GetBytes(line[..line.IndexOf('=')]), line[(line.IndexOf('=') + 1)..]);
        output.EndObject();
    }

    private static void WriteAttempt(AttemptRow attempt, JsonOutput output)
    {
        output.BeginObject();
        WriteMembers(attempt, output);
        output.EndObject();
    }

    private static void WriteMembers(AttemptRow attempt, JsonOutput output)
    {
        var used = attempt.Settlement;
        output.Member("number"u8, attempt.Details.Number);
        output.Member("provider"u8, attempt.Details.Provider);
        output.Member("model"u8, attempt.Details.Model);
        output.Member("state"u8, AttemptStates.NameOf(attempt.State));
        output.Member("outcome"u8, used?.Outcome);
        output.Member("presumed"u8, attempt.IsPresumed);
        output.Member("corrected"u8, attempt.IsCorrected);
        output.Member("estimate_usd"u8, Amount.UsdOf(attempt.Estimate.NanoUsd));
        WriteCost(attempt.Charged, attempt.IsUnpriced, output);
        output.Member("input_tokens"u8, used?.InputTokens);
        output.Member("output_tokens"u8, used?.OutputTokens);
        output.Member("cache_read_tokens"u8, used?.CacheReadTokens);
        output.Member("cache_write_tokens"u8, used?.CacheWriteTokens);
        output.Member("reasoning_tokens"u8, used?.ReasoningTokens);
        output.Member("price_version"u8, used?.PriceVersion);
        output.Member("service_tier"u8, used?.Tier);
        output.Member("losses"u8, used?.Losses);
        output.Member("reserved_at"u8, attempt.ReservedAt);
        output.Member("closed_at"u8, attempt.ClosedAt);
    }

    private static void WriteCost(Amount charged, bool isUnknown, JsonOutput output)
    {
        if (!isUnknown)
        {
            output.Member("cost_usd"u8, Amount.UsdOf(charged.NanoUsd));
            return;
        }
        output.Name("cost_usd"u8);
        output.Null();
    }

    /// <summary>Spreadsheets execute text that begins like a formula, so it is prefixed with an apostrophe.</summary>
    private static string Cell(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@') text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Usd(Amount amount) => Amount.UsdOf(amount.NanoUsd).ToString("0.#########", CultureInfo.InvariantCulture);
}
