using System.Text;

namespace Nano.Tests.Fidelity;

/// <summary>docs/fidelity.md, from a run over the recordings.</summary>
internal static class FidelityPage
{
    public static string Write()
    {
        var page = new StringBuilder();
        page.Append("""
            # Fidelity

            How much of real requests and responses arrives when the caller and the provider use different APIs. A test generates this page from the
            recordings ([testing.md](testing.md#recordings)). It converts each recorded request and response between every pair of APIs, and compares both sides with
            readers that share no code with the conversions. If a change loses more, or less, the test fails until the page is generated again. Where both sides use
            the same API, bytes are relayed and nothing is counted.

            Each cell counts recordings that have the feature. A number alone: the feature arrived unchanged. **e**: it arrived in another form (documented in
            [conversions.md](conversions.md), and named in `x-nano-loss` where the effect may differ). **l**: it was lost and named in `x-nano-loss`. In an empty cell, no
            recording has the feature. If a feature is lost and `x-nano-loss` does not name it, the test fails.

            ## Requests

            The catalogue does not contain the models of these requests, so that only the APIs decide what is lost, and not the abilities of a model.


            """);
        Table(page, FidelityRun.Requests, RequestFeatures.Names, "caller → provider");
        page.Append("\n## Whole responses\n\n");
        Table(page, FidelityRun.Whole, ResponseFeatures.Names, "provider → caller");
        page.Append("\n## Streamed responses\n\n");
        Table(page, FidelityRun.Streams, ResponseFeatures.Names, "provider → caller");
        page.Append("""

            ## Members of responses that are named as lost

            The names are those of the caller's API. Members that have no meaning outside the provider's API (`type`, `object`, `system_fingerprint`) are not losses.

            | provider → caller | named in `x-nano-loss` |
            |---|---|

            """);
        foreach (var (pair, names) in FidelityRun.LossNames.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            page.Append($"| {pair} | {string.Join(", ", names.Select(name => $"`{name}`"))} |\n");
        return page.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    private static void Table(StringBuilder page, IReadOnlyList<Finding> findings, IReadOnlyList<string> features, string title)
    {
        page.Append($"| {title} | {string.Join(" | ", features)} |\n|---|{string.Concat(features.Select(_ => "--:|"))}\n");
        foreach (var pair in findings.Select(f => f.Pair).Distinct())
        {
            var cells = features.Select(feature => Cell(findings.Where(f => f.Pair == pair && f.Feature == feature)));
            page.Append($"| {pair} | {string.Join(" | ", cells)} |\n");
        }
    }

    private static string Cell(IEnumerable<Finding> findings)
    {
        var counts = findings.ToLookup(f => f.Outcome);
        string[] parts =
        [
            counts[Outcome.Passed].Any() ? $"{counts[Outcome.Passed].Count()}" : "",
            counts[Outcome.Emulated].Any() ? $"{counts[Outcome.Emulated].Count()}e" : "",
            counts[Outcome.Lost].Any() ? $"{counts[Outcome.Lost].Count()}l" : "",
        ];
        return string.Join(' ', parts.Where(part => part.Length > 0));
    }
}
