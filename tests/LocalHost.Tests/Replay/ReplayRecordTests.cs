using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>Every replayed response leaves one usage record, with the recording's counts in the normal form, requested or not.</summary>
public class ReplayRecordTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [SkippableTheory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    [InlineData("chat_v2")]
    public async Task A_response_is_recorded_once_with_its_usage(string api)
    {
        WireCorpus.Require();
        var failures = new List<string>();
        foreach (var wire in ReplayCases.All.Where(c => c.Api == api && !ReplayExceptions.Reasons.ContainsKey(c.Id)))
        {
            var reply = await ReplayCases.AskAsync(gateway, wire, (script, body) => script.Send(body), usage: false);
            // Usage is recorded in any case, and sent in a stream only on request.
            if (!ReplayCases.IsPassthrough(wire)) reply.ReadStrictly(usageAsked: false);
            if (Difference(wire, ReplayCases.Provider(wire), RecordedAnswer.Read(wire), await gateway.Usage.OneAsync()) is { } difference) failures.Add($"{wire.Id}: {difference}");
        }
        failures.ShouldBeEmpty($"{failures.Count} cases:{Environment.NewLine}{string.Join(Environment.NewLine, failures)}");
    }

    internal static string? Difference(WireCase wire, string provider, Answer expected, IReadOnlyDictionary<string, object?> record)
    {
        var outcome = record["Outcome"]!.ToString()!;
        if (expected.IsError) return outcome is "Failed" or "Broken" ? null : $"an error is recorded as {outcome}";
        if (outcome != "Ok") return $"a good answer is recorded as {outcome} ({record["Error"]})";
        // xAI excludes reasoning from its completion tokens; the normal form includes it.
        var completion = provider == "xai" && expected.Usage?.Completion is { } visible
            ? visible + (expected.Usage.Reasoning ?? 0)
            : expected.Usage?.Completion;
        // xAI's models, also at Azure, leave the cached part out of a prompt count that is smaller than it (azure-chat-one-json-5feec0).
        var prompt = wire.Api == "chat" && expected.Usage?.Cached > expected.Usage?.Prompt
            ? expected.Usage!.Prompt + expected.Usage.Cached
            : expected.Usage?.Prompt;
        return Count("InputTokens", prompt) ?? Count("OutputTokens", completion)
            ?? Known("CacheReadTokens", expected.Usage?.Cached) ?? Known("CacheWriteTokens", expected.Usage?.CacheWritten)
            ?? Known("ReasoningTokens", expected.Usage?.Reasoning);

        // Some providers report cached tokens in their own members, which the record may know and the reader here does not.
        string? Known(string name, long? count) => count is null ? null : Count(name, count);

        string? Count(string name, long? count) =>
            Equals(record[name] as long?, count) ? null : $"{name} {count?.ToString() ?? "(nothing)"} is recorded as {record[name] ?? "(nothing)"}";
    }
}
