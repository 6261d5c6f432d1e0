using System.Text.RegularExpressions;
using Nano.Inbound;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>
/// Every route, header, error code and metric of the code is in exactly one row of the documentation's tables (columns "route", "header",
/// "code" and "metric"), and every row is in the code.
/// </summary>
public partial class ApiDocumentationTests
{
    private static readonly Lazy<string> Source = new(() => string.Join('\n',
        new[] { "Core", "Export" }.SelectMany(project => Directory.EnumerateFiles(Path.Combine(WireCorpus.RepositoryRoot, "src", project), "*.cs", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal).Select(File.ReadAllText)));

    /// <summary>Headers that the gateway reads or sets for proxies and platforms, not for callers.</summary>
    private static readonly string[] OfPlatforms = ["x-accel-buffering", "x-forwarded-for", "x-ms-invocation-id"];

    [Fact]
    public void Every_route_is_documented_once() => ShouldMatch("route", GatewayRoutes.All.Select(route => $"{route.Method} {route.Shown}").Append("GET /metrics"));

    [Fact]
    public void Every_header_is_documented_once() => ShouldMatch("header",
        new[] { "Access", "Inbound", "Panel", "Pipeline", "Routing" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(WireCorpus.RepositoryRoot, "src", "Core", folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Header().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct().Except(OfPlatforms)
            .Concat(["Authorization", "api-key", "retry-after"]),
        cell => cell.Split(':')[0]);

    [Fact]
    public void Every_error_code_is_documented_once() =>
    ShouldMatch("code", Code().Matches(Source.Value).Select(match => match.Groups.Values.Skip(1).First(group => group.Success).Value).Distinct());

    [Fact]
    public void Every_metric_is_documented_once() => ShouldMatch("metric", Metric().Matches(Source.Value).Select(match => match.Groups[1].Value));

    /// <param name="name">The name in a cell's code; null for the code itself.</param>
    private static void ShouldMatch(string column, IEnumerable<string> expected, Func<string, string>? name = null)
    {
        var documented = MarkdownPage.All.SelectMany(page => page.Column(column).SelectMany(cell => InCode().Matches(cell))
            .Select(match => (Page: page.Name, Name: match.Groups[1].Value)))
            .Select(row => (row.Page, Name: name?.Invoke(row.Name) ?? row.Name)).ToList();
        var names = expected.ToList();
        names.ShouldNotBeEmpty();
        var problems = names.Where(code => documented.All(row => row.Name != code)).Select(code => $"`{code}` is in no table with the column '{column}' (docs/*.md).")
            .Concat(documented.GroupBy(row => row.Name).Where(group => group.Count() > 1)
            .Select(group => $"`{group.Key}` is documented {group.Count()} times: {string.Join(", ", group.Select(row => row.Page))}."))
            .Concat(documented.Where(row => !names.Contains(row.Name)).Select(row => $"{row.Page} documents `{row.Name}`, which the code does not have."));
        problems.ShouldBeEmpty();
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InCode();

    [GeneratedRegex("\"(x-[a-z-]+)\"")]
    private static partial Regex Header();

    /// <summary>A code as an initializer, as a named argument, and as an argument of error factories.</summary>
    [GeneratedRegex("""\b[Cc]ode(?: =|:) "([a-z_]+)"|(?:GatewayError\.Invalid|Refusal)\([^;]*?,\s+(?:"[^"]*"|\w+(?:\(\w+\))?),\s+"([a-z_]+)"\)|const string InvalidKey = "([a-z_]+)"|Refused\("([a-z_]+)",""")]
    private static partial Regex Code();

    [GeneratedRegex("""(?:\.Create(?:Histogram|Counter|ObservableUpDownCounter)(?:<\w+>)?| Histogram| Counter|\.Gauge)\("([a-z_.]+)",""")]
    private static partial Regex Metric();
}
