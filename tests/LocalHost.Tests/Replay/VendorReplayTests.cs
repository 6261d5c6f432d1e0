using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>
/// Every recorded 200 response of Chat, through the provider that it was recorded at: its content in Chat's members, whichever members
/// the provider uses. Servers without an entry are replayed through a custom provider.
/// </summary>
public class VendorReplayTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private static readonly Dictionary<string, string> Renamed = new() { ["moonshotai"] = "moonshot", ["alibaba"] = "dashscope" };

    private static readonly string[] Registered =
        ["openai", "xai", "azure", "mistral", "groq", "deepseek", "together", "perplexity", "openrouter", "cerebras", "huggingface", "ollama", "moonshot", "zai", "dashscope"];

    /// <summary>Recorded behaviours of providers that their flags do not cover, by case.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
    };

    private static IEnumerable<WireCase> Cases(bool stream) => ReplayCases.All.Where(c => c.Api == "chat" && c.Sse is not null == stream);

    internal static string VendorOf(WireCase wire)
    {
        var name = Renamed.GetValueOrDefault(wire.Provider, wire.Provider);
        return Registered.Contains(name) || VendorFixture.Servers.Contains(name) ? name : "any-server";
    }

    [SkippableTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_providers_response_matches_the_recording(bool stream, bool inOddPieces)
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var vendors = new HashSet<string>();
        foreach (var wire in Cases(stream).Where(c => !Exceptions.ContainsKey(c.Id)))
        {
            vendors.Add(VendorOf(wire));
            foreach (var difference in await DifferencesAsync(wire, inOddPieces)) failures.Add($"{VendorOf(wire)} {wire.Id}: {difference}");
        }
        failures.ShouldBeEmpty($"{failures.Count} cases:\n{string.Join('\n', failures)}");
        vendors.Count.ShouldBeGreaterThan(stream ? 18 : 20);
    }

    [SkippableFact]
    public async Task A_response_without_a_quirk_passes_byte_for_byte()
    {
        WireCorpus.Require();
        var (same, edited) = (0, new SortedDictionary<string, int>(StringComparer.Ordinal));
        foreach (var wire in ReplayCases.All.Where(c => c.Api == "chat" && !RecordedAnswer.Read(c).IsError))
        {
            var reply = await AskAsync(wire, inOddPieces: false);
            if (reply.Body.AsSpan().SequenceEqual(wire.ResponseBytes())) same++;
            else edited[VendorOf(wire)] = edited.GetValueOrDefault(VendorOf(wire)) + 1;
        }
        same.ShouldBeGreaterThan(200);
        // These have no flag for responses, or none that occurs in their recordings.
        edited.Keys.Intersect(["openai", "azure", "xai", "deepseek", "zai", "dashscope", "moonshot"]).ShouldBeEmpty();
        edited.Keys.ShouldContain("mistral");
    }

    private async Task<IReadOnlyList<string>> DifferencesAsync(WireCase wire, bool inOddPieces)
    {
        var expected = VendorForm.Read(wire);
        var reply = await AskAsync(wire, inOddPieces);
        var record = await gateway.Usage.OneAsync();
        if (expected.IsError) return reply.Text.Contains("[DONE]", StringComparison.Ordinal) || record["Outcome"]!.ToString() is not ("Failed" or "Broken")
            ? ["an error became a clean answer"] : [];
        var found = new List<string>();
        if (AnswerDifference.First(expected, reply.ReadRelayed(wire.Sse is not null)) is { } difference) found.Add(difference);
        found.AddRange(VendorForm.Breaches(reply.Text, wire.Sse is not null).Distinct());
        if (ReplayRecordTests.Difference(wire, VendorOf(wire), expected, record) is { } counted) found.Add(counted);
        return found;
    }

    private Task<GatewayReply> AskAsync(WireCase wire, bool inOddPieces)
    {
        var script = new UpstreamScript().Header("content-type", ReplayCases.ContentType(wire));
        var body = wire.ResponseBytes();
        return gateway.ChatAsync(
            GatewayFixture.Ask($"{VendorOf(wire)}/replayed-model", wire.Sse is not null),
            inOddPieces ? script.SendInPieces(body, Math.Max(7, body.Length / 2000 | 1)) : script.Send(body));
    }
}
