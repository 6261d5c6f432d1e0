using Nano.LocalHost.Tests.Replay;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Oddities;

/// <summary>
/// Every oddity that wire/INDEX.md codes, in every recording that has it, through the chat inbound API over sockets: the tables
/// contain what the caller gets, one line per code.
/// </summary>
public sealed class OddityTests(VendorFixture gateway) : IClassFixture<VendorFixture>
{
    private static Dictionary<string, OddityClaim> Table(string api) =>
        new[] { SharedOddities.Claims, api switch { "chat" => ChatOddities.Claims, "messages" => MessagesOddities.Claims, "responses" => ResponsesOddities.Claims,
        _ => GeminiOddities.Claims } }
            .SelectMany(table => table).ToDictionary();

    [SkippableTheory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    public async Task Each_oddity_has_the_outcome_in_its_table(string api)
    {
        WireCorpus.Require();
        var table = Table(api);
        (await ProblemsAsync(WireCorpus.Of(api), table)).ShouldBeEmpty();
    }

    /// <summary>The cases of tests/Corpus, which every clone has.</summary>
    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    public async Task Each_oddity_of_an_own_case_has_the_outcome_in_its_table(string api)
    {
        var table = Table(api);
        // Codes of requests have tests of their own (RecordedRequestOddityTests): the replay sends one request for all cases.
        OwnCorpus.Of(api).SelectMany(c => c.Oddities).Where(code => !code.StartsWith("req_", StringComparison.Ordinal)).Except(table.Keys)
            .ShouldBeEmpty("every code of an own case has a line");
        (await ProblemsAsync(OwnCorpus.Of(api), table)).ShouldBeEmpty();
    }

    [SkippableTheory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    public void Each_line_has_a_recording(string api)
    {
        WireCorpus.Require();
        var own = Table(api).Keys.Except(SharedOddities.Claims.Keys);
        own.Except(WireCorpus.Of(api).SelectMany(c => c.Oddities)).ShouldBeEmpty();
    }

    private async Task<List<string>> ProblemsAsync(IEnumerable<WireCase> cases, Dictionary<string, OddityClaim> table)
    {
        var problems = new List<string>();
        foreach (var wire in cases.Where(c => c.Oddities.Any(table.ContainsKey)))
        {
            OddCase replayed;
            try
            {
                replayed = await OddCase.ReplayAsync(gateway, wire);
            }
            catch (Exception e) when (e is HttpRequestException or InvalidOperationException or System.Text.Json.JsonException or Testing.Oracle.ChatFormException)
            {
                problems.Add($"{wire.Id}: {e.GetType().Name}: {e.Message}");
                continue;
            }
            foreach (var code in wire.Oddities.Where(table.ContainsKey))
                if (Problem(replayed, table[code]) is { } problem) problems.Add($"{code} in {wire.Id} ({wire.Status}): {problem}");
        }
        return problems;
    }

    private static string? Problem(OddCase replayed, OddityClaim claim)
    {
        try
        {
            return claim(replayed);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KeyNotFoundException or System.Text.Json.JsonException or Testing.Oracle.ChatFormException
            or NullReferenceException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }
}
