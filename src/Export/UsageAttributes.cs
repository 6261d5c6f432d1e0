using Nano.Errors;
using Nano.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Nano.Export;

/// <summary>Renames the members of usage records to the names and types of span attributes, so that a backend shows one column for both.</summary>
internal sealed class UsageAttributes : BaseProcessor<LogRecord>
{
    private const string Category = "Nano.Usage";

    /// <summary>Members of the log entry, and their names in telemetry; those that are not listed keep theirs.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["RequestId"] = "nano.request.id",
        ["Operation"] = "gen_ai.operation.name",
        ["Provider"] = "nano.provider",
        ["Model"] = "gen_ai.request.model",
        ["AnsweredModel"] = "gen_ai.response.model",
        ["Dialect"] = "nano.dialect",
        ["UpstreamDialect"] = "nano.upstream.dialect",
        ["Stream"] = "gen_ai.request.stream",
        ["Status"] = "http.response.status_code",
        ["Outcome"] = "nano.outcome",
        ["Finish"] = "nano.finish",
        ["Error"] = "nano.error.code",
        ["errorType"] = "error.type",
        ["InputTokens"] = "gen_ai.usage.input_tokens",
        ["OutputTokens"] = "gen_ai.usage.output_tokens",
        ["CacheReadTokens"] = "gen_ai.usage.cache_read.input_tokens",
        ["CacheWriteTokens"] = "gen_ai.usage.cache_write.input_tokens",
        ["ReasoningTokens"] = "gen_ai.usage.reasoning.output_tokens",
        ["Cost"] = "nano.cost.usd",
        ["ContentEvents"] = "nano.events",
        ["Attempts"] = "nano.sends",
        ["TimeToFirstToken"] = "nano.first_token_ms",
        ["Duration"] = "nano.duration_ms",
        ["Losses"] = "nano.loss",
        ["Caller"] = "nano.caller",
        ["Alias"] = "nano.alias",
        ["Tried"] = "nano.tried",
        ["Overhead"] = "nano.overhead_ms",
        ["Team"] = "nano.team",
        ["BudgetUsed"] = "nano.budget_used",
        ["Cache"] = "nano.cache",
    };

    public override void OnEnd(LogRecord data)
    {
        if (data.CategoryName != Category || data.Attributes is not { } members) return;
        var attributes = new List<KeyValuePair<string, object?>>(members.Count);
        foreach (var (name, value) in members)
        {
            // The entry has the trace already; the template repeats the message.
            if (value is null || name is "TraceId" or "{OriginalFormat}") continue;
            attributes.Add(new(Names.GetValueOrDefault(name, name), value switch
            {
                decimal money => (double)money,
                Enum word => GatewayErrorKinds.Snake(word.ToString()),
                // Quoted for the text of the entry.
                string text => LogField.Raw(text),
                _ => value,
            }));
        }
        data.Attributes = attributes;
    }
}
