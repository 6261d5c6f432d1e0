using Nano.Testing;

namespace Nano.Tests.Requests;

/// <summary>
/// Every recorded chat request of any provider, converted for Anthropic and Gemini: the result is valid by the rules of
/// the target and of the model, and means the same, or the loss is reported.
/// </summary>
public sealed class RecordedChatRequestTests
{
    [SkippableTheory]
    [MemberData(nameof(Targets))]
    public void Arrives_valid_and_means_the_same(string dialect, string model)
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("chat").Where(c => c.HasRequest).ToArray();
        cases.Length.ShouldBe(318);
        cases.Select(c => Problem(c, new Target(dialect, model))).ShouldBeNone();
    }

    /// <summary>The requests of tests/Corpus, which every clone has.</summary>
    [Theory]
    [MemberData(nameof(Targets))]
    public void An_own_request_arrives_valid_and_means_the_same(string dialect, string model) =>
        OwnCorpus.Of("chat").Where(c => c.HasRequest).Select(c => Problem(c, new Target(dialect, model))).ShouldBeNone();

    public static TheoryData<string, string> Targets => Target.Table();

    [SkippableFact]
    public void Only_listed_requests_are_refused()
    {
        WireCorpus.Require();
        var refused = WireCorpus.Of("chat").Where(c => c.HasRequest)
            .Where(c => Target.All.Any(t => Conversion.Run("openai-chat", c.RequestBytes(), t).Error is not null)).Select(c => c.Id);
        refused.Order().ShouldBe(RefusedRequests.Reasons.Keys.Order());
    }

    /// <summary>The case and its first problem.</summary>
    private static string? Problem(WireCase wire, Target target)
    {
        var made = Conversion.Run("openai-chat", wire.RequestBytes(), target);
        if (made.Error is { } error)
            return RefusedRequests.Reasons.ContainsKey(wire.Id) && error.Status == 400 ? null : $"{wire.Id}: refused: {error.Message}";
        // It requests a temperature of 100, which Chat does not allow either; the provider refuses it.
        if (wire.Id == "doubleword-chat-one-error-391124") return null;
        var problem = Conversion.Violations(made, target).Concat(Conversion.Differences(wire.RequestBody, made, target)).FirstOrDefault();
        return problem is null ? null : $"{wire.Id}: {problem} ({made.Losses})";
    }
}
