using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;
using Nano.Tests.Requests;

namespace Nano.Tests.Fidelity;

/// <summary>
/// Compares a recorded request with its form for a provider of another dialect, feature by feature. The comparison of meanings runs
/// three times: without losses, with the emulated ones, and with all.
/// </summary>
internal static class RequestFeatures
{
    public static IReadOnlyList<string> Names { get; } =
        ["text", "system", "media", "calls", "reasoning state", "own items", "cache marks", "tools", "tool choice", "sampling, limits", "stop", "output format", "reasoning",
        "other members"];

    /// <summary>The target models: none is in the catalogue, so that only the dialects decide.</summary>
    private static readonly Dictionary<string, string> Models = new() { ["openai-chat"] = "gpt-of-tomorrow", ["openai-responses"] = "gpt-of-tomorrow",
        ["anthropic-messages"] = "claude-of-tomorrow", ["gemini"] = "gemini-of-tomorrow" };

    public static IEnumerable<Finding> Compare(WireCase wire, string pair, string from, string to)
    {
        var made = Convert(from, wire.RequestBytes(), to);
        // A refusal is a documented outcome that other tests cover; it has no features.
        return made.Error is not null ? []
            : Compare(wire, pair, from, Conversion.Read(to, made.Body), Words(from, made.Losses.Dropped), Words(from, made.Losses.Emulated), oneTextPerTurn: to == "openai-chat");
    }

    /// <summary>To another dialect and back: everything that both can express remains.</summary>
    public static IEnumerable<Finding> ThereAndBack(WireCase wire, string pair, string from, string via)
    {
        var there = Convert(from, wire.RequestBytes(), via);
        if (there.Error is not null) return [];
        var back = Convert(via, JsonSerializer.SerializeToUtf8Bytes(there.Body), from);
        if (back.Error is not null) return [new Finding(wire.Id, pair, "form", Outcome.Silent, $"refused on the way back: {back.Error.Message}")];
        return Compare(
            wire, pair, from, Conversion.Read(from, back.Body),
            [.. Words(from, there.Losses.Dropped), .. Words(via, back.Losses.Dropped)], [.. Words(from, there.Losses.Emulated), .. Words(via, back.Losses.Emulated)],
            oneTextPerTurn: from == "openai-chat" || via == "openai-chat");
    }

    private static Converted Convert(string from, byte[] body, string to) => Conversion.Run(from, body, new Target(to, Models[to]));

    /// <summary>The names of losses, and the names that the inbound API reports.</summary>
    private static string[] Words(string from, IReadOnlyList<string> losses) => [.. losses, .. losses.Select(Conversion.Dialect(from).NameOfLoss)];

    private static IEnumerable<Finding> Compare(WireCase wire, string pair, string from, RequestMeaning arrived, string[] dropped, string[] emulated, bool oneTextPerTurn)
    {
        var asked = Conversion.Read(from, wire.RequestBody);
        var all = Differences([], []);
        var unlike = Differences([], emulated);
        var silent = Differences(dropped, emulated);
        return Present(asked).Union(silent.Keys).Select(feature => new Finding(wire.Id, pair, feature,
            !all.ContainsKey(feature) ? Outcome.Passed : !unlike.ContainsKey(feature) ? Outcome.Emulated : silent.ContainsKey(feature) ? Outcome.Silent : Outcome.Lost,
            silent.GetValueOrDefault(feature, "")));

        Dictionary<string, string> Differences(string[] lost, string[] other) => MeaningComparison.Differences(asked, arrived, lost, other, oneTextPerTurn: oneTextPerTurn)
            .Where(difference => !IsDefault(difference, wire)).GroupBy(FeatureOf).ToDictionary(group => group.Key, group => group.First());
    }

    private static IEnumerable<string> Present(RequestMeaning asked)
    {
        var items = asked.Turns.SelectMany(turn => turn.Items).ToArray();
        if (items.OfType<SayText>().Any()) yield return "text";
        if (asked.System.Count > 0 || asked.Turns.Any(turn => turn.Role == "system")) yield return "system";
        if (items.OfType<Media>().Any() || items.OfType<ToolAnswer>().Any(answer => answer.Parts.OfType<Media>().Any())) yield return "media";
        if (items.Any(item => item is CallTool or ToolAnswer)) yield return "calls";
        if (items.OfType<Think>().Any()) yield return "reasoning state";
        if (items.OfType<OwnItem>().Any()) yield return "own items";
        if (items.Concat(asked.System).Any(item => item.Cache is not null) || asked.Tools.Any(tool => tool.Cache is not null)) yield return "cache marks";
        if (asked.Tools.Count > 0) yield return "tools";
        if (asked.ToolChoice is not null || asked.ParallelCalls is not null) yield return "tool choice";
        if (asked.Limits.Count > 0) yield return "sampling, limits";
        if (asked.Stops.Count > 0) yield return "stop";
        if (asked.Format is not null) yield return "output format";
        if (asked.Reasoning is not null) yield return "reasoning";
        if (asked.Others.Count > 0 || asked.User is not null) yield return "other members";
    }

    private static string FeatureOf(string difference)
    {
        bool Begins(params string[] words) => words.Any(word => difference.StartsWith(word, StringComparison.Ordinal));
        bool Has(string word) => difference.Contains(word, StringComparison.Ordinal);
        if (Has("cache_control")) return "cache marks";
        if (Begins("system")) return "system";
        if (Begins("turn"))
        {
            if (Has(": media") || Has("the name '")) return "media";
            if (Has(": call ") || Has(": result ")) return "calls";
            if (Has(": thought")) return "reasoning state";
            return Has(": OwnItem") ? "own items" : "text";
        }
        if (Begins("messages")) return "text";
        if (Begins("tools")) return "tools";
        if (Begins("tool_choice", "parallel_tool_calls")) return "tool choice";
        if (Begins("stop:")) return "stop";
        if (Begins("response_format")) return "output format";
        if (Begins("reasoning:")) return "reasoning";
        return Begins("max_tokens", "temperature", "top_p", "top_k", "seed", "n:", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty") ? "sampling, limits"
            : "other members";
    }

    /// <summary>Defaults of Responses, which are not requests: to store the response, and to try to be strict.</summary>
    private static bool IsDefault(string difference, WireCase wire) => wire.Api == "responses"
        && ((difference.StartsWith("store: ", StringComparison.Ordinal) && !wire.RequestBody.TryGetProperty("store", out _))
            || (difference.EndsWith(".strict is gone", StringComparison.Ordinal)
            && !wire.RequestBody.GetRawText().Replace(" ", "").Contains("\"strict\":true", StringComparison.Ordinal)));
}
