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

            How much of real requests and responses arrives when the caller and the provider use different APIs. This page is written by the tests
            over the recordings ([testing.md](testing.md#recordings)): each recorded request and response is converted in every pair of APIs and read by readers that share no
            code with the conversions. A change that loses more, or less, makes these tests fail until the page is written again. Where both sides use
            the same API, bytes are relayed and nothing is counted.

            A cell has up to three counts of recordings that have the feature: arrived as it was; **e**, arrived in another form (documented in
            [conversions.md](conversions.md), and named in `x-nano-loss` where the effect may differ); **l**, lost and named in `x-nano-loss`. An empty cell means that no recording has
            the feature. A feature that is lost without a name fails the tests.

            ## Requests

            The models are ones that the catalogue does not know, so that only the APIs decide.


            """);
        Table(page, FidelityRun.Requests, RequestFeatures.Names, "caller → provider");
        page.Append("\n## Whole responses\n\n");
        Table(page, FidelityRun.Whole, ResponseFeatures.Names, "provider → caller");
        page.Append("\n## Streamed responses\n\n");
        Table(page, FidelityRun.Streams, ResponseFeatures.Names, "provider → caller");
        page.Append("""

            ## Members of responses that are named as lost

            By the caller's API. Members of a provider's own that say nothing to a caller of another API (`type`, `object`, `system_fingerprint`) are not losses.

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
