using System.Globalization;
using System.Text;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>Everything that a collector receives from a scripted day, compared with a file, and its names and types with the conventions.</summary>
[Collection(ExportCollection.Name)]
public sealed class ExportedDayTests(ExportedDay day) : IClassFixture<ExportedDay>
{
    private const string Heading = "== ";

    /// <summary>The gateway's own names begin with it.</summary>
    private const string Own = "nano.";

    private static readonly string Folder = Path.Combine(WireCorpus.RepositoryRoot, "tests", "LocalHost.Tests", "Telemetry");
    private static readonly string Tables = Path.Combine(Folder, "ExportedDay.txt"), Conventions = Path.Combine(Folder, "Conventions.txt");

    /// <summary>With WRITE_DOCS=1 the file is written instead.</summary>
    [Fact]
    public void A_day_is_exported_as_these_spans_log_entries_and_metrics()
    {
        var sections = ExportedTables.Of(day);
        sections.Select(section => section.Title).ShouldBeUnique();
        if (Environment.GetEnvironmentVariable("WRITE_DOCS") == "1")
        {
            var text = new StringBuilder("What a collector receives from ExportedDay.cs. An asterisk replaces values that differ between runs. WRITE_DOCS=1 writes this file.\n");
            foreach (var (title, lines) in sections) text.Append($"\n{Heading}{title}\n{lines}\n");
            File.WriteAllText(Tables, text.ToString());
            return;
        }
        var expected = File.ReadAllText(Tables).ReplaceLineEndings("\n").Split("\n" + Heading).Skip(1).Select(section => section.Split('\n', 2))
            .ToDictionary(section => section[0], section => section[1].TrimEnd('\n'));
        sections.Select(section => section.Title).ShouldBe(expected.Keys);
        foreach (var (title, lines) in sections)
            lines.ShouldBe(expected[title], $"{title}: to accept the change, run this test with WRITE_DOCS=1.");
    }

    [Fact]
    public void Every_attribute_that_is_not_the_gateways_own_has_the_name_and_the_type_of_the_conventions()
    {
        var spans = day.Received.Spans.ToList();
        var found = spans.SelectMany(span => span.Attributes.Concat(span.Links.SelectMany(link => link.Attributes)))
            .Concat(day.Received.Logs.Where(log => log.Scope.StartsWith("Nano.", StringComparison.Ordinal)).SelectMany(log => log.Record.Attributes(6)))
            .Concat(day.Metrics.SelectMany(Tags))
            .Where(attribute => !attribute.StartsWith(Own, StringComparison.Ordinal)).Select(NameAndType).Distinct().Order(StringComparer.Ordinal).ToList();
        found.Except(Known("attribute")).ShouldBeEmpty();
        found.Count.ShouldBeGreaterThan(15);

        static IEnumerable<string> Tags(ProtoMessage metric) => metric.Has(9)
            ? metric.Message(9)!.Messages(1).SelectMany(point => point.Attributes(9))
            : metric.Message(metric.Has(7) ? 7 : 5)!.Messages(1).SelectMany(point => point.Attributes(7));
    }

    [Fact]
    public void An_event_of_a_span_has_a_name_of_the_gateways_own()
    {
        var names = day.Received.Spans.SelectMany(span => span.Events).Distinct().ToList();
        names.ShouldNotBeEmpty();
        names.ShouldAllBe(name => name.StartsWith(Own, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_metric_that_is_not_the_gateways_own_has_the_kind_the_unit_and_the_boundaries_of_the_conventions()
    {
        var found = day.Metrics.Where(metric => !metric.Text(1).StartsWith(Own, StringComparison.Ordinal))
            .Select(metric => $"{metric.Text(1)} {ExportedTables.Instrument(metric)} {metric.Text(3)} {Boundaries(metric)}").Distinct().ToList();
        found.Except(Known("metric")).ShouldBeEmpty();
        found.Count.ShouldBeGreaterThan(3);

        static string Boundaries(ProtoMessage metric) =>
            string.Join(',', (metric.Message(9)?.Message(1)?.Doubles(7) ?? []).Select(boundary => boundary.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>From <c>name:type=value</c>, with the conventions' name of the type.</summary>
    private static string NameAndType(string attribute)
    {
        var (name, value) = (attribute[..attribute.IndexOf(':')], attribute[(attribute.IndexOf(':') + 1)..]);
        var type = value[..value.IndexOf('=')];
        return $"{name} {type switch { "bool" => "boolean", "array" when value.StartsWith("array=[string=", StringComparison.Ordinal) => "string[]", _ => type }}";
    }

    /// <summary>The lines of a kind, without it.</summary>
    private static List<string> Known(string kind) =>
        [.. File.ReadLines(Conventions).Where(line => line.StartsWith(kind + " ", StringComparison.Ordinal)).Select(line => line[(kind.Length + 1)..])];
}
