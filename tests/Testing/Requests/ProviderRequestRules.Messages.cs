using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <content>Rules of messages and schemas, and the request they are about.</content>
public static partial class ProviderRequestRules
{
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
        foreach (var member in schema.EnumerateObject().Where(m => m.Name is not ("enum" or "const" or "default" or "examples")))
            Branched(member.Value, $"{path}.{member.Name}", isTop: false, report);
    }

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

    /// <summary>The assistant's earlier turns have one, possibly empty.</summary>
    private static Rule ThoughtsInTurns(bool toolsOnly, bool mayBeEmpty) => (request, report) =>
    {
        foreach (var (i, message) in request.Body.Elements("messages").Index())
            if (message.Text("role") == "assistant" && (!toolsOnly || message.Given("tool_calls") is not null))
                report.Check(message.Text("reasoning_content") is { } thoughts && (mayBeEmpty || thoughts.Length > 0), $"$.messages[{i}].reasoning_content", "is missing");
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
            if (message.Text("role") == "tool" && request.LinksResults)
                report.Check(calls.Contains(message.Text("tool_call_id") ?? ""), $"$.messages[{i}].tool_call_id", "answers no call");
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

    /// <summary>The provider refuses unknown values itself.</summary>
    [GeneratedRegex("^(none|minimal|low|medium|high|xhigh|max)$")]
    private static partial Regex OnTheLadder();

    private sealed record Request(string Model, bool Reasons, JsonElement Body)
    {
        /// <summary>The caller's request in addition to the provider's body, for rules about both.</summary>
        private JsonElement? All => Body.Member("$asked");

        public JsonElement? Asked(string member) => All?.Given(member);

        public bool LinksResults => All is not { } asked || Linked(asked);

        public JsonElement? Schema => All?.Given("response_format")?.Given("json_schema")?.Given("schema");

        public bool Keeps => All?.Given("thinking")?.Given("keep") is not null;

        public string? Effort => All?.Text("reasoning_effort");

        public bool? WantsNoThinking => All is not { } asked ? null
            : asked.Text("reasoning_effort") == "none"
            || (asked.Given("reasoning_effort") is null && asked.Given("reasoning") is { } reasoning
            && (reasoning.Given("enabled") is { ValueKind: JsonValueKind.False } || reasoning.Text("effort") == "none"));

        public IEnumerable<string> Texts() => Body.Elements("messages").Select(message => message.Text("content") ?? "");

        private static bool Linked(JsonElement asked)
        {
            var calls = asked.Elements("messages").SelectMany(message => message.Elements("tool_calls")).Select(call => call.Text("id")).ToHashSet();
            return asked.Elements("messages").Where(message => message.Text("role") == "tool").All(message => calls.Contains(message.Text("tool_call_id")));
        }
    }
}
