using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>
/// Compares the caller's request with the one that arrived. The documented conversions make no difference; everything else does,
/// unless the loss report names it.
/// </summary>
public sealed class MeaningComparison
{
    private readonly RequestMeaning _asked;
    private readonly RequestMeaning _arrived;
    private readonly IReadOnlyCollection<string> _dropped;
    private readonly string[] _losses;
    private readonly IReadOnlyCollection<string> _emulated;
    private readonly List<string> _differences = [];
    private readonly bool _thinksByItself;
    private readonly bool _saysStream;
    private readonly bool _oneTextPerTurn;

    private MeaningComparison(RequestMeaning asked, RequestMeaning arrived, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> emulated, bool thinksByItself,
        bool oneTextPerTurn)
    {
        _oneTextPerTurn = oneTextPerTurn;
        _thinksByItself = thinksByItself;
        _saysStream = arrived.SaysStream;
        _asked = asked;
        _arrived = arrived;
        _dropped = dropped;
        _losses = [.. dropped, .. emulated];
        _emulated = emulated;
    }

    /// <summary>Differences that no loss names; empty when the two have the same meaning.</summary>
    /// <param name="oneTextPerTurn">The target has one text in an assistant turn, before its calls (Chat).</param>
    /// <param name="thinksByItself">The model that it is sent to thinks unless thinking is turned off; null for the dialect's default.</param>
    public static IReadOnlyList<string> Differences(
        RequestMeaning asked, RequestMeaning arrived, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> emulated,
        bool? thinksByItself = null, bool oneTextPerTurn = false)
    {
        var comparison = new MeaningComparison(asked, arrived, dropped, emulated, thinksByItself ?? arrived.ThinksByItself, oneTextPerTurn);
        comparison.CompareTurns();
        comparison.CompareSystemCache();
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
        // Later system turns may be gathered, may be in place, or may be said by the user in place.
        var isInPlace = inPlace.System.Count < gathered.System.Count && SystemDifference(gathered, found[0]) is not null;
        var (asked, arrived) = isInPlace ? (inPlace, found[1]) : (gathered, found[0]);
        if (SystemDifference(asked, arrived) is { } system) Unless(false, system, "system", "developer");
        if (_oneTextPerTurn)
        {
            asked.JoinTexts();
            arrived.JoinTexts();
        }
        var comparison = new TurnComparison(asked, arrived, Named, _losses);
        _differences.AddRange(comparison.Differences());
    }

    private void CompareSystemCache()
    {
        foreach (var life in _asked.Turns.Where(t => t.Role == "system").SelectMany(t => t.Items).Concat(_asked.System).Select(i => i.Cache).Where(c => c is not null))
            Unless(_arrived.System.Concat(_arrived.Turns.Where(t => t.Role == "system").SelectMany(t => t.Items)).Any(i => i.Cache == life), "system: cache_control is gone",
                "cache_control");
    }

    /// <summary>The texts must come one after the other, possibly with white space in between and instructions that emulate something at the end.</summary>
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
            // Of max_tokens and max_completion_tokens together, one may be dropped.
            if (same && _arrived.Limits.ContainsKey(name) && name != "max_tokens" && _dropped.Contains(name)) _differences.Add($"{name}: is reported as dropped and did arrive");
        }
        foreach (var (name, value) in _arrived.Limits)
            if (name != "max_tokens" && !_asked.Limits.ContainsKey(name) && !_asked.Others.ContainsKey("random_seed")) _differences.Add($"{name}: {value} was invented");
        Unless(_asked.Stops.SequenceEqual(_arrived.Stops), $"stop: [{string.Join(", ", _asked.Stops)}] became [{string.Join(", ", _arrived.Stops)}]", "stop");
        if (_asked.Stream && !_arrived.Stream && _saysStream) _differences.Add("stream: true is gone");
        if (_asked.User is not null) Unless(_asked.User == _arrived.User, $"user: '{_asked.User}' became '{_arrived.User}'", "user");
    }

    /// <summary>The value that a model uses when none is given.</summary>
    private static bool IsNeutral(string name, double value) => name switch
    {
        "temperature" or "top_p" => value == 1,
        "frequency_penalty" or "presence_penalty" or "top_logprobs" => value == 0,
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
        // A choice of one tool may be expressed by sending only that tool.
        if (choice.StartsWith("tool:", StringComparison.Ordinal) && _emulated.Contains("tool_choice") && arrived.Length == 1)
            asked = [.. asked.Where(t => choice == $"tool:{t.Name}")];
        foreach (var tool in asked)
        {
            if (arrived.FirstOrDefault(t => t.Name == tool.Name) is { } same) CompareTool(tool, same);
            else Unless(false, $"tools: '{tool.Name}' is gone: [{string.Join(", ", arrived.Select(t => t.Name))}]", $"tools.{tool.Name}", "function.name", "tools.name",
                "functions.name");
        }
        foreach (var extra in arrived.Where(t => asked.All(a => a.Name != t.Name)))
            Unless(false, $"tools: '{extra.Name}' was invented", "response_format", "tools", "name");
        if (asked.Length == 0) return;
        Unless(IsSameChoice(choice, _arrived.ToolChoice ?? "auto", arrived), $"tool_choice: {choice} became {_arrived.ToolChoice ?? "nothing"}", "tool_choice", "function_call");
        if (_asked.ParallelCalls == false && choice != "none") Unless(_arrived.ParallelCalls == false, "parallel_tool_calls: false is gone", "parallel_tool_calls");
        if (_arrived.ParallelCalls == false && _asked.ParallelCalls != false && !(_asked is { ParallelCalls: null, TakesOneCall: true }))
            _differences.Add("parallel_tool_calls: false was invented");
    }

    private static bool IsSameChoice(string asked, string arrived, ToolMeaning[] tools) =>
        asked == arrived || (tools.Length == 1 && IsOnlyTool(asked, tools[0]) && IsOnlyTool(arrived, tools[0])) ||
        (asked.StartsWith("allowed:required:", StringComparison.Ordinal)
        && (arrived == $"tool:{asked[17..]}" || (arrived == "required" && tools.All(t => asked[17..].Split(',').Contains(t.Name))))) ||
        (asked.StartsWith("allowed:auto:", StringComparison.Ordinal) && arrived == "auto" && tools.All(t => asked[13..].Split(',').Contains(t.Name)));

    private static bool IsOnlyTool(string choice, ToolMeaning tool) => choice == "required" || choice == $"tool:{tool.Name}";

    private void CompareTool(ToolMeaning asked, ToolMeaning arrived)
    {
        var path = $"tools.{asked.Name}";
        if (!string.IsNullOrWhiteSpace(asked.Description))
            Unless(arrived.Description?.Contains(asked.Description.Trim(), StringComparison.Ordinal) == true,
                $"{path}.description: '{asked.Description}' became '{arrived.Description}'", "description");
        if (asked.Schema is { } schema && schema.EnumerateObject().Any())
        {
            if (arrived.Schema is { } kept)
            {
                if (SchemaMeaning.FirstDifference(schema, kept, path, IsSchemaLossNamed) is { } difference) _differences.Add(difference);
            }
            else
            {
                var isEmpty = schema.Member("properties") is not { ValueKind: JsonValueKind.Object } p || !p.EnumerateObject().Any();
                Unless(isEmpty && schema.Member("anyOf") is null && schema.Member("$ref") is null, $"{path}: the schema is gone", "parameters", "schema");
            }
        }
        if (asked.IsStrict) Unless(arrived.IsStrict, $"{path}.strict is gone", "strict");
        if (asked.Cache is not null) Unless(arrived.Cache == asked.Cache, $"{path}.cache_control is gone", "cache_control");
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
            if (!_losses.Contains("response_format")) _differences.Add("response_format: is gone");
            // Emulated by instructions: they must be present.
            var words = _arrived.System.Concat(_arrived.Turns.SelectMany(t => t.Items)).OfType<SayText>().Count(t => t.Text.Contains("JSON", StringComparison.Ordinal));
            var before = _asked.System.Concat(_asked.Turns.SelectMany(t => t.Items)).OfType<SayText>().Count(t => t.Text.Contains("JSON", StringComparison.Ordinal));
            if (_emulated.Contains("response_format") && words <= before) _differences.Add("response_format: is called emulated, and no words ask for it");
            return;
        }
        Unless(asked.Kind == arrived.Kind, $"response_format: {asked.Kind} became {arrived.Kind}", "response_format");
        if (asked.Schema is { } schema && arrived.Schema is { } kept && SchemaMeaning.FirstDifference(schema, kept, "response_format", IsSchemaLossNamed) is { } difference)
            _differences.Add(difference);
    }

    private void CompareReasoning()
    {
        string[] words = ["reasoning", "thinking", "enable_thinking"];
        if (_asked.Reasoning is not { } asked)
        {
            if (_arrived.Reasoning is not null) _differences.Add("reasoning: was invented");
            return;
        }
        var isSame = _arrived.Reasoning switch
        {
            // Asking for thinking and no more means nothing to a model that thinks by default.
            null => _thinksByItself ? asked is { Effort: null, Budget: null, Enabled: true } : asked.IsOff,
            { } arrived when asked.IsOff => arrived.IsOff,
            { Enabled: not true } or { IsOff: true } => false,
            { Budget: null } when asked.Effort is not null && asked.Effort == _arrived.UnlimitedEffort => true,
            { Effort: { } effort } when asked.Effort is not null => effort == asked.Effort,
            { Budget: { } budget } when asked.Budget is not null => budget == asked.Budget,
            // An effort level became a budget, or only thinking itself was requested.
            { } arrived => (asked.Effort is null && asked.Budget is null) || (arrived.Budget is not null && asked.Effort is not null),
        };
        // An emulated feature must be present in some form; only a dropped one may be missing.
        var isNamed = _arrived.Reasoning is null ? _dropped.Any(l => words.Any(w => l.StartsWith(w, StringComparison.Ordinal))) : Named(words);
        if (!isSame && !isNamed) _differences.Add($"reasoning: {asked} became {_arrived.Reasoning?.ToString() ?? "nothing"}");
    }

    /// <summary>The loss report names the keyword, or the schema as a whole.</summary>
    private bool IsSchemaLossNamed(string keyword) =>
        _losses.Any(l => l.EndsWith($".{keyword}", StringComparison.Ordinal) || l.EndsWith(".parameters", StringComparison.Ordinal)
        || l.EndsWith(".schema", StringComparison.Ordinal));

    private void CompareOthers()
    {
        if (_arrived.Others.TryGetValue("store", out var keeps) && !_asked.Others.ContainsKey("store")) _differences.Add($"store: {keeps} was invented");
        foreach (var (path, value) in _asked.Others)
        {
            var name = path[(path.LastIndexOf('.') + 1)..];
            var arrived = name switch
            {
                "random_seed" => _arrived.Limits.ContainsKey("seed"),
                "safety_identifier" => (_arrived.User is not null && value.ValueEquals(_arrived.User)) || Kept(path, value),
                "service_tier" => value.ValueEquals("auto") || value.ValueEquals("standard_only") || _arrived.Others.ContainsKey("service_tier")
                    || _arrived.Others.ContainsKey("serviceTier"),
                "web_search_options" => _arrived.Tools.Any(t => t.Type is not null),
                "modalities" => _arrived.Others.ContainsKey("responseModalities"),
                "audio" => _arrived.Others.ContainsKey("speechConfig"),
                "detail" => _arrived.Others.ContainsKey("mediaResolution") || Kept("detail", value) || Kept(path, value)
                    || _dropped.Contains("messages.content.image"),
                "cache_control" => _arrived.Others.ContainsKey("cache_control"),
                "store" => value.ValueKind == JsonValueKind.False || Kept(path, value),
                _ => Kept(name, value) || Kept(path, value),
            };
            // Named as a whole; a loss within it is a different entry.
            var isNamed = name == "web_search_options" ? _dropped.Contains(name) : _losses.Any(l => l == name || l.EndsWith($".{name}", StringComparison.Ordinal));
            if (!arrived && !isNamed) _differences.Add($"{path}: {Short(value.GetRawText())} is gone");
        }
    }

    private bool Kept(string path, JsonElement value) => _arrived.Others.TryGetValue(path, out var kept) && JsonDifference.First(value, kept) is null;

    internal static string Short(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
