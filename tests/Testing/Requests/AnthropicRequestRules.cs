using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <summary>
/// The documented rules of an Anthropic Messages request body, independent of the codecs. If the API is more lenient than
/// its reference, the recordings win: every recorded request with a 200 response obeys these.
/// </summary>
public static partial class AnthropicRequestRules
{
    private static readonly string[] TopLevel =
    [
        "model", "messages", "max_tokens", "system", "metadata", "stop_sequences", "stream", "temperature", "top_p", "top_k", "tools",
        "tool_choice", "thinking", "service_tier", "container", "context_management", "mcp_servers", "output_config", "cache_control",
    ];

    /// <summary>Violations with their paths; empty for a valid request.</summary>
    /// <param name="midConversationSystem">The model accepts system turns inside the conversation, right after a user turn.</param>
    public static IReadOnlyList<string> Check(JsonElement body, bool midConversationSystem = false)
    {
        var report = new RuleReport();
        if (!report.Check(body.IsObject(), "$", "must be an object")) return report.Violations;
        report.KnownMembers(body, "$", TopLevel);
        report.Check(body.Text("model") is { Length: > 0 }, "$.model", "must be a string");
        report.Check(body.Member("max_tokens") is not null, "$.max_tokens", "is mandatory");
        report.Integer(body, "$", "max_tokens", 1);
        report.Number(body, "$", "temperature", 0, 1);
        report.Number(body, "$", "top_p", 0, 1);
        report.Integer(body, "$", "top_k", 0);
        report.Boolean(body, "$", "stream");
        report.OneOf(body, "$", "service_tier", "auto", "standard_only");
        CheckSystem(body, report);
        CheckStops(body, report);
        CheckMetadata(body, report);
        CheckThinking(body, report);
        CheckOutput(body, report);
        var tools = AnthropicToolRules.Check(body, report);
        AnthropicToolRules.CheckChoice(body, tools, report);
        AnthropicTurnRules.Check(body, midConversationSystem, report);
        CheckCacheMarkers(body, report);
        return report.Violations;
    }

    private static void CheckSystem(JsonElement body, RuleReport report)
    {
        if (body.Member("system") is not { } system) return;
        if (system.IsText())
        {
            report.Check(!string.IsNullOrWhiteSpace(system.GetString()), "$.system", "must not be blank");
            return;
        }
        if (!report.Check(system.IsArray(), "$.system", "must be a string or an array")) return;
        foreach (var (i, block) in system.EnumerateArray().Index())
        {
            report.Check(block.Text("type") == "text", $"$.system[{i}].type", "must be text");
            report.Check(!string.IsNullOrWhiteSpace(block.Text("text")), $"$.system[{i}].text", "must be text that is not blank");
            if (block.IsObject()) report.KnownMembers(block, $"$.system[{i}]", ["type", "text", "cache_control", "citations"]);
        }
    }

    private static void CheckStops(JsonElement body, RuleReport report)
    {
        if (body.Member("stop_sequences") is not { } stops) return;
        if (!report.Check(stops.IsArray(), "$.stop_sequences", "must be an array")) return;
        foreach (var (i, stop) in stops.EnumerateArray().Index())
            report.Check(stop.IsText() && !string.IsNullOrWhiteSpace(stop.GetString()), $"$.stop_sequences[{i}]", "must be text that is not blank");
    }

    private static void CheckMetadata(JsonElement body, RuleReport report)
    {
        if (body.Member("metadata") is not { } metadata) return;
        if (!report.Check(metadata.IsObject(), "$.metadata", "must be an object")) return;
        report.KnownMembers(metadata, "$.metadata", ["user_id"]);
        if (metadata.Member("user_id") is { } user)
            report.Check(user.IsText() && user.GetString()!.Length is > 0 and <= 256, "$.metadata.user_id", "must be text of at most 256 characters");
    }

    private static void CheckThinking(JsonElement body, RuleReport report)
    {
        if (body.Member("thinking") is not { } thinking) return;
        if (!report.Check(thinking.IsObject(), "$.thinking", "must be an object")) return;
        var type = thinking.Text("type");
        report.Check(type is "enabled" or "disabled" or "adaptive", "$.thinking.type", "must be enabled, disabled or adaptive");
        report.KnownMembers(thinking, "$.thinking", type == "enabled" ? ["type", "budget_tokens", "display"] : ["type", "display"]);
        report.OneOf(thinking, "$.thinking", "display", "summarized", "omitted");
        if (type == "enabled")
        {
            report.Check(thinking.Member("budget_tokens") is not null, "$.thinking.budget_tokens", "is mandatory");
            report.Integer(thinking, "$.thinking", "budget_tokens", 1024);
            if (Whole(thinking, "budget_tokens") is { } budget && Whole(body, "max_tokens") is { } most)
                report.Check(budget < most, "$.thinking.budget_tokens", "must be below max_tokens");
        }
        if (type is not ("enabled" or "adaptive")) return;
        if (body.Member("temperature") is { ValueKind: JsonValueKind.Number } heat)
            report.Check(heat.GetDouble() == 1, "$.temperature", "must be 1 or absent while thinking");
        report.Check(body.Member("top_k") is null, "$.top_k", "must be absent while thinking");
        if (body.Member("top_p") is { ValueKind: JsonValueKind.Number } mass)
            report.Check(mass.GetDouble() >= 0.95, "$.top_p", "must be at least 0.95 while thinking");
        report.Check(body.Member("tool_choice")?.Text("type") is null or "auto" or "none", "$.tool_choice", "must be auto or none while thinking");
    }

    private static void CheckOutput(JsonElement body, RuleReport report)
    {
        if (body.Member("output_config") is not { } output) return;
        if (!report.Check(output.IsObject(), "$.output_config", "must be an object")) return;
        report.KnownMembers(output, "$.output_config", ["effort", "format", "task_budget"]);
        report.OneOf(output, "$.output_config", "effort", "low", "medium", "high", "xhigh", "max");
        if (output.Member("format") is not { } format) return;
        if (!report.Check(format.IsObject(), "$.output_config.format", "must be an object")) return;
        report.KnownMembers(format, "$.output_config.format", ["type", "schema"]);
        report.Check(format.Text("type") == "json_schema", "$.output_config.format.type", "must be json_schema");
        if (!report.Check(format.Member("schema") is { ValueKind: JsonValueKind.Object }, "$.output_config.format.schema", "must be an object")) return;
        JsonSchemaRules.Check(format.Member("schema")!.Value, "$.output_config.format.schema", report);
        AnthropicOutputSchemaRules.Check(format.Member("schema")!.Value, "$.output_config.format.schema", report);
    }

    /// <summary>At most four markers in the whole request, each of the known form.</summary>
    private static void CheckCacheMarkers(JsonElement body, RuleReport report)
    {
        var count = 0;
        foreach (var (path, marker) in Markers(body))
        {
            count++;
            if (!report.Check(marker.IsObject(), path, "must be an object")) continue;
            report.KnownMembers(marker, path, ["type", "ttl"]);
            report.Check(marker.Text("type") == "ephemeral", $"{path}.type", "must be ephemeral");
            report.OneOf(marker, path, "ttl", "5m", "1h");
        }
        report.Check(count <= 4, "$", $"has {count} cache_control markers, at most 4 are taken");
    }

    private static IEnumerable<(string Path, JsonElement Marker)> Markers(JsonElement body)
    {
        if (body.Given("cache_control") is { } top) yield return ("$.cache_control", top);
        foreach (var (i, tool) in body.Elements("tools").Index())
            if (tool.Given("cache_control") is { } m) yield return ($"$.tools[{i}].cache_control", m);
        foreach (var (i, block) in body.Elements("system").Index())
            if (block.Given("cache_control") is { } m) yield return ($"$.system[{i}].cache_control", m);
        foreach (var (i, message) in body.Elements("messages").Index())
            foreach (var (j, block) in message.Elements("content").Index())
            {
                if (block.Given("cache_control") is { } m) yield return ($"$.messages[{i}].content[{j}].cache_control", m);
                foreach (var (k, inner) in block.Elements("content").Index())
                    if (inner.Given("cache_control") is { } n) yield return ($"$.messages[{i}].content[{j}].content[{k}].cache_control", n);
            }
    }

    internal static long? Whole(JsonElement owner, string name) =>
        owner.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var whole) ? whole : null;

    [GeneratedRegex("^[a-zA-Z0-9_-]+$")]
    internal static partial Regex IdAlphabet();

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,128}$")]
    internal static partial Regex NameAlphabet();

    [GeneratedRegex("^[a-zA-Z0-9_.-]{1,64}$")]
    internal static partial Regex PropertyAlphabet();
}
