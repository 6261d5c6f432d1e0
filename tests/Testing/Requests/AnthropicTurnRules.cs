using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Rules of <c>messages</c>: alternation, blocks, calls and their results.</summary>
internal static class AnthropicTurnRules
{
    private static readonly string[] ImageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"];
    private static readonly string[] UserBlocks = ["text", "image", "document", "tool_result", "search_result", "container_upload"];

    public static void Check(JsonElement body, bool midConversationSystem, RuleReport report)
    {
        if (!report.Check(body.Member("messages") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0, "$.messages", "must be an array that is not empty"))
            return;
        var messages = body.Member("messages")!.Value.EnumerateArray().ToArray();
        var callIds = new HashSet<string>();
        var last = "assistant";
        for (var i = 0; i < messages.Length; i++)
        {
            var path = $"$.messages[{i}]";
            var message = messages[i];
            if (!report.Check(message.IsObject(), path, "must be an object")) continue;
            report.KnownMembers(message, path, ["role", "content"]);
            var role = message.Text("role") ?? "";
            if (role == "system" && i > 0 && CheckSystemTurn(message, path, last, midConversationSystem, report)) continue;
            if (report.Check(role is "user" or "assistant", $"{path}.role", "must be user or assistant"))
                report.Check(role != last, $"{path}.role", i == 0 ? "the first turn must be the user's" : "turns must alternate");
            last = role;
            CheckContent(message, path, role, isLast: i == messages.Length - 1, report);
            CheckCalls(message, i + 1 < messages.Length ? messages[i + 1] : default, path, callIds, report);
            CheckResults(message, i > 0 ? messages[i - 1] : default, path, role, report);
        }
        CheckEnd(body, messages[^1], report);
        CheckThinkingHistory(body, messages, report);
    }

    /// <summary>A later system turn may add tools (anthropic-messages-one-websearch-129e94), and on newer models contain text.</summary>
    private static bool CheckSystemTurn(JsonElement message, string path, string last, bool mayTalk, RuleReport report)
    {
        var blocks = message.Elements("content").ToArray();
        if (blocks.Length > 0 && blocks.All(b => b.Text("type") is "tool_addition" or "tool_removal")) return true;
        if (!mayTalk) return false;
        report.Check(last == "user", $"{path}.role", "a system turn must stand right after a user turn");
        report.Check(message.Text("content") is { } text ? !string.IsNullOrWhiteSpace(text)
            : blocks.Length > 0 && blocks.All(b => b.Text("type") == "text" && !string.IsNullOrWhiteSpace(b.Text("text"))),
            $"{path}.content", "must be text that is not blank");
        return true;
    }

    private static void CheckContent(JsonElement message, string path, string role, bool isLast, RuleReport report)
    {
        path += ".content";
        if (message.Member("content") is not { } content)
        {
            report.Add(path, "is mandatory");
            return;
        }
        if (content.IsText())
        {
            report.Check(!string.IsNullOrWhiteSpace(content.GetString()), path, "must not be blank");
            return;
        }
        if (!report.Check(content.IsArray(), path, "must be a string or an array")) return;
        report.Check(content.GetArrayLength() > 0 || (isLast && role == "assistant"), path, "must not be empty");
        foreach (var (i, block) in content.EnumerateArray().Index())
            if (report.Check(block.IsObject(), $"{path}[{i}]", "must be an object")) CheckBlock(block, $"{path}[{i}]", role, report);
    }

    private static void CheckBlock(JsonElement block, string path, string role, RuleReport report)
    {
        var type = block.Text("type") ?? "";
        if (role == "user") report.Check(UserBlocks.Contains(type), $"{path}.type", $"'{type}' may not stand in a user turn");
        else report.Check(type is not ("image" or "document" or "tool_result" or "search_result" or "container_upload" or ""), $"{path}.type",
            $"'{type}' may not stand in an assistant turn");
        switch (type)
        {
            case "text":
                report.KnownMembers(block, path, ["type", "text", "cache_control", "citations"]);
                report.Check(!string.IsNullOrWhiteSpace(block.Text("text")), $"{path}.text", "must be text that is not blank");
                break;
            case "image":
                report.KnownMembers(block, path, ["type", "source", "cache_control"]);
                CheckSource(block, path, ImageTypes, report);
                break;
            case "document":
                report.KnownMembers(block, path, ["type", "source", "title", "context", "citations", "cache_control"]);
                CheckSource(block, path, ["application/pdf"], report);
                if (block.Given("title") is { } title) report.Check(title.IsText(), $"{path}.title", "must be a string");
                break;
            case "tool_use":
                report.KnownMembers(block, path, ["type", "id", "name", "input", "cache_control", "caller"]);
                report.Check(AnthropicRequestRules.NameAlphabet().IsMatch(block.Text("name") ?? ""), $"{path}.name", "must be 1 to 128 of a-z A-Z 0-9 _ -");
                report.Check(block.Member("input") is { ValueKind: JsonValueKind.Object }, $"{path}.input", "must be an object");
                break;
            case "tool_result":
                report.KnownMembers(block, path, ["type", "tool_use_id", "content", "is_error", "cache_control"]);
                report.Boolean(block, path, "is_error");
                CheckResultContent(block, path, report);
                break;
            case "thinking":
                report.KnownMembers(block, path, ["type", "thinking", "signature"]);
                report.Check(block.Member("thinking") is { ValueKind: JsonValueKind.String }, $"{path}.thinking", "must be a string");
                report.Check(block.Text("signature") is { Length: > 0 }, $"{path}.signature", "must be a string: unsigned thinking is refused");
                break;
            case "redacted_thinking":
                report.KnownMembers(block, path, ["type", "data"]);
                report.Check(block.Text("data") is { Length: > 0 }, $"{path}.data", "must be a string");
                break;
        }
    }

    private static void CheckResultContent(JsonElement block, string path, RuleReport report)
    {
        if (block.Member("content") is not { } content || content.IsText()) return;
        if (!report.Check(content.IsArray(), $"{path}.content", "must be a string or an array")) return;
        foreach (var (i, inner) in content.EnumerateArray().Index())
        {
            var at = $"{path}.content[{i}]";
            if (!report.Check(inner.IsObject(), at, "must be an object")) continue;
            var type = inner.Text("type");
            if (report.Check(type is "text" or "image" or "document" or "search_result" or "tool_reference", $"{at}.type", $"'{type}' may not stand in a tool result"))
                CheckBlock(inner, at, "user", report.Without(type is "tool_reference"));
        }
    }

    private static RuleReport Without(this RuleReport report, bool skip) => skip ? new RuleReport() : report;

    private static void CheckSource(JsonElement block, string path, string[] mediaTypes, RuleReport report)
    {
        path += ".source";
        if (!report.Check(block.Member("source") is { ValueKind: JsonValueKind.Object }, path, "must be an object")) return;
        var source = block.Member("source")!.Value;
        switch (source.Text("type"))
        {
            case "base64":
                report.KnownMembers(source, path, ["type", "media_type", "data"]);
                report.Check(mediaTypes.Contains(source.Text("media_type")), $"{path}.media_type", $"must be one of {string.Join(", ", mediaTypes)}");
                report.Base64(source, path, "data");
                break;
            case "url":
                report.KnownMembers(source, path, ["type", "url"]);
                report.Check(source.Text("url") is { } url
                    && (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)), $"{path}.url",
                    "must be an http(s) address");
                break;
            case "file":
                report.KnownMembers(source, path, ["type", "file_id"]);
                report.Check(source.Text("file_id") is { Length: > 0 }, $"{path}.file_id", "must be a string");
                break;
            case "text" when block.Text("type") == "document":
                report.KnownMembers(source, path, ["type", "media_type", "data"]);
                report.Check(source.Text("media_type") == "text/plain", $"{path}.media_type", "must be text/plain");
                report.Check(!string.IsNullOrWhiteSpace(source.Text("data")), $"{path}.data", "must be text that is not blank");
                break;
            case "content" when block.Text("type") == "document":
                report.Check(source.Member("content") is not null, $"{path}.content", "is mandatory");
                break;
            default:
                report.Add($"{path}.type", $"'{source.Text("type")}' is no source of this block");
                break;
        }
    }

    /// <summary>Each call's id is valid and new, and the very next turn contains its result.</summary>
    private static void CheckCalls(JsonElement message, JsonElement next, string path, HashSet<string> ids, RuleReport report)
    {
        var results = next.Elements("content").Where(b => b.Text("type") == "tool_result").Select(b => b.Text("tool_use_id")).ToArray();
        foreach (var (i, block) in message.Elements("content").Index())
        {
            if (block.Text("type") != "tool_use") continue;
            var id = block.Text("id") ?? "";
            report.Check(AnthropicRequestRules.IdAlphabet().IsMatch(id), $"{path}.content[{i}].id", $"'{id}' must be of a-z A-Z 0-9 _ -");
            report.Check(ids.Add(id), $"{path}.content[{i}].id", $"'{id}' is used twice");
            report.Check(results.Count(r => r == id) == 1, $"{path}.content[{i}]", $"call '{id}' must have exactly one tool_result in the next turn");
        }
    }

    /// <summary>Results are first, and each belongs to a call of the turn before.</summary>
    private static void CheckResults(JsonElement message, JsonElement before, string path, string role, RuleReport report)
    {
        if (role != "user") return;
        var calls = before.Elements("content").Where(b => b.Text("type") is "tool_use").Select(b => b.Text("id")).ToArray();
        var others = false;
        foreach (var (i, block) in message.Elements("content").Index())
        {
            if (block.Text("type") != "tool_result")
            {
                others = true;
                continue;
            }
            report.Check(!others, $"{path}.content[{i}]", "tool_result blocks must stand before all others");
            report.Check(calls.Contains(block.Text("tool_use_id")), $"{path}.content[{i}].tool_use_id", $"'{block.Text("tool_use_id")}' answers no call of the turn before");
        }
    }

    private static void CheckEnd(JsonElement body, JsonElement last, RuleReport report)
    {
        if (last.Text("role") != "assistant") return;
        report.Check(body.Member("thinking")?.Text("type") is not ("enabled" or "adaptive"), "$.messages", "may not end with the assistant's turn while thinking");
        var text = last.Text("content") ?? last.Elements("content").LastOrDefault().Text("text");
        report.Check(text is null || text.Length == 0 || !char.IsWhiteSpace(text[^1]), "$.messages", "the last assistant text may not end with white space");
    }

    /// <summary>With a thinking budget the assistant's turn of an open tool loop must begin with its thinking.</summary>
    private static void CheckThinkingHistory(JsonElement body, JsonElement[] messages, RuleReport report)
    {
        if (body.Member("thinking")?.Text("type") != "enabled" || messages.Length < 2) return;
        if (!messages[^1].Elements("content").Any(b => b.Text("type") == "tool_result")) return;
        var first = messages[^2].Elements("content").FirstOrDefault().Text("type");
        report.Check(first is "thinking" or "redacted_thinking", $"$.messages[{messages.Length - 2}].content[0]",
            "must be thinking, since thinking is enabled and its calls are being answered");
    }
}
