using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Nano.Chat;
using Nano.Errors;
using Nano.LocalHost.Tests.Routing;
using Nano.Telemetry;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>
/// infra/modules/usage.kql, of which the workbook, the alerts and the function NanoUsage are made, over what really arrives: the attributes that the exporter
/// sends to an ingestion endpoint on loopback, and the text of the same entry, which is all that a Functions host passes on.
/// </summary>
[Collection(ExportCollection.Name)]
public sealed partial class UsageQueryTests
{
    private static readonly string Query = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "infra", "modules", "usage.kql"));

    /// <summary>Every field has a value, and those that callers choose have values that could be read as other fields.</summary>
    private static readonly (string Column, string Value)[] Row =
    [
        ("id", "r1"), ("operation", "chat"), ("provider", "two"), ("model", "m outcome=Ok"), ("answered", "a \"quoted\" \\ name"), ("dialect", "openai-chat"),
        ("upstream_dialect", "anthropic-messages"), ("stream", "True"), ("status", "502"), ("outcome", "caller_gone"), ("finish", "tool_calls"), ("error", "rate_limit"),
        ("input", "11"), ("output", "12"), ("cache_read", "13"), ("cache_write", "14"), ("reasoning", "15"), ("cost_usd", "0.0025"), ("events", "16"), ("attempts", "3"),
        ("first_token_ms", "1.5"), ("duration_ms", "1234.5"), ("loss", "dropped=logit_bias; emulated=response_format"), ("caller", "key:k1"), ("alias", "my alias"),
        ("tried", "one/m:rate_limit two/m:ok"), ("overhead_ms", "0.25"), ("team", "the team"), ("budget_used", "0.85"), ("cache", "miss"),
    ];

    [Fact]
    public async Task Each_column_has_the_value_of_its_field_whichever_way_the_record_arrives()
    {
        await using var ingestion = await OtlpReceiver.StartAsync();
        await using (var gateway = await RoutingGateway.StartAsync("\"models\": {}", more:
            [("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={ingestion.Http}/"), ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true")]))
            gateway.Services.GetRequiredService<GatewayTelemetry>().Write(Record());
        var item = ingestion.Received.Bodies.SelectMany(body => Encoding.UTF8.GetString(body.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data"))
            .Where(data => data.GetProperty("baseType").GetString() == "MessageData").Select(data => data.GetProperty("baseData"))
            .Single(data => data.GetProperty("message").GetString()!.StartsWith("usage id=r1 ", StringComparison.Ordinal));

        var properties = item.GetProperty("properties");
        Rows(Attribute().Matches(Query).Select(match => (match.Groups["column"].Value, match.Groups["type"].Value[2..],
            properties.TryGetProperty(match.Groups["name"].Value, out var value) ? value.GetString()! : "(missing)"))).ShouldBe(Table);

        var fields = Fields(item.GetProperty("message").GetString()!);
        var columns = Column().Matches(TextColumns().Match(Query).Groups[1].Value).Select(match => (Name: match.Groups[1].Value, Type: match.Groups[2].Value)).ToList();
        Rows(columns.Where(column => column.Name != "trace").Select(column => (column.Name, column.Type, Lowered(column.Name, fields.GetValueOrDefault(column.Name, "(missing)")))))
            .ShouldBe(Table);
        // Whatever a record contains, the query has a column for it.
        fields.Keys.ShouldBe(columns.Select(column => column.Name));
    }

    /// <summary>The attributes that the guide asks for are among them.</summary>
    [Fact]
    public void The_guide_asks_for_the_same_attributes()
    {
        var guide = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "docs", "azure.md"));
        var asked = Attributes(guide);
        asked.Count.ShouldBeGreaterThan(4);
        asked.Except(Attributes(Query)).ShouldBeEmpty();

        static List<string> Attributes(string text) => [.. Property().Matches(text).Select(match => match.Groups[1].Value)];
    }

    private static string Table => Rows(Row.Select(cell => (cell.Column, "", cell.Value)));

    private static UsageRecord Record() => new()
    {
        RequestId = "r1", Dialect = "openai-chat", Caller = "key:k1", StartedAt = DateTimeOffset.UtcNow, Provider = "two", Model = "m outcome=Ok",
        AnsweredModel = "a \"quoted\" \\ name", UpstreamDialect = "anthropic-messages", Stream = true, Status = 502, Outcome = RequestOutcome.CallerGone,
        Finish = FinishReason.ToolCalls, Error = "rate_limit", Cost = 0.0025m, ContentEvents = 16,
        Usage = new Usage { InputTokens = 11, OutputTokens = 12, CacheReadTokens = 13, CacheWriteTokens = 14, ReasoningTokens = 15 },
        TimeToFirstToken = 1.5, Duration = 1234.5, Losses = "dropped=logit_bias; emulated=response_format", Alias = "my alias", Overhead = 0.25,
        Team = "the team", BudgetUsed = 0.85, Cache = "miss",
        Attempts =
        {
            new AttemptRecord { Provider = "one", Model = "m", Sends = 2, Error = "rate_limit", ErrorKind = GatewayErrorKind.ProviderLimited },
            new AttemptRecord { Provider = "two", Model = "m", Sends = 1, IsCommitted = true },
        },
    };

    /// <summary>A line for each column; a value that its type cannot be read from is null there, as it is in a query.</summary>
    private static string Rows(IEnumerable<(string Column, string Type, string Value)> cells) =>
        string.Join('\n', cells.Select(cell => $"{cell.Column}={Typed(cell.Type, cell.Value)}"));

    private static string Typed(string type, string value) => type switch
    {
        "int" => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? value : "null",
        "long" => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? value : "null",
        "real" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? value : "null",
        "bool" => bool.TryParse(value, out _) ? value : "null",
        _ => value,
    };

    /// <summary>As <c>replace_regex</c> and <c>tolower</c> of the query.</summary>
    private static string Lowered(string column, string value)
    {
        var isLowered = Regex.Match(Query, column + "=tolower\\(replace_regex\\(" + column + ", @\"([^\"]+)\", @\"([^\"]+)\"\\)\\)");
        return isLowered.Success ? Regex.Replace(value, isLowered.Groups[1].Value, isLowered.Groups[2].Value.Replace('\\', '$')).ToLowerInvariant() : value;
    }

    /// <summary>As <c>parse-kv</c> with a space, an equals sign, quotes and a backslash.</summary>
    private static Dictionary<string, string> Fields(string line)
    {
        var fields = new Dictionary<string, string>();
        for (var at = line.IndexOf(' ', StringComparison.Ordinal) + 1; at < line.Length; at++)
        {
            var equals = line.IndexOf('=', at);
            var value = new StringBuilder();
            var name = line[at..equals];
            at = equals + 1;
            var isQuoted = at < line.Length && line[at] == '"';
            if (isQuoted) at++;
            for (; at < line.Length && line[at] != (isQuoted ? '"' : ' '); at++)
            {
                if (isQuoted && line[at] == '\\') at++;
                value.Append(line[at]);
            }
            if (isQuoted) at++;
            fields.Add(name, value.ToString());
        }
        return fields;
    }

    [GeneratedRegex("""(?<column>\w+)=(?<type>to\w+)\(Properties\["(?<name>[^"]+)"\]\)""")]
    private static partial Regex Attribute();

    [GeneratedRegex("""Properties\["([^"]+)"\]""")]
    private static partial Regex Property();

    [GeneratedRegex(@"parse-kv Message as \(([^)]*)\)")]
    private static partial Regex TextColumns();

    [GeneratedRegex(@"(\w+):(\w+)")]
    private static partial Regex Column();
}
