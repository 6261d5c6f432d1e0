using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>
/// Compares what was asked with what arrived. The documented conversions make no difference; everything else is one,
/// unless the loss report names it.
/// </summary>
public sealed class MeaningComparison
{
    private readonly RequestMeaning _asked;
    private readonly RequestMeaning _arrived;
    private readonly IReadOnlyCollection<string> _dropped;
    private readonly string[] _losses;
    private readonly List<string> _differences = [];
    private readonly bool _thinksByItself;
    private readonly bool _oneTextPerTurn;

    private MeaningComparison(RequestMeaning asked, RequestMeaning arrived, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> emulated, bool thinksByItself, bool oneTextPerTurn)
    {
        _oneTextPerTurn = oneTextPerTurn;
        _thinksByItself = thinksByItself;
        _asked = asked;
        _arrived = arrived;
        _dropped = dropped;
        _losses = [.. dropped, .. emulated];
    }

    /// <summary>Differences that no loss names; empty when the two mean the same.</summary>
    /// <param name="oneTextPerTurn">The target has one text in an assistant turn, before its calls (Chat).</param>
    /// <param name="thinksByItself">The model that it goes to thinks unless it is told not to.</param>
    public static IReadOnlyList<string> Differences(
        RequestMeaning asked, RequestMeaning arrived, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> emulated,
        bool thinksByItself = false, bool oneTextPerTurn = false)
    {
        var comparison = new MeaningComparison(asked, arrived, dropped, emulated, thinksByItself, oneTextPerTurn);
        comparison.CompareTurns();
        comparison.CompareLimits();
        comparison.CompareTools();
        comparison.CompareFormat();
        comparison.CompareReasoning();
        comparison.CompareOthers();
        return comparison._differences;
    }

    private bool Named(params string[] words) => _losses.Any(l => words.Any(w => l.Contains(w, StringComparison.OrdinalIgnoreCase)));

    private void Unless(bool same, string difference, params string[] words)
    {
        if (!same && !Named(words)) _differences.Add(difference);
    }

    private void CompareTurns()
    {
        var gathered = Conversation.Of(_asked, systemInPlace: false);
        var found = new Conversation[] { Conversation.Of(_arrived, systemInPlace: false), Conversation.Of(_arrived, systemInPlace: true) };
        var inPlace = Conversation.Of(_asked, systemInPlace: true);
        // Later system turns may be gathered, may stand in place, or may be said by the user in place.
        var isInPlace = inPlace.System.Count < gathered.System.Count && SystemDifference(gathered, found[0]) is not null;
        var (asked, arrived) = isInPlace ? (inPlace, found[1]) : (gathered, found[0]);
        if (SystemDifference(asked, arrived) is { } system) Unless(false, system, "system", "developer");
        if (_oneTextPerTurn)
        {
            asked.JoinTexts();
            arrived.JoinTexts();
        }
        var comparison = new TurnComparison(asked, arrived, Named);
        _differences.AddRange(comparison.Differences());
    }

    /// <summary>The texts must come one after the other; between them may stand white space, after them what emulates something.</summary>
    private string? SystemDifference(Conversation asked, Conversation arrived)
    {
        var rest = string.Join("\n\n", arrived.System).AsSpan();
        foreach (var text in asked.System)
        {
            rest = rest.TrimStart();
            var wanted = text.AsSpan().Trim();
            if (!rest.StartsWith(wanted, StringComparison.Ordinal)) return $"system: '{Short(text)}' became '{Short(rest.ToString())}'";
            rest = rest[wanted.Length..];
        }
        return rest.IsWhiteSpace() || Named("response_format", "tool_choice", "system", "strict") ? null : $"system: '{Short(rest.ToString())}' was added";
    }

    private void CompareLimits()
    {
        foreach (var (name, value) in _asked.Limits)
        {
            var isNamed = name switch
            {
                "n" => _losses.Contains("n"),
                "max_tokens" => Named("max_tokens", "max_completion_tokens"),
                "top_logprobs" => Named("logprobs"),
                _ => Named(name),
            };
            var same = _arrived.Limits.TryGetValue(name, out var kept) ? kept.Equals(value) : IsNeutral(name, value);
            if (!same && !isNamed) _differences.Add($"{name}: {value} became {(_arrived.Limits.TryGetValue(name, out kept) ? kept : "nothing")}");
            // Of max_tokens and max_completion_tokens together one is rightly dropped.
            if (same && _arrived.Limits.ContainsKey(name) && name != "max_tokens" && _dropped.Contains(name)) _differences.Add($"{name}: is reported as dropped and did arrive");
        }
        foreach (var (name, value) in _arrived.Limits)
            if (name != "max_tokens" && !_asked.Limits.ContainsKey(name) && !_asked.Others.ContainsKey("random_seed")) _differences.Add($"{name}: {value} was invented");
        Unless(_asked.Stops.SequenceEqual(_arrived.Stops), $"stop: [{string.Join(", ", _asked.Stops)}] became [{string.Join(", ", _arrived.Stops)}]", "stop");
        if (_asked.User is not null) Unless(_asked.User == _arrived.User, $"user: '{_asked.User}' became '{_arrived.User}'", "user");
    }

    /// <summary>The value that a model uses when none is given.</summary>
    private static bool IsNeutral(string name, double value) => name switch
    {
        "temperature" or "top_p" => value == 1,
        "frequency_penalty" or "presence_penalty" => value == 0,
        _ => false,
    };

    private void CompareTools()
    {
        foreach (var own in _asked.Tools.Where(t => t.Type is not null))
            Unless(_arrived.Tools.Any(t => t.Name == own.Name || t.Type is not null), $"tools: the tool '{own.Type}' is gone", "tools", own.Type!);
        var asked = _asked.Tools.Where(t => t.Type is null).ToArray();
        var arrived = _arrived.Tools.Where(t => t.Type is null).ToArray();
        var choice = _asked.ToolChoice ?? "auto";
        if (choice.StartsWith("allowed:", StringComparison.Ordinal) && Named("tool_choice", "allowed"))
        {
            var names = choice.Split(':', 3)[2].Split(',');
            if (arrived.Length < asked.Length) asked = [.. asked.Where(t => names.Contains(t.Name))];
        }
        foreach (var tool in asked)
        {
            if (arrived.FirstOrDefault(t => t.Name == tool.Name) is { } same) CompareTool(tool, same);
            else Unless(false, $"tools: '{tool.Name}' is gone: [{string.Join(", ", arrived.Select(t => t.Name))}]", $"tools.{tool.Name}", "function.name", "tools.name", "functions.name");
        }
        foreach (var extra in arrived.Where(t => asked.All(a => a.Name != t.Name)))
            Unless(false, $"tools: '{extra.Name}' was invented", "response_format", "tools", "name");
        if (asked.Length == 0) return;
        Unless(IsSameChoice(choice, _arrived.ToolChoice ?? "auto", arrived), $"tool_choice: {choice} became {_arrived.ToolChoice ?? "nothing"}", "tool_choice", "function_call");
        if (_asked.ParallelCalls == false && choice != "none") Unless(_arrived.ParallelCalls == false, "parallel_tool_calls: false is gone", "parallel_tool_calls");
        if (_arrived.ParallelCalls == false && _asked.ParallelCalls != false) _differences.Add("parallel_tool_calls: false was invented");
    }

    private static bool IsSameChoice(string asked, string arrived, ToolMeaning[] tools) =>
        asked == arrived || (tools.Length == 1 && IsOnlyTool(asked, tools[0]) && IsOnlyTool(arrived, tools[0])) ||
        (asked.StartsWith("allowed:required:", StringComparison.Ordinal) && (arrived == $"tool:{asked[17..]}" || (arrived == "required" && tools.All(t => asked[17..].Split(',').Contains(t.Name))))) ||
        (asked.StartsWith("allowed:auto:", StringComparison.Ordinal) && arrived == "auto" && tools.All(t => asked[13..].Split(',').Contains(t.Name)));

    private static bool IsOnlyTool(string choice, ToolMeaning tool) => choice == "required" || choice == $"tool:{tool.Name}";

    private void CompareTool(ToolMeaning asked, ToolMeaning arrived)
    {
        var path = $"tools.{asked.Name}";
        if (!string.IsNullOrWhiteSpace(asked.Description))
            Unless(arrived.Description?.Contains(asked.Description.Trim(), StringComparison.Ordinal) == true, $"{path}.description: '{asked.Description}' became '{arrived.Description}'", "description");
        if (asked.Schema is { } schema && schema.EnumerateObject().Any())
        {
            if (arrived.Schema is { } kept)
            {
                if (SchemaMeaning.FirstDifference(schema, kept, path, word => Named(word, "parameters", "schema")) is { } difference) _differences.Add(difference);
            }
            else
            {
                var isEmpty = schema.Member("properties") is not { ValueKind: JsonValueKind.Object } p || !p.EnumerateObject().Any();
                Unless(isEmpty && schema.Member("anyOf") is null && schema.Member("$ref") is null, $"{path}: the schema is gone", "parameters", "schema");
            }
        }
        if (asked.IsStrict) Unless(arrived.IsStrict, $"{path}.strict is gone", "strict");
        if (asked.IsCached) Unless(arrived.IsCached, $"{path}.cache_control is gone", "cache_control");
    }

    private void CompareFormat()
    {
        if (_asked.Format is not { } asked)
        {
            if (_arrived.Format is not null) _differences.Add("response_format: was invented");
            return;
        }
        if (_arrived.Format is not { } arrived)
        {
            Unless(false, "response_format: is gone", "response_format");
            return;
        }
        Unless(asked.Kind == arrived.Kind, $"response_format: {asked.Kind} became {arrived.Kind}", "response_format");
        if (asked.Schema is { } schema && arrived.Schema is { } kept && SchemaMeaning.FirstDifference(schema, kept, "response_format", word => Named(word, "response_format", "schema")) is { } difference)
            _differences.Add(difference);
    }

    private void CompareReasoning()
    {
        string[] words = ["reasoning", "thinking"];
        if (_asked.Reasoning is not { } asked)
        {
            if (_arrived.Reasoning is not null && !_asked.Others.Keys.Any(k => words.Any(k.Contains))) _differences.Add("reasoning: was invented");
            return;
        }
        if (_arrived.Reasoning is not { } arrived) Unless(false, $"reasoning: {asked.Effort} is gone", words);
        else if (asked.IsOff) Unless(arrived.IsOff, $"reasoning: {asked.Effort} became {arrived}", words);
        else Unless(!arrived.IsOff && (arrived.Effort is null || arrived.Effort == asked.Effort), $"reasoning: {asked.Effort} became {arrived}", words);
    }

    private void CompareOthers()
    {
        foreach (var (path, value) in _asked.Others)
        {
            var name = path[(path.LastIndexOf('.') + 1)..];
            var arrived = name switch
            {
                "thinking" or "reasoning" or "enable_thinking" or "thinking_budget" => _arrived.Reasoning is not null || Named("reasoning", "thinking") || IsThinkingOnByItself(value),
                "random_seed" => _arrived.Limits.ContainsKey("seed"),
                "safety_identifier" => _arrived.User is not null && value.ValueEquals(_arrived.User),
                "service_tier" => value.ValueEquals("auto") || _arrived.Others.ContainsKey("service_tier") || _arrived.Others.ContainsKey("serviceTier"),
                "web_search_options" => _arrived.Tools.Any(t => t.Type is not null),
                "modalities" => _arrived.Others.ContainsKey("responseModalities"),
                "audio" => _arrived.Others.ContainsKey("speechConfig"),
                "detail" => _arrived.Others.ContainsKey("mediaResolution"),
                "cache_control" => _arrived.Others.ContainsKey("cache_control"),
                "store" => value.ValueKind == JsonValueKind.False,
                _ => false,
            };
            Unless(arrived, $"{path}: {Short(value.GetRawText())} is gone", name);
        }
    }

    /// <summary>To ask for thinking and no more says nothing to Gemini, which thinks unless it is told not to.</summary>
    private bool IsThinkingOnByItself(JsonElement value) => _thinksByItself && (value.ValueKind == JsonValueKind.True || value.Text("type") == "enabled");

    internal static string Short(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
