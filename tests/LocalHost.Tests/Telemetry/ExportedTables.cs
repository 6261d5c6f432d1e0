using System.Globalization;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>What a collector has received as lines of text, in an order that does not depend on the order of arrival, and without the values that differ between runs.</summary>
internal static class ExportedTables
{
    /// <summary>Times, ids, ports and versions.</summary>
    private static readonly string[] Changing =
    [
        "gen_ai.response.time_to_first_chunk", "nano.duration_ms", "nano.first_token_ms", "nano.overhead", "nano.overhead_ms", "nano.request.id", "server.port",
        "service.instance.id", "service.version", "telemetry.sdk.version",
    ];

    /// <summary>A section for each step, one for the metrics and one for the resource.</summary>
    public static IReadOnlyList<(string Title, string Text)> Of(ExportedDay day)
    {
        var spans = day.Received.Spans.ToLookup(span => span.Trace);
        var logs = day.Received.Logs.Where(log => log.Scope.StartsWith("Nano.", StringComparison.Ordinal)).ToLookup(log => log.Record.Hex(9));
        spans.Select(trace => trace.Key).Except(Enumerable.Range(1, day.Steps.Count).Select(ExportedDay.TraceOf)).ShouldBeEmpty("spans outside of the callers' traces");
        return
        [
            .. day.Steps.Select((title, i) => (title, Step([.. spans[ExportedDay.TraceOf(i + 1)]], [.. logs[ExportedDay.TraceOf(i + 1)]]))),
            ("metrics", Lines(day.Metrics.GroupBy(metric => metric.Text(1)).OrderBy(group => group.Key, StringComparer.Ordinal).SelectMany(group => Metric(group.Last())))),
            ("resource of all requests", string.Join("\n\n", day.Received.Resources.Select(attributes => Lines(attributes.Select(Masked))).Distinct())),
        ];
    }

    /// <summary>The server span is number 1; the others are named by their numbers, too.</summary>
    private static string Step(List<OtlpSpan> spans, List<(string Scope, ProtoMessage Record)> logs)
    {
        var server = spans.Single(span => span.Kind == "server");
        List<OtlpSpan> ordered = [server, .. spans.Where(span => span != server).OrderBy(span => string.Join('\n', Attributes(span)), StringComparer.Ordinal)];
        return Lines([.. ordered.SelectMany(Span), .. logs.SelectMany(Log)]);

        IEnumerable<string> Span(OtlpSpan span) =>
        [
            $"span {NumberOf(span.Id)} | {span.Name} | {span.Kind} | {span.Status} | below {NumberOf(span.Parent)}",
            .. Attributes(span),
            .. span.Events.Select(name => $"  event {name}"),
            .. span.Links.Select(link => $"  link to {NumberOf(link.Span)} {string.Join(' ', link.Attributes)}"),
        ];

        IEnumerable<string> Log((string Scope, ProtoMessage Record) log) =>
            [$"log | {log.Scope} | {log.Record.Text(3)} | in {NumberOf(log.Record.Hex(10))}", .. log.Record.Attributes(6).Select(attribute => "  " + Masked(attribute))];

        string NumberOf(string id) => id == ExportedDay.CallerSpan ? "the caller's" : (ordered.FindIndex(span => span.Id == id) + 1).ToString(CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Attributes(OtlpSpan span) => span.Attributes.Select(attribute => "  " + Masked(attribute));

    private static IEnumerable<string> Metric(ProtoMessage metric)
    {
        var unit = metric.Text(3);
        var points = metric.Has(9)
            ? metric.Message(9)!.Messages(1).Select(point => $"{Tags(point, 9)} | count {point.Number(4)}, sum {(unit == "s" ? "*" : Number(point.Double(5)))}")
            : metric.Message(metric.Has(7) ? 7 : 5)!.Messages(1).Select(point => $"{Tags(point, 7)} | {(unit == "By" ? "*" : Value(point))}");
        return [$"{metric.Text(1)} | {Instrument(metric)} | {unit}", .. points.Order(StringComparer.Ordinal).Select(point => "  " + point)];

        static string Tags(ProtoMessage point, int number) => string.Join(' ', point.Attributes(number));

        static string Value(ProtoMessage point) => point.Has(4) ? Number(point.Double(4)) : Number((long)point.Number(6));
    }

    /// <summary>As the conventions name instruments.</summary>
    public static string Instrument(ProtoMessage metric) =>
        metric.Has(9) ? "histogram" : metric.Has(5) ? "gauge" : metric.Message(7)!.Number(3) == 1 ? "counter" : "updowncounter";

    private static string Masked(string attribute)
    {
        var name = attribute[..attribute.IndexOf(':')];
        if (name == "nano.caller" && attribute.IndexOf("=key:", StringComparison.Ordinal) is > 0 and var key) return attribute[..(key + 5)] + "*";
        return Changing.Contains(name) ? attribute[..(attribute.IndexOf('=') + 1)] + "*" : attribute;
    }

    private static string Number<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
