using Nano.Testing;
using Nano.Tests.Documentation;

namespace Nano.Tests.Fidelity;

/// <summary>
/// All recorded requests and responses in all pairs of dialects, read by readers that share no code with the codecs: every feature arrives,
/// in its own form or another, or its loss is reported. docs/fidelity.md has the counts, so any loss or gain changes the page.
/// </summary>
public sealed class FidelityTests
{
    /// <summary>Recordings that a reader does not understand as the gateway does, each with its reason.</summary>
    internal static readonly Dictionary<string, string> Exceptions = new()
    {
        ["openai-responses-one-srvtools-011604"] = "a search for tools, which are offered at once",
        ["openai-responses-sse-srvtools-e2f846"] = "a search for tools that the caller runs, as a function",
        ["snowflake-chat-sse-logprobs-f02d2e"] = "its reasoning is in reasoning_details alone, which the reader of the recording does not read",
    };

    /// <summary>Members that every dialect has in some form; a reported loss of one would be false.</summary>
    private static readonly string[] Structural = ["type", "role", "object", "id", "model", "created", "created_at", "createTime", "index", "status", "choices.index",
        "candidates.index", "responseId", "modelVersion", "system_fingerprint", "message", "choices", "candidates", "candidates.content"];

    [SkippableFact]
    public void Nothing_of_a_request_is_lost_silently()
    {
        WireCorpus.Require();
        FidelityRun.Requests.Count.ShouldBeGreaterThan(1000);
        ShouldBeNamed(FidelityRun.Requests);
    }

    [SkippableFact]
    public void Nothing_of_a_whole_response_is_lost_silently()
    {
        WireCorpus.Require();
        FidelityRun.Whole.Count.ShouldBeGreaterThan(1000);
        ShouldBeNamed(FidelityRun.Whole);
    }

    [SkippableFact]
    public void Nothing_of_a_streamed_response_is_lost_silently()
    {
        WireCorpus.Require();
        FidelityRun.Streams.Count.ShouldBeGreaterThan(1000);
        ShouldBeNamed(FidelityRun.Streams);
    }

    [SkippableFact]
    public void No_response_reports_as_lost_what_is_only_the_form_of_its_dialect()
    {
        WireCorpus.Require();
        FidelityRun.LossNames.SelectMany(
            pair => pair.Value.Intersect(Structural)
                .Except(pair.Key.EndsWith("Messages", StringComparison.Ordinal) || pair.Key.EndsWith("Responses", StringComparison.Ordinal) ? ["choices"] : [])
                .Select(name => $"{pair.Key}: {name}")).ShouldBeEmpty();
    }

    [SkippableFact]
    public void The_page_has_the_counts_of_this_run()
    {
        WireCorpus.Require();
        DocumentedLines.ShouldHaveLines("docs/fidelity.md", 0, FidelityPage.Write().TrimEnd('\n').Split('\n'));
    }

    private static void ShouldBeNamed(IEnumerable<Finding> findings)
    {
        var silent = findings.Where(f => f.Outcome == Outcome.Silent && !Exceptions.ContainsKey(f.Case)).ToArray();
        silent.ShouldBeEmpty($"{silent.Length}:\n{string.Join('\n', silent.Select(f => $"{f.Case} {f.Pair} {f.Feature}: {f.Why}"))}");
    }
}
