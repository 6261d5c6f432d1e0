using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>
/// Recorded requests of Anthropic, Gemini and Responses, converted to each other and to Chat: every result is valid in its
/// dialect and means the same, or the loss is reported.
/// </summary>
public sealed class SixteenPairsTests
{
    private static readonly (string Api, string Dialect)[] Apis = [("messages", "anthropic-messages"), ("generateContent", "gemini"), ("responses", "openai-responses")];

    /// <summary>Recorded requests that may be refused with a 400 when converted to another dialect, each with its reason.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["gemini-generatecontent-one-audio-f194e1"] = "a user turn of nothing but audio, which Messages cannot say",
        ["gemini-generatecontent-one-vision-e6d9d6"] = "a user turn of nothing but an image, for models of Cohere that take text alone",
        ["openai-responses-one-pdf-013357"] = "no model: a prompt that OpenAI keeps names it",
        ["openai-responses-one-pdf-4af965"] = "no model: a prompt that OpenAI keeps names it",
        ["openai-responses-one-pdf-ceb257"] = "no model: a prompt that OpenAI keeps names it",
        ["openai-responses-one-toolres-2cdbfc"] = "in the background",
        ["openai-responses-sse-basic-eba264"] = "in the background",
    };

    /// <summary>Recorded requests that mean the same in another form, which the comparison does not recognise.</summary>
    private static readonly Dictionary<string, string> Rewritten = new()
    {
        ["openai-responses-one-srvtools-011604"] = "a search for tools, which are offered at once",
        ["openai-responses-sse-srvtools-e2f846"] = "a search for tools that the caller runs, as a function",
        ["deepseek-responses-one-toolres-93c824"] = "reasoning in content, which the comparison reads as empty",
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
            Conversion.Read(from, wire.RequestBody), Conversion.Read(target.Dialect, made.Body), AsTheCallerReads(from, made.Losses.Dropped), made.Losses.Emulated,
            thinksByItself: target.Dialect is "openai-responses" or "cohere-chat" && target.Traits?.Reasons == false ? false : null,
            oneTextPerTurn: target.Dialect is "openai-chat" or "cohere-chat");
        if (from == "openai-responses") differences = Rewritten.ContainsKey(wire.Id) ? [] : [.. differences.Where(d => !IsDefault(d, wire))];
        var problem = Conversion.Violations(made, target).Concat(differences).FirstOrDefault();
        return problem is null ? null : $"{wire.Id}: {problem} ({made.Losses})";
    }

    /// <summary>The names of losses, and the names that the inbound API reports.</summary>
    private static string[] AsTheCallerReads(string from, IReadOnlyList<string> losses) => [.. losses, .. losses.Select(Conversion.Dialect(from).NameOfLoss)];

    /// <summary>Defaults of Responses, which are not requests: to store the response, and to try to be strict.</summary>
    private static bool IsDefault(string difference, WireCase wire) =>
        (difference.StartsWith("store: ", StringComparison.Ordinal) && !wire.RequestBody.TryGetProperty("store", out _))
        || (difference.EndsWith(".strict is gone", StringComparison.Ordinal)
        && !wire.RequestBody.GetRawText().Replace(" ", "").Contains("\"strict\":true", StringComparison.Ordinal));
}
