using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <summary>
/// What OpenAI-compatible providers refuse of a Chat request, or do not understand, as their references and the recordings
/// say; apart from the gateway's flags, so that the two can be held against each other.
/// </summary>
public static partial class VendorRequestRules
{
    private delegate void Rule(Request request, RuleReport report);

    private static readonly Dictionary<string, Rule[]> Rules = new()
    {
        ["openai"] = [NoThoughtMembers],
        ["xai"] = [NotWhenReasoning("stop", "frequency_penalty", "presence_penalty"), NoEffort("grok-4.20-reasoning", "grok-4.20-non-reasoning"), Thoughts("reasoning_content")],
        ["mistral"] =
        [
            OlderLimit, Roles, No("user", "stream_options", "seed"), ToolChoice("auto", "none", "any"), Efforts("", "none", "high"),
            NineCharacters, Prefix, NoThoughtMembers,
        ],
        ["cohere"] =
        [
            OlderLimit, Roles, Efforts("", "none", "high"), NoThoughtMembers, OnlyOne,
            No("store", "metadata", "logit_bias", "top_logprobs", "modalities", "prediction", "audio", "service_tier", "parallel_tool_calls"),
        ],
        ["deepseek"] =
        [
            OlderLimit, Roles, No("seed", "top_k"), Formats("text", "json_object"), Thoughts("reasoning_content"), ThoughtsInTurns(toolsOnly: false), Switch("thinking"),
            Efforts("deepseek-v4-flash", "low", "high", "max"), Efforts("deepseek-v4-pro", "high", "max"),
        ],
        ["perplexity"] =
        [
            OlderLimit, Roles, No("stop", "seed", "top_k", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"),
            Efforts("", "minimal", "low", "medium", "high"), NoThoughtMembers, Alternation,
        ],
        ["moonshot"] =
        [
            Roles, Most("temperature", 1), SeveralFrom(0.3), Thoughts("reasoning_content"), ThoughtsInTurns(toolsOnly: true), Efforts("kimi-k3", "low", "high", "max"),
            NoSwitch("kimi-k3"), NeverOff("kimi-k2.7-code"), Efforts("kimi-k2"), BranchedSchemas, NoKeep("kimi-k2.6", "kimi-k2.7-code"),
        ],
        ["zai"] =
        [
            OlderLimit, Roles, ToolChoice("auto"), ToolStream, Stops(1), Thoughts("reasoning_content"), Switch("thinking"), Efforts(""),
        ],
        ["dashscope"] = [OlderLimit, Roles, Thoughts("reasoning_content"), Switch("enable_thinking"), Efforts(""), No("thinking", "reasoning")],
        ["ai21"] = [OlderLimit, Roles, SeveralFrom(0.001), Efforts(""), No("reasoning", "thinking"), NoThoughtMembers],
        ["groq"] =
        [
            Roles, No("logprobs", "top_logprobs", "logit_bias"), OnlyOne, NoNames, Not("reasoning_format", "include_reasoning"), NoStreamedFormat, Thoughts("reasoning"),
        ],
        ["together"] = [OlderLimit, Roles, No("stream_options", "top_logprobs"), FlatSchema, NumberOfLogprobs, Thoughts("reasoning")],
        ["fireworks"] = [OlderLimit, Roles, Not("reasoning_effort", "thinking"), Thoughts("reasoning_content"), LeastBudget(1024)],
        ["openrouter"] = [Thoughts("reasoning", details: true)],
        ["cerebras"] = [Roles, No("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"), NoThoughtMembers],
        ["nvidia"] = [OlderLimit, Roles, NoThoughtMembers],
        ["huggingface"] = [OlderLimit, Roles, NoThoughtMembers],
        ["sambanova"] = [OlderLimit, Roles, No("presence_penalty", "frequency_penalty", "logit_bias"), OnlyOne, NoThoughtMembers],
        ["deepinfra"] = [OlderLimit, Roles, Efforts("", "none", "low", "medium", "high", "xhigh"), Thoughts("reasoning_content")],
        ["ollama"] = [OlderLimit, Roles, Thoughts("reasoning")],
        ["vllm"] = [Roles, NoNulls, Thoughts("reasoning")],
        ["lmstudio"] = [OlderLimit, Roles, Formats("text", "json_schema"), Efforts(""), No("reasoning", "thinking"), NoThoughtMembers],
    };

    /// <summary>The providers that there are rules for.</summary>
    public static IReadOnlyCollection<string> Vendors => Rules.Keys;

    /// <summary>For a provider without rules: what to add, and where.</summary>
    public static string HowToAdd(string vendor) =>
        $"tests/Testing/Requests/VendorRequestRules.cs has no rules for the vendor '{vendor}'. Add [\"{vendor}\"] = [...] to its table Rules: what its documentation says that it refuses, not what its flags say ([] if it refuses nothing).";

    /// <summary>Violations with their paths; empty for a good request.</summary>
    /// <param name="reasons">The model is known to reason.</param>
    public static IReadOnlyList<string> Check(string vendor, string model, bool reasons, JsonElement body)
    {
        var report = new RuleReport();
        var request = new Request(model, reasons, body);
        if (!Rules.TryGetValue(vendor, out var rules)) throw new ArgumentException(HowToAdd(vendor));
        foreach (var rule in rules) rule(request, report);
        return report.Violations;
    }

    private static Rule No(params string[] names) => (request, report) =>
    {
        foreach (var name in names) report.Check(request.Body.Member(name) is null, $"$.{name}", "is refused");
    };

    private static Rule NotWhenReasoning(params string[] names) => (request, report) =>
    {
        if (request.Reasons) No(names)(request, report);
    };

    private static Rule Not(string one, string other) => (request, report) =>
        report.Check(request.Body.Given(one) is null || request.Body.Given(other) is null, $"$.{other}", $"is refused beside {one}");

    private static void OlderLimit(Request request, RuleReport report) => No("max_completion_tokens")(request, report);

    private static void OnlyOne(Request request, RuleReport report) =>
        report.Check(request.Body.Given("n") is not { } count || count.GetDouble() == 1, "$.n", "must be 1");

    private static void NoNulls(Request request, RuleReport report)
    {
        foreach (var member in request.Body.EnumerateObject()) report.Check(member.Value.ValueKind != JsonValueKind.Null, $"$.{member.Name}", "is null");
    }

    private static Rule Most(string name, double most) => (request, report) =>
        report.Check(request.Body.Given(name) is not { ValueKind: JsonValueKind.Number } value || value.GetDouble() <= most, $"$.{name}", $"is above {most}");

    private static Rule SeveralFrom(double least) => (request, report) =>
        report.Check(
            request.Body.Given("n") is not { ValueKind: JsonValueKind.Number } count || count.GetDouble() <= 1
            || request.Body.Given("temperature") is not { ValueKind: JsonValueKind.Number } value || value.GetDouble() >= least,
            "$.n", $"is above 1 at a temperature below {least}");

    private static Rule Stops(int most) => (request, report) =>
        report.Check(request.Body.Elements("stop").Count() <= most, "$.stop", $"has more than {most}");

    private static Rule ToolChoice(params string[] words) => (request, report) =>
    {
        if (request.Body.Given("tool_choice") is { } choice)
            report.Check(choice.IsText() && words.Contains(choice.GetString()), "$.tool_choice", $"must be one of {string.Join(", ", words)}");
    };

    private static void ToolStream(Request request, RuleReport report)
    {
        if (request.Body.Given("tools") is not null && request.Body.Given("stream") is { ValueKind: JsonValueKind.True })
            report.Check(request.Body.Given("tool_stream") is not null, "$.tool_stream", "is missing: calls would come in one piece");
    }

    private static Rule Formats(params string[] types) => (request, report) =>
    {
        if (request.Body.Given("response_format") is { } format)
            report.Check(types.Contains(format.Text("type")), "$.response_format.type", $"must be one of {string.Join(", ", types)}");
        if (types.Contains("json_object") && request.Body.Given("response_format") is { } asked && asked.Text("type") == "json_object" && request.Schema is { } schema)
            report.Check(request.Texts().Any(text => JsonQuestions.TryParse(text[(text.IndexOf('\n') + 1)..]) is { } told && JsonElement.DeepEquals(told, schema)), "$.messages", "the schema is told nowhere");
    };

    private static void NoStreamedFormat(Request request, RuleReport report)
    {
        if (request.Body.Given("response_format") is { } format && format.Text("type") != "text")
            report.Check(request.Body.Given("stream") is not { ValueKind: JsonValueKind.True }, "$.stream", "cannot go with response_format");
    }

    private static void FlatSchema(Request request, RuleReport report)
    {
        if (request.Body.Given("response_format") is { } format && format.Text("type") == "json_schema" && format.Given("json_schema")?.Given("schema") is not null)
            report.Add("$.response_format.json_schema", "the schema stands beside the type");
    }

    private static void NumberOfLogprobs(Request request, RuleReport report)
    {
        if (request.Body.Given("logprobs") is { } value) report.Check(value.ValueKind == JsonValueKind.Number, "$.logprobs", "must be a number");
    }

    private static Rule Efforts(string models, params string[] words) => (request, report) =>
    {
        if (!request.Model.StartsWith(models, StringComparison.Ordinal)) return;
        if (request.Body.Given("reasoning_effort") is { } effort && OnTheLadder().IsMatch(effort.GetString()!))
            report.Check(words.Contains(effort.GetString()), "$.reasoning_effort", $"must be one of [{string.Join(", ", words)}]");
        if (request.Effort is { } asked && words.Contains(asked)) report.Check(request.Body.Text("reasoning_effort") == asked, "$.reasoning_effort", $"'{asked}' is known and must arrive");
        if (words.Length > 0) report.Check(request.Body.Given("reasoning") is null, "$.reasoning", "is not known");
    };

    private static Rule NoEffort(params string[] models) => (request, report) =>
    {
        if (models.Any(model => request.Model.StartsWith(model, StringComparison.Ordinal))) No("reasoning_effort")(request, report);
    };

    private static Rule NoSwitch(string models) => (request, report) =>
    {
        if (request.Model.StartsWith(models, StringComparison.Ordinal)) No("thinking")(request, report);
    };

    private static Rule NoKeep(params string[] models) => (request, report) =>
    {
        // K3 has no switch, and no rule of how it keeps.
        if (request.Model.StartsWith("kimi-k3", StringComparison.Ordinal)) return;
        var takes = models.Any(model => request.Model.StartsWith(model, StringComparison.Ordinal));
        if (takes && request.Keeps) report.Check(request.Body.Given("thinking")?.Given("keep") is not null, "$.thinking.keep", "is known and must arrive");
        if (!takes) report.Check(request.Body.Given("thinking")?.Given("keep") is null, "$.thinking.keep", "is refused");
    };

    private static Rule LeastBudget(long least) => (request, report) =>
        report.Check(request.Body.Given("thinking")?.Given("budget_tokens") is not { ValueKind: JsonValueKind.Number } budget || budget.GetInt64() >= least, "$.thinking.budget_tokens", $"is below {least}");

    /// <summary>An object at the top, no type beside anyOf, no list of items.</summary>
    private static void BranchedSchemas(Request request, RuleReport report)
    {
        foreach (var (i, tool) in request.Body.Elements("tools").Index())
            if (tool.Given("function")?.Given("parameters") is { ValueKind: JsonValueKind.Object } schema) Branched(schema, $"$.tools[{i}]", isTop: true, report);
    }

    private static void Branched(JsonElement schema, string path, bool isTop, RuleReport report)
    {
        if (schema.IsArray())
            foreach (var (i, one) in schema.EnumerateArray().Index()) Branched(one, $"{path}[{i}]", isTop: false, report);
        if (!schema.IsObject()) return;
        var branches = schema.Elements("anyOf").ToArray();
        if (isTop && branches.Length == 0) report.Check(schema.Text("type") == "object", $"{path}.type", "must be object");
        foreach (var branch in isTop ? branches : []) report.Check(branch.Text("type") == "object" || branch.Elements("anyOf").Any(), $"{path}.anyOf", "must be objects");
        if (branches.Length > 0) report.Check(schema.Text("type") is null, $"{path}.type", "must stand in the branches");
        report.Check(schema.Member("items") is not { ValueKind: JsonValueKind.Array }, $"{path}.items", "must be prefixItems");
        foreach (var member in schema.EnumerateObject().Where(m => m.Name is not ("enum" or "const" or "default" or "examples"))) Branched(member.Value, $"{path}.{member.Name}", isTop: false, report);
    }

    private static Rule NeverOff(string models) => (request, report) =>
    {
        if (request.Model.StartsWith(models, StringComparison.Ordinal))
            report.Check(request.Body.Given("thinking")?.Text("type") != "disabled", "$.thinking", "cannot be off");
    };

    /// <summary>Who asked for no thinking gets none.</summary>
    private static Rule Switch(string member) => (request, report) =>
    {
        report.Check(request.Body.Given("reasoning") is null, "$.reasoning", "is not known");
        if (request.WantsNoThinking is not true) return;
        var off = member == "thinking" ? request.Body.Given("thinking")?.Text("type") == "disabled" : request.Body.Given(member) is { ValueKind: JsonValueKind.False };
        report.Check(off, $"$.{member}", "must switch thinking off");
    };

    private static void Roles(Request request, RuleReport report)
    {
        foreach (var (i, message) in request.Body.Elements("messages").Index()) report.Check(message.Text("role") != "developer", $"$.messages[{i}].role", "is not known");
    }

    private static void NoNames(Request request, RuleReport report)
    {
        foreach (var (i, message) in request.Body.Elements("messages").Index()) report.Check(message.Member("name") is null, $"$.messages[{i}].name", "is refused");
    }

    private static void NoThoughtMembers(Request request, RuleReport report)
    {
        foreach (var (i, message) in request.Body.Elements("messages").Index())
            foreach (var name in (string[])["reasoning_content", "reasoning", "reasoning_details"])
                report.Check(message.Member(name) is null, $"$.messages[{i}].{name}", "is refused");
    }

    private static Rule Thoughts(string member, bool details = false) => (request, report) =>
    {
        var other = member == "reasoning" ? "reasoning_content" : "reasoning";
        foreach (var (i, message) in request.Body.Elements("messages").Index())
        {
            report.Check(message.Given(other) is null, $"$.messages[{i}].{other}", $"must be {member}");
            if (!details) report.Check(message.Given("reasoning_details") is null, $"$.messages[{i}].reasoning_details", "is not known");
        }
    };

    /// <summary>Earlier turns of the assistant have some, an empty one at least.</summary>
    private static Rule ThoughtsInTurns(bool toolsOnly) => (request, report) =>
    {
        foreach (var (i, message) in request.Body.Elements("messages").Index())
            if (message.Text("role") == "assistant" && (!toolsOnly || message.Given("tool_calls") is not null))
                report.Check(message.Text("reasoning_content") is not null, $"$.messages[{i}].reasoning_content", "is missing");
    };

    private static void NineCharacters(Request request, RuleReport report)
    {
        var calls = new HashSet<string>();
        foreach (var (i, message) in request.Body.Elements("messages").Index())
        {
            foreach (var id in message.Elements("tool_calls").Select(call => call.Text("id")))
            {
                report.Check(id is not null && NineCharacterId().IsMatch(id), $"$.messages[{i}].tool_calls.id", $"'{id}' has not nine letters or digits");
                calls.Add(id ?? "");
            }
            if (message.Text("role") == "tool" && request.LinksResults) report.Check(calls.Contains(message.Text("tool_call_id") ?? ""), $"$.messages[{i}].tool_call_id", "answers no call");
        }
    }

    private static void Prefix(Request request, RuleReport report)
    {
        if (request.Body.Elements("messages").LastOrDefault() is { ValueKind: JsonValueKind.Object } last && last.Text("role") == "assistant" && last.Given("tool_calls") is null)
            report.Check(last.Given("prefix") is not null, "$.messages[^1].prefix", "is missing: the turn would be refused");
    }

    private static void Alternation(Request request, RuleReport report)
    {
        var before = "system";
        foreach (var (i, message) in request.Body.Elements("messages").Index())
        {
            var role = message.Text("role")!;
            report.Check(role is "system" or "user" or "assistant", $"$.messages[{i}].role", $"'{role}' is not known");
            report.Check(message.Given("tool_calls") is null, $"$.messages[{i}].tool_calls", "is refused");
            report.Check(role == "system" ? before == "system" : role != before, $"$.messages[{i}].role", $"'{role}' follows '{before}'");
            before = role;
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9]{9}$")]
    private static partial Regex NineCharacterId();

    /// <summary>Words of tomorrow are for the provider to refuse.</summary>
    [GeneratedRegex("^(none|minimal|low|medium|high|xhigh|max)$")]
    private static partial Regex OnTheLadder();

    private sealed record Request(string Model, bool Reasons, JsonElement Body)
    {
        /// <summary>What the caller asked for is beside the provider's body, for rules about both.</summary>
        private JsonElement? Asked => Body.Member("$asked");

        public bool LinksResults => Asked is not { } asked || Linked(asked);

        public JsonElement? Schema => Asked?.Given("response_format")?.Given("json_schema")?.Given("schema");

        public bool Keeps => Asked?.Given("thinking")?.Given("keep") is not null;

        public string? Effort => Asked?.Text("reasoning_effort");

        public bool? WantsNoThinking => Asked is not { } asked ? null
            : asked.Text("reasoning_effort") == "none"
            || (asked.Given("reasoning_effort") is null && asked.Given("reasoning") is { } reasoning && (reasoning.Given("enabled") is { ValueKind: JsonValueKind.False } || reasoning.Text("effort") == "none"));

        public IEnumerable<string> Texts() => Body.Elements("messages").Select(message => message.Text("content") ?? "");

        private static bool Linked(JsonElement asked)
        {
            var calls = asked.Elements("messages").SelectMany(message => message.Elements("tool_calls")).Select(call => call.Text("id")).ToHashSet();
            return asked.Elements("messages").Where(message => message.Text("role") == "tool").All(message => calls.Contains(message.Text("tool_call_id")));
        }
    }
}
