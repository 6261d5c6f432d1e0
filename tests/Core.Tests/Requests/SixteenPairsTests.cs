using Nano.Pipeline;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>
/// Recorded requests of Anthropic and Gemini, sent on to each other and to Chat: every request is carried and is valid
/// where it arrives, and means the same there, or the loss is named.
/// </summary>
public sealed class SixteenPairsTests
{
    private static readonly (string Api, string Dialect)[] Apis = [("messages", "anthropic-messages"), ("generateContent", "gemini")];

    /// <summary>Recorded requests that may be refused with a 400 on their way to another dialect, each with its reason.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["gemini-generatecontent-one-audio-f194e1"] = "a user turn of nothing but audio, which Messages cannot say",
    };

    [SkippableTheory]
    [MemberData(nameof(Targets))]
    public void Arrives_valid(string dialect, string model)
    {
        WireCorpus.Require();
        var target = new Target(dialect, model);
        var problems = Apis.Where(a => a.Dialect != dialect)
            .SelectMany(a => WireCorpus.Of(a.Api).Where(c => c.HasRequest && c.Status == 200).Select(c => Problem(c, a.Dialect, target)));
        problems.ShouldBeNone();
    }

    public static TheoryData<string, string> Targets
    {
        get
        {
            var table = Target.Table();
            table.Add("openai-chat", "gpt-of-tomorrow");
            return table;
        }
    }

    private static string? Problem(WireCase wire, string from, Target target)
    {
        var made = Conversion.Run(from, wire.RequestBytes(), target);
        if (made.Error is { } error)
            return Refused.ContainsKey(wire.Id) && error.Status == 400 ? null : $"{wire.Id}: refused: {error.Message}";
        var differences = MeaningComparison.Differences(
            Conversion.Read(from, wire.RequestBody), Conversion.Read(target.Dialect, made.Body), made.Losses.Dropped, made.Losses.Emulated,
            thinksByItself: target.Dialect is "openai-responses" or "cohere-chat" && target.Traits?.Reasons == false ? false : null, oneTextPerTurn: target.Dialect is "openai-chat" or "cohere-chat");
        var problem = Conversion.Violations(made, target).Concat(differences).FirstOrDefault();
        return problem is null ? null : $"{wire.Id}: {problem} ({made.Losses})";
    }
}
