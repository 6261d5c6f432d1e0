using System.Text.Json;
using System.Text.RegularExpressions;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>What a caller of Chat may rely on in any provider's response, and the same content of a provider's recording.</summary>
internal static partial class VendorForm
{
    private static readonly string[] Reasons = ["stop", "length", "tool_calls", "content_filter", "function_call"];

    /// <summary>The recording's response, with reasoning between tags taken out of the text, and with a finish reason except at OpenAI, whose bytes pass.</summary>
    public static Answer Read(WireCase wire)
    {
        var answer = RecordedAnswer.Read(wire);
        return answer with { Choices = [.. answer.Choices.Select(choice => Untag(wire.Provider == "openai" ? choice : Finished(choice)))] };
    }

    /// <summary>Breaches of the form, each named; empty for a good response.</summary>
    public static IEnumerable<string> Breaches(string text, bool stream)
    {
        if (!stream) return Choices(JsonDocument.Parse(text).RootElement, "message", new HashSet<long>());
        var events = SseText.Events(text).Where(e => e.HasData).ToArray();
        var calls = new HashSet<long>();
        var found = events.Where(e => e.Data != "[DONE]").SelectMany(e => Choices(JsonDocument.Parse(e.Data).RootElement, "delta", calls)).ToList();
        if (events[^1].Data != "[DONE]") found.Add("no [DONE]");
        return found;
    }

    /// <summary>Snowflake's whole responses end for an empty reason, its streams and those of some local servers without one.</summary>
    private static AnswerChoice Finished(AnswerChoice choice) =>
        choice.Finish is null or "" ? choice with { Finish = choice.ToolCalls.Count > 0 ? "tool_calls" : "stop" } : choice;

    private static AnswerChoice Untag(AnswerChoice choice)
    {
        var match = Tagged().Match(choice.Text);
        return match.Success && choice.Reasoning.Length == 0
            ? choice with { Reasoning = match.Groups["thought"].Value, Text = match.Groups["answer"].Value }
            : choice;
    }

    private static IEnumerable<string> Choices(JsonElement root, string member, HashSet<long> begun)
    {
        if (!root.TryGetProperty("choices", out var choices)) yield break;
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String && !Reasons.Contains(reason.GetString()))
                yield return $"finish_reason '{reason}'";
            if (!choice.TryGetProperty(member, out var said)) continue;
            if (said.TryGetProperty("reasoning", out _) && !said.TryGetProperty("reasoning_content", out _)) yield return "thoughts as reasoning";
            if (said.TryGetProperty("content", out var content) && content.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                yield return $"content is {content.ValueKind}";
            if (content.ValueKind == JsonValueKind.String && content.GetString()!.Contains("<think>", StringComparison.Ordinal)) yield return "thoughts in the text";
            if (member != "delta" || !said.TryGetProperty("tool_calls", out var calls) || calls.ValueKind != JsonValueKind.Array) continue;
            foreach (var call in calls.EnumerateArray())
            {
                if (!call.TryGetProperty("index", out var index)) yield return "a call without index";
                else begun.Add(index.GetInt64());
            }
        }
    }

    [GeneratedRegex(@"^\s*<think>[\r\n]*(?<thought>.*?)[\r\n]*(?:</think>[\r\n]*(?<answer>.*))?$", RegexOptions.Singleline)]
    private static partial Regex Tagged();
}
