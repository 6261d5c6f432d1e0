using System.Reflection;
using Nano.LocalHost.Tests.Bedrock;
using Nano.Providers.OpenAICompatible;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>No recording is forgotten: every 200 response is in a table of a replay test, through its own provider if the gateway has it.</summary>
public sealed class ReplayInventoryTests
{
    /// <summary>Which test replays what: the rows of each test contain the API and whether it is streamed.</summary>
    private static readonly Dictionary<string, (Type Tests, string Method)> ReplayedBy = new()
    {
        ["chat"] = (typeof(ReplayTests), nameof(ReplayTests.A_response_in_one_piece_matches_the_recording)),
        ["messages"] = (typeof(ReplayTests), nameof(ReplayTests.A_response_in_one_piece_matches_the_recording)),
        ["generateContent"] = (typeof(ReplayTests), nameof(ReplayTests.A_response_in_one_piece_matches_the_recording)),
        ["responses"] = (typeof(ReplayTests), nameof(ReplayTests.A_response_in_one_piece_matches_the_recording)),
        ["chat_v2"] = (typeof(ReplayTests), nameof(ReplayTests.A_response_in_one_piece_matches_the_recording)),
        ["converse"] = (typeof(BedrockReplayTests), nameof(BedrockReplayTests.A_response_matches_the_recording)),
    };

    /// <summary>Recordings that no test replays, each with the reason. Fewer than one in a hundred.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
    };

    private static IEnumerable<WireCase> Recorded => WireCorpus.Of([.. ReplayedBy.Keys]).Where(c => c.Status == 200);

    [SkippableFact]
    public void Every_recorded_response_is_replayed()
    {
        WireCorpus.Require();
        var rows = ReplayedBy.ToDictionary(who => who.Key, who => Rows(who.Value.Tests, who.Value.Method, who.Key));
        var replayed = ReplayCases.All.Concat(BedrockReplayTests.Cases)
            .Where(c => rows.GetValueOrDefault(c.Api)?.Contains((c.Api, c.Sse is not null || c.EventStream is not null)) == true).Select(c => c.Id).ToHashSet();
        Recorded.Where(c => !replayed.Contains(c.Id)).Select(c => c.Id).ShouldBe(Exceptions.Keys, ignoreOrder: true);
        ((Exceptions.Count + ReplayExceptions.Reasons.Count) * 100).ShouldBeLessThan(Recorded.Count());
    }

    [SkippableFact]
    public void A_providers_responses_go_through_its_own_entry()
    {
        WireCorpus.Require();
        var wrong =
            from provider in Recorded.Where(c => c.Api == "chat").Select(c => c.Provider).Distinct()
            let vendor = CompatibleProviders.All.FirstOrDefault(v => v.Id == provider || v.Aliases.Contains(provider))
            let replayed = VendorReplayTests.VendorOf(Recorded.First(c => c.Api == "chat" && c.Provider == provider))
            where vendor is not null && replayed != vendor.Id
            select $"{provider} is replayed as {replayed}";
        wrong.ShouldBeEmpty();
        // Each of the replays requests whole responses once and streams once.
        Rows(typeof(VendorReplayTests), nameof(VendorReplayTests.A_providers_response_matches_the_recording))
            .ShouldBe([("False", false), ("False", true), ("True", false), ("True", true)], ignoreOrder: true);
    }

    /// <param name="api">The API of a test that covers only one and whose rows do not contain it.</param>
    private static HashSet<(string Api, bool Stream)> Rows(Type tests, string method, string api = "") =>
        [.. tests.GetMethod(method)!.GetCustomAttributes<InlineDataAttribute>().Select(row => row.GetData(null!).Single())
            .Select(data => data is [bool stream, int, ..] ? (api, stream) : (data[0].ToString()!, (bool)data[1]))];
}
