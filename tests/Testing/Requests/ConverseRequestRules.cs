using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <summary>
/// The documented rules of a Converse request body (API_runtime_Converse.html and the shapes that it names), independent of the
/// codec. If the API is more lenient, the recordings win: every recorded request with a 200 response obeys these.
/// </summary>
public static partial class ConverseRequestRules
{
    private static readonly string[] TopLevel =
    [
        "messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields", "additionalModelResponseFieldPaths",
        "promptVariables", "requestMetadata", "performanceConfig", "serviceTier", "outputConfig",
    ];

    private static readonly string[] Blocks =
        ["text", "image", "document", "video", "audio", "toolUse", "toolResult", "guardContent", "cachePoint", "reasoningContent", "citationsContent", "searchResult"];

    /// <summary>Violations with their paths; empty for a valid request.</summary>
    public static IReadOnlyList<string> Check(JsonElement body)
    {
        var report = new RuleReport();
        if (!report.Check(body.IsObject(), "$", "must be an object")) return report.Violations;
        report.KnownMembers(body, "$", TopLevel);
        foreach (var (i, block) in body.Elements("system").Index()) CheckOne(block, $"$.system[{i}]", ["text", "guardContent", "cachePoint"], report);
        CheckInference(body, report);
        var names = CheckTools(body, report);
        CheckMessages(body, names, report);
        CheckOutput(body, report);
        if (body.Member("serviceTier") is { } tier) report.OneOf(tier, "$.serviceTier", "type", "priority", "default", "flex", "reserved");
        foreach (var name in (string[])["additionalModelRequestFields", "guardrailConfig", "performanceConfig", "requestMetadata"])
            if (body.Member(name) is { } fields) report.Check(fields.IsObject(), $"$.{name}", "must be an object");
        var points = Regex.Count(body.GetRawText(), "\"cachePoint\"");
        report.Check(points <= 4, "$", $"has {points} cache points, at most 4 are taken");
        return report.Violations;
    }

    private static void CheckInference(JsonElement body, RuleReport report)
    {
        if (body.Member("inferenceConfig") is not { } config || !report.Check(config.IsObject(), "$.inferenceConfig", "must be an object")) return;
        report.KnownMembers(config, "$.inferenceConfig", ["maxTokens", "temperature", "topP", "stopSequences"]);
        report.Integer(config, "$.inferenceConfig", "maxTokens", 1);
        report.Number(config, "$.inferenceConfig", "temperature", 0, 1);
        report.Number(config, "$.inferenceConfig", "topP", 0, 1);
        foreach (var (i, stop) in config.Elements("stopSequences").Index())
            report.Check(stop.IsText() && stop.GetString()!.Length > 0, $"$.inferenceConfig.stopSequences[{i}]", "must be text that is not empty");
    }

    private static HashSet<string>? CheckTools(JsonElement body, RuleReport report)
    {
        if (body.Member("toolConfig") is not { } config) return null;
        var names = new HashSet<string>();
        report.KnownMembers(config, "$.toolConfig", ["tools", "toolChoice"]);
        report.Check(config.Elements("tools").Any(), "$.toolConfig.tools", "must not be empty");
        foreach (var (i, tool) in config.Elements("tools").Index())
        {
            var path = $"$.toolConfig.tools[{i}]";
            CheckOne(tool, path, ["toolSpec", "systemTool", "cachePoint"], report);
            if (tool.Member("toolSpec") is not { } spec) continue;
            report.KnownMembers(spec, path, ["name", "description", "inputSchema", "strict"]);
            var name = spec.Text("name") ?? "";
            report.Check(NameAlphabet().IsMatch(name), $"{path}.name", $"'{name}' must be 1 to 64 of a-z A-Z 0-9 _ -");
            report.Check(names.Add(name), $"{path}.name", $"'{name}' is declared twice");
            if (spec.Member("description") is { } description)
                report.Check(description.IsText() && description.GetString()!.Length > 0, $"{path}.description", "must be text that is not empty");
            if (report.Check(spec.Member("inputSchema")?.Member("json") is { ValueKind: JsonValueKind.Object }, $"{path}.inputSchema", "must be {\"json\": {...}}"))
                report.Check(spec.Member("inputSchema")!.Value.Member("json")!.Value.Text("type") == "object", $"{path}.inputSchema.json.type", "must be object");
        }
        if (config.Member("toolChoice") is not { } choice) return names;
        report.Check(choice.EnumerateObject().Count() == 1, "$.toolConfig.toolChoice", "must have one member");
        report.KnownMembers(choice, "$.toolConfig.toolChoice", ["auto", "any", "tool"]);
        if (choice.Member("tool") is { } one) report.Check(names.Contains(one.Text("name") ?? ""), "$.toolConfig.toolChoice.tool.name", "must name a tool");
        return names;
    }

    private static void CheckMessages(JsonElement body, HashSet<string>? tools, RuleReport report)
    {
        var messages = body.Elements("messages").ToArray();
        report.Check(messages.Length > 0, "$.messages", "must be an array that is not empty");
        var ids = new HashSet<string>();
        var documents = new HashSet<string>();
        for (var i = 0; i < messages.Length; i++)
        {
            var path = $"$.messages[{i}]";
            report.KnownMembers(messages[i], path, ["role", "content"]);
            var role = messages[i].Text("role");
            report.Check(role == (i % 2 == 0 ? "user" : "assistant"), $"{path}.role", "the user comes first, and turns must alternate");
            var content = messages[i].Elements("content").ToArray();
            report.Check(content.Length > 0, $"{path}.content", "must be an array that is not empty");
            for (var j = 0; j < content.Length; j++)
            {
                CheckBlock(content[j], $"{path}.content[{j}]", role, documents, report);
                if (content[j].Member("cachePoint") is not null)
                    report.Check(j > 0 && content[j - 1].Member("document") is null && content[j - 1].Member("video") is null, $"{path}.content[{j}]",
                        "a cache point may not stand first or behind a document");
                if (content[j].Member("toolUse") is not { } call) continue;
                report.Check(tools is not null, "$.toolConfig", "must be there where calls are");
                report.Check(ids.Add(call.Text("toolUseId") ?? ""), $"{path}.content[{j}].toolUse.toolUseId", "is used twice");
            }
            if (content.Any(b => b.Member("document") is not null))
                report.Check(content.Any(b => b.Member("text") is not null), $"{path}.content", "a document needs a text beside it");
            if (role == "assistant") CheckResults(content, i + 1 < messages.Length ? messages[i + 1] : default, path, report);
            else if (i == 0) report.Check(content.All(b => b.Member("toolResult") is null), path, "a result answers no call");
        }
    }

    private static void CheckResults(JsonElement[] content, JsonElement next, string path, RuleReport report)
    {
        var calls = content.Select(b => b.Member("toolUse")?.Text("toolUseId")).Where(id => id is not null).Order().ToArray();
        var results = next.Elements("content").Select(b => b.Member("toolResult")?.Text("toolUseId")).Where(id => id is not null).Order().ToArray();
        report.Check(calls.SequenceEqual(results), path, $"the calls [{string.Join(", ", calls)}] have the results [{string.Join(", ", results)}]");
    }

    private static void CheckBlock(JsonElement block, string path, string? role, HashSet<string> documents, RuleReport report)
    {
        CheckOne(block, path, Blocks, report);
        if (block.Member("toolUse") is { } call)
        {
            report.Check(role == "assistant", path, "calls are the assistant's");
            report.KnownMembers(call, path, ["toolUseId", "name", "input", "type"]);
            report.Check(NameAlphabet().IsMatch(call.Text("toolUseId") ?? ""), $"{path}.toolUseId", $"'{call.Text("toolUseId")}' must be 1 to 64 of a-z A-Z 0-9 _ -");
            report.Check(NameAlphabet().IsMatch(call.Text("name") ?? ""), $"{path}.name", $"'{call.Text("name")}' must be 1 to 64 of a-z A-Z 0-9 _ -");
            report.Check(call.Member("input") is { ValueKind: JsonValueKind.Object }, $"{path}.input", "must be an object");
        }
        if (block.Member("toolResult") is { } result)
        {
            report.Check(role == "user", path, "results are the user's");
            report.KnownMembers(result, path, ["toolUseId", "content", "status", "type"]);
            report.OneOf(result, path, "status", "success", "error");
            report.Check(result.Elements("content").Any(), $"{path}.content", "must be an array that is not empty");
            foreach (var (k, inner) in result.Elements("content").Index())
            {
                CheckOne(inner, $"{path}.content[{k}]", ["text", "json", "image", "document", "video", "searchResult"], report);
                CheckMedia(inner, $"{path}.content[{k}]", documents, report);
            }
        }
        if (block.Member("reasoningContent") is { } reasoning)
        {
            report.Check(role == "assistant", path, "thoughts are the assistant's");
            CheckOne(reasoning, path, ["reasoningText", "redactedContent"], report);
            if (reasoning.Member("reasoningText") is { } thought) report.Check(thought.Text("signature") is { Length: > 0 }, $"{path}.reasoningText.signature", "must be there");
        }
        CheckMedia(block, path, documents, report);
    }

    private static void CheckMedia(JsonElement block, string path, HashSet<string> documents, RuleReport report)
    {
        foreach (var (kind, formats) in ((string, string[])[])[
            ("image", ["png", "jpeg", "gif", "webp"]), ("document", ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]),
            ("video", ["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"])])
        {
            if (block.Member(kind) is not { } media) continue;
            report.OneOf(media, $"{path}.{kind}", "format", formats);
            report.Check(media.Text("format") is not null, $"{path}.{kind}.format", "is mandatory");
            var source = media.Member("source") ?? default;
            CheckOne(source, $"{path}.{kind}.source", ["bytes", "s3Location", "text", "content"], report);
            if (source.Member("bytes") is not null) report.Base64(source, $"{path}.{kind}.source", "bytes");
            if (source.Member("s3Location") is { } place)
                report.Check(place.Text("uri")?.StartsWith("s3://", StringComparison.Ordinal) == true, $"{path}.{kind}.source.s3Location.uri", "must be an s3:// address");
            if (kind != "document") continue;
            var name = media.Text("name") ?? "";
            report.Check(DocumentName().IsMatch(name) && name.Length <= 200, $"{path}.document.name", $"'{name}' must be letters, digits, single blanks, hyphens and brackets");
            report.Check(documents.Add(name), $"{path}.document.name", $"'{name}' is used twice");
        }
    }

    /// <summary>Exactly one of these members; a text is never blank.</summary>
    private static void CheckOne(JsonElement block, string path, string[] members, RuleReport report)
    {
        if (!report.Check(block.IsObject(), path, "must be an object")) return;
        report.KnownMembers(block, path, members);
        report.Check(block.EnumerateObject().Count() == 1, path, "must have one member");
        if (block.Member("text") is { } text) report.Check(text.IsText() && !string.IsNullOrWhiteSpace(text.GetString()), $"{path}.text", "must be text that is not blank");
        if (block.Member("cachePoint") is not { } point) return;
        report.KnownMembers(point, path, ["type", "ttl"]);
        report.Check(point.Text("type") == "default", $"{path}.cachePoint.type", "must be default");
        report.OneOf(point, path, "ttl", "5m", "1h");
    }

    private static void CheckOutput(JsonElement body, RuleReport report)
    {
        if (body.Member("outputConfig") is not { } output) return;
        var format = output.Member("textFormat") ?? default;
        report.Check(format.Text("type") == "json_schema", "$.outputConfig.textFormat.type", "must be json_schema");
        var schema = format.Member("structure")?.Member("jsonSchema") ?? default;
        if (!report.Check(schema.IsObject(), "$.outputConfig.textFormat.structure.jsonSchema", "must be an object")) return;
        report.KnownMembers(schema, "$.outputConfig.textFormat.structure.jsonSchema", ["name", "schema", "description"]);
        report.Check(NameAlphabet().IsMatch(schema.Text("name") ?? ""), "$...jsonSchema.name", "must be 1 to 64 of a-z A-Z 0-9 _ -");
        if (report.Check(JsonQuestions.TryParse(schema.Text("schema") ?? "") is { ValueKind: JsonValueKind.Object }, "$...jsonSchema.schema", "must be the text of a JSON object"))
            AnthropicOutputSchemaRules.Check(JsonQuestions.TryParse(schema.Text("schema")!)!.Value, "$...jsonSchema.schema", report);
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex NameAlphabet();

    [GeneratedRegex(@"^[a-zA-Z0-9\-\(\)\[\]]+( [a-zA-Z0-9\-\(\)\[\]]+)*$")]
    private static partial Regex DocumentName();
}
