using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>
/// What OpenAI-compatible providers refuse or ignore in a Chat request, according to their references and the recordings;
/// independent of the gateway's flags, so that the two can be compared.
/// </summary>
public static partial class ProviderRequestRules
{
    private delegate void Rule(Request request, RuleReport report);

    private static readonly Dictionary<string, Rule[]> Rules = new()
    {
        ["openai"] =
        [
            NoThoughtMembers, NotWhenReasoning("frequency_penalty", "presence_penalty", "logit_bias", "max_tokens"), FixedSampling("gpt-6.2-sol", "o3-mini"),
            Of("gpt-6.2-sol", No("logprobs", "top_logprobs")),
            FixedWhileReasoning("gpt-6.1-terra"), Efforts("gpt-5.4", "none", "low", "medium", "high", "xhigh"), Efforts("gpt-6.2-sol", "low", "medium", "high", "xhigh", "max"),
            NoEffort("gpt-4o"), Efforts("o3", "low", "medium", "high"), Of("gpt-", NotWhenReasoning("stop")), Stops(4),
        ],
        ["xai"] =
        [
            NotWhenReasoning("stop", "frequency_penalty", "presence_penalty"), NoEffort("grok-4.20-"), Of("grok-4.20-", No("frequency_penalty", "presence_penalty")),
            Thoughts("reasoning_content"), Efforts("grok-4.7", "low", "medium", "high", "xhigh"), Efforts("grok-4.6", "low", "medium", "high", "xhigh"),
            Efforts("grok-4.5", "low", "medium", "high"), Efforts("grok-4.3", "none", "low", "medium", "high"),
        ],
        ["mistral"] =
        [
            OlderLimit, Roles, No("user", "stream_options", "seed", "store", "prompt_cache_key", "verbosity", "logprobs", "logit_bias"), ToolChoice("auto", "none", "any"),
            Efforts("mistral-large-4", "none", "high"), Efforts("model-of-tomorrow", "none", "high"), NoEffort("mistral-large-2512", "magistral"),
            NineCharacters, Prefix, NoThoughtMembers, Arrives("seed", "random_seed"), Arrives("max_completion_tokens", "max_tokens"),
            OnlyMessageMembers("role", "content", "tool_calls", "prefix", "tool_call_id"),
        ],
        ["cohere"] =
        [
            OlderLimit, Roles, Efforts("", "none", "high"), NoThoughtMembers, OnlyOne,
            No("store", "metadata", "logit_bias", "top_logprobs", "modalities", "prediction", "audio", "service_tier", "parallel_tool_calls"),
        ],
        ["deepseek"] =
        [
            OlderLimit, Roles, No("seed", "top_k"), Formats("text", "json_object"), Thoughts("reasoning_content"), ThoughtsInTurns(toolsOnly: false, mayBeEmpty: true),
            Switch("thinking"),
            Efforts("deepseek-v4-flash", "low", "high", "max"), Efforts("deepseek-flash", "low", "high", "max"), Efforts("deepseek-v4-pro", "high", "max"),
            Of("deepseek-v4", NoForcedCallWhileThinking), Of("deepseek-flash", NoForcedCallWhileThinking),
            Of("deepseek-chat", ForcedCallsArrive),
        ],
        ["perplexity"] =
        [
            OlderLimit, Roles, No("stop", "seed", "top_k", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"),
            Efforts("", "minimal", "low", "medium", "high"), NoThoughtMembers, Alternation,
        ],
        ["moonshot"] =
        [
            Roles, Most("temperature", 1), SeveralFrom(0.3), Thoughts("reasoning_content"), ThoughtsInTurns(toolsOnly: true, mayBeEmpty: false),
            Efforts("kimi-k3", "low", "high", "max"),
            NoSwitch("kimi-k3"), NeverOff("kimi-k2.7-code"), Efforts("kimi-k2"), BranchedSchemas, NoKeep("kimi-k2.6", "kimi-k2.7-code"),
            FixedSampling("kimi-k2.5", "kimi-k2.6", "kimi-k2.7"), Of("kimi-k2.", No("n", "presence_penalty", "frequency_penalty")), Of("kimi-k2.", NoForcedCallWhileThinking),
            Of("kimi-k3", ForcedCallsArrive),
        ],
        ["zai"] =
        [
            OlderLimit, Roles, ToolChoice("auto"), ToolStream, Stops(1), Thoughts("reasoning_content"), Switch("thinking"), Efforts(""),
        ],
        ["dashscope"] = [OlderLimit, Roles, Thoughts("reasoning_content"), Switch("enable_thinking"), Efforts(""), No("thinking", "reasoning")],
        ["ai21"] = [OlderLimit, Roles, SeveralFrom(0.001), Efforts(""), No("reasoning", "thinking"), NoThoughtMembers],
        ["groq"] =
        [
            Roles, No("logprobs", "top_logprobs", "logit_bias", "prompt_cache_key", "store", "verbosity", "safety_identifier"), OnlyOne, NoNames,
            Efforts("openai/gpt-oss", "low", "medium", "high"), Efforts("qwen/", "none", "default"), NoEffort("llama"), Not("reasoning_format", "include_reasoning"),
            NoStreamedFormat, Thoughts("reasoning"),
        ],
        ["together"] = [OlderLimit, Roles, No("stream_options", "top_logprobs"), FlatSchema, NumberOfLogprobs, Thoughts("reasoning")],
        ["fireworks"] = [OlderLimit, Roles, Not("reasoning_effort", "thinking"), Thoughts("reasoning_content"), LeastBudget(1024)],
        ["openrouter"] = [Thoughts("reasoning", details: true)],
        ["cerebras"] =
        [
            Roles, No("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "store", "prompt_cache_key", "thinking"), NoThoughtMembers,
        ],
        ["nvidia"] = [OlderLimit, Roles, NoThoughtMembers],
        ["huggingface"] = [OlderLimit, Roles, NoThoughtMembers],
        ["sambanova"] = [OlderLimit, Roles, No("presence_penalty", "frequency_penalty", "logit_bias"), OnlyOne, NoThoughtMembers],
        ["deepinfra"] = [OlderLimit, Roles, Efforts("", "none", "low", "medium", "high", "xhigh"), Thoughts("reasoning_content")],
        ["ollama"] = [OlderLimit, Roles, Thoughts("reasoning")],
        ["vllm"] = [Roles, NoNulls, Thoughts("reasoning")],
        ["lmstudio"] = [OlderLimit, Roles, Formats("text", "json_schema"), Efforts(""), No("reasoning", "thinking"), NoThoughtMembers],
    };

    /// <summary>The providers with rules.</summary>
    public static IReadOnlyCollection<string> Vendors => Rules.Keys;

    /// <summary>For a provider without rules: what to add, and where.</summary>
    public static string HowToAdd(string vendor) =>
        $"tests/Testing/Requests/ProviderRequestRules.cs has no rules for the vendor '{vendor}'. Add [\"{vendor}\"] = [...] to its table Rules: what its documentation says that it refuses, not what its flags say ([] if it refuses nothing).";

    /// <summary>Violations with their paths; empty for a valid request.</summary>
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

    private static Rule Of(string models, params Rule[] rules) => (request, report) =>
    {
        if (!request.Model.StartsWith(models, StringComparison.Ordinal)) return;
        foreach (var rule in rules) rule(request, report);
    };

    /// <summary>These models have fixed sampling parameters.</summary>
    private static Rule FixedSampling(params string[] models) => (request, report) =>
    {
        if (models.Any(model => request.Model.StartsWith(model, StringComparison.Ordinal))) No("temperature", "top_p")(request, report);
    };

    private static Rule FixedWhileReasoning(string models) => Of(models, (request, report) =>
    {
        if (request.Body.Text("reasoning_effort") != "none") No("temperature", "top_p", "logprobs")(request, report);
        else if (request.Asked("temperature") is not null) report.Check(request.Body.Given("temperature") is not null, "$.temperature", "is known and must arrive");
    });

    private static void NoForcedCallWhileThinking(Request request, RuleReport report)
    {
        if (request.Body.Given("thinking")?.Text("type") == "disabled") ForcedCallsArrive(request, report);
        // A list of tools of which it may call some does not force a call.
        else if (request.Body.Given("tool_choice")?.Given("allowed_tools") is null) ToolChoice("auto", "none")(request, report);
    }

    private static void ForcedCallsArrive(Request request, RuleReport report)
    {
        if (request.Asked("tool_choice") is { } choice && choice.IsText())
            report.Check(request.Body.Text("tool_choice") == choice.GetString(), "$.tool_choice", "is known and must arrive");
    }

    /// <summary>Under the provider's own name.</summary>
    private static Rule Arrives(string asked, string name) => (request, report) =>
    {
        if (request.Asked(asked) is { } value)
            report.Check(request.Body.Given(name) is { } arrived && JsonElement.DeepEquals(arrived, value), $"$.{name}", "is known and must arrive");
    };

    private static Rule OnlyMessageMembers(params string[] names) => (request, report) =>
    {
        foreach (var (i, message) in request.Body.Elements("messages").Index())
            foreach (var member in message.EnumerateObject())
                report.Check(names.Contains(member.Name) || (member.Name == "name" && message.Text("role") is "tool" or "function"), $"$.messages[{i}].{member.Name}",
                    "is not known");
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
            report.Check(request.Texts().Any(text => JsonQuestions.TryParse(text[(text.IndexOf('\n') + 1)..]) is { } told && JsonElement.DeepEquals(told, schema)), "$.messages",
                "the schema is told nowhere");
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
        if (request.Effort is { } asked && words.Contains(asked))
            report.Check(request.Body.Text("reasoning_effort") == asked, "$.reasoning_effort", $"'{asked}' is known and must arrive");
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
        // K3 has no switch, and no rule about keeping reasoning.
        if (request.Model.StartsWith("kimi-k3", StringComparison.Ordinal)) return;
        var takes = models.Any(model => request.Model.StartsWith(model, StringComparison.Ordinal));
        if (takes && request.Keeps) report.Check(request.Body.Given("thinking")?.Given("keep") is not null, "$.thinking.keep", "is known and must arrive");
        if (!takes) report.Check(request.Body.Given("thinking")?.Given("keep") is null, "$.thinking.keep", "is refused");
    };

    private static Rule LeastBudget(long least) => (request, report) =>
        report.Check(request.Body.Given("thinking")?.Given("budget_tokens") is not { ValueKind: JsonValueKind.Number } budget || budget.GetInt64() >= least,
        "$.thinking.budget_tokens", $"is below {least}");

    private static Rule NeverOff(string models) => (request, report) =>
    {
        if (request.Model.StartsWith(models, StringComparison.Ordinal))
            report.Check(request.Body.Given("thinking")?.Text("type") != "disabled", "$.thinking", "cannot be off");
    };

    /// <summary>A request for no thinking gets none.</summary>
    private static Rule Switch(string member) => (request, report) =>
    {
        report.Check(request.Body.Given("reasoning") is null, "$.reasoning", "is not known");
        if (request.WantsNoThinking is not true) return;
        var off = member == "thinking" ? request.Body.Given("thinking")?.Text("type") == "disabled" : request.Body.Given(member) is { ValueKind: JsonValueKind.False };
        report.Check(off, $"$.{member}", "must switch thinking off");
    };
}
