using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Requests;

/// <summary>
/// Tests the checks themselves: the rules or the comparison of meaning detect the removal of any member or element of a
/// converted request. Members whose removal may go undetected have no meaning, and are listed with the reason.
/// </summary>
public sealed partial class SabotageTests
{
    [SkippableTheory]
    [InlineData("anthropic-messages", "claude-of-tomorrow")]
    [InlineData("gemini", "gemini-3.6-flash")]
    [InlineData("cohere-chat", "command-of-tomorrow")]
    [InlineData("openai-responses", "gpt-6-luna")]
    public void Any_removed_member_is_detected(string dialect, string model)
    {
        WireCorpus.Require();
        var target = new Target(dialect, model);
        var (noticed, missed) = (0, new List<string>());
        foreach (var wire in WireCorpus.Of("chat").Where(c => c.HasRequest && c.Status == 200).Where((_, i) => i % 3 == 0))
        {
            var made = Conversion.Run("openai-chat", wire.RequestBytes(), target);
            if (made.Error is not null) continue;
            var root = JsonNode.Parse(made.Body.GetRawText())!;
            foreach (var path in Paths(root, []).ToArray())
            {
                if (IsNoticed(wire, made, target, Without(root, path))) noticed++;
                else if (!SaysNothing().IsMatch(string.Join('.', path)) && !IsNeutral(root, path)) missed.Add($"{wire.Id}: {string.Join('.', path)} ({made.Losses})");
            }
        }
        noticed.ShouldBeGreaterThan(2000);
        // Partly emulated or dropped members can hide the rest: a few are missed.
        missed.Count.ShouldBeLessThan(noticed / 100, string.Join('\n', missed));
    }

    /// <summary>Annotations of schemas; ids that repeat names; placeholder signatures; whether reasoning is shown.</summary>
    [GeneratedRegex(@"(text\.format\.description|\.(title|\$schema|default|strict|\$id|deprecated)|functionResponse\.id|thoughtSignature|includeThoughts|thinking\.display|fileData\.mimeType|cache_control\.ttl|user_location.*|speechConfig\..*|responseModalities\..*)$")]
    private static partial Regex SaysNothing();

    /// <summary>Defaults: no arguments, nothing required, a choice of auto, a default sampling value.</summary>
    private static bool IsNeutral(JsonNode root, string[] path)
    {
        var at = root;
        foreach (var step in path) at = at is JsonArray list ? list[int.Parse(step)]! : at![step]!;
        if (at is JsonObject { Count: 0 } or JsonArray { Count: 0 }) return true;
        if (path[^1] is "tool_choice" or "toolConfig" or "functionCallingConfig" or "mode" && at.ToJsonString().ToLowerInvariant().Contains("auto")) return true;
        if (path[^1] == "allowedFunctionNames") return at is JsonArray { Count: 1 };
        if (path[^1] is "temperature" or "top_p" or "topP" or "frequencyPenalty" or "presencePenalty") return at.GetValue<double>() is 0 or 1;
        if (path[^1] is "description") return at.GetValue<string>().Length == 0;
        if (path is ["parallel_tool_calls"]) return at.GetValue<bool>();
        if (path[^1] is "detail") return at.GetValue<string>() == "auto";
        if (path is ["thinking"]) return at["type"]!.GetValue<string>() == "disabled";
        // Blank text.
        return at is JsonObject { Count: 1 } part && part.TryGetPropertyValue("text", out var text) && string.IsNullOrWhiteSpace(text!.GetValue<string>());
    }

    private static bool IsNoticed(WireCase wire, Converted made, Target target, JsonElement body)
    {
        try
        {
            var other = made with { Body = body };
            return Conversion.Violations(other, target).Concat(Conversion.Differences(wire.RequestBody, other, target)).Any();
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
        {
            return true;
        }
    }

    private static IEnumerable<string[]> Paths(JsonNode? node, string[] at)
    {
        if (at.Length > 0) yield return at;
        if (node is JsonObject o)
            foreach (var member in o)
                foreach (var path in Paths(member.Value, [.. at, member.Key])) yield return path;
        if (node is JsonArray list)
            for (var i = 0; i < list.Count; i++)
                foreach (var path in Paths(list[i], [.. at, $"{i}"])) yield return path;
    }

    private static JsonElement Without(JsonNode root, string[] path)
    {
        var copy = root.DeepClone();
        var at = copy;
        foreach (var step in path[..^1]) at = at is JsonArray list ? list[int.Parse(step)]! : at[step]!;
        if (at is JsonArray array) array.RemoveAt(int.Parse(path[^1]));
        else ((JsonObject)at).Remove(path[^1]);
        return JsonSerializer.SerializeToElement(copy);
    }
}
