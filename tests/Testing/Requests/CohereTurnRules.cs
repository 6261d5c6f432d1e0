using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Rules of <c>messages</c>: roles, content, calls and their results.</summary>
internal static class CohereTurnRules
{
    public static void Check(JsonElement body, RuleReport report)
    {
        if (!report.Check(body.Elements("messages").Any(), "$.messages", "must be an array that is not empty")) return;
        var calls = new HashSet<string>();
        var messages = body.Elements("messages").ToArray();
        foreach (var (i, message) in messages.Index())
        {
            var path = $"$.messages[{i}]";
            switch (message.Text("role"))
            {
                case "system":
                    report.KnownMembers(message, path, ["role", "content"]);
                    report.Check(i == 0, path, "the system turn must be the first");
                    Content(message, path, report, "text");
                    break;
                case "user":
                    report.KnownMembers(message, path, ["role", "content"]);
                    Content(message, path, report, "text", "image_url");
                    break;
                case "assistant":
                    Assistant(message, path, calls, report);
                    break;
                case "tool":
                    report.KnownMembers(message, path, ["role", "content", "tool_call_id"]);
                    Content(message, path, report, "text", "document");
                    report.Check(calls.Contains(message.Text("tool_call_id") ?? ""), $"{path}.tool_call_id", "answers no call before it");
                    break;
                default:
                    report.Add($"{path}.role", "must be system, user, assistant or tool");
                    break;
            }
        }
        report.Check(messages.Any(m => m.Text("role") != "system"), "$.messages", "nobody speaks");
    }

    private static void Assistant(JsonElement message, string path, HashSet<string> calls, RuleReport report)
    {
        report.KnownMembers(message, path, ["role", "content", "tool_calls", "tool_plan", "citations"]);
        // A null, and an empty text beside calls, are accepted (cohere-chatv2-one-cite-56559f, cohere-chatv2-sse-cite-75077f).
        if (message.Given("content") is not null && !message.Elements("tool_calls").Any()) Content(message, path, report, "text", "thinking");
        report.Check(message.Given("content") is not null || message.Elements("tool_calls").Any(), path, "says nothing");
        foreach (var block in message.Elements("content")) report.Check(block.Text("type") is "text" or "thinking", $"{path}.content", "must be text or thinking");
        if (message.Given("tool_plan") is { } plan) report.Check(plan.IsText(), $"{path}.tool_plan", "must be a string");
        foreach (var (i, call) in message.Elements("tool_calls").Index())
        {
            var at = $"{path}.tool_calls[{i}]";
            report.KnownMembers(call, at, ["id", "type", "function"]);
            report.Check(call.Text("type") == "function", $"{at}.type", "must be function");
            report.Check(call.Text("id") is { Length: > 0 } id && calls.Add(id), $"{at}.id", "is missing or used twice");
            var function = call.Member("function") ?? default;
            report.Check(function.Text("name") is { Length: > 0 }, $"{at}.function.name", "must be a name");
            report.Check(function.Text("arguments") is { Length: > 0 }, $"{at}.function.arguments", "must be a string that is not empty");
        }
    }

    private static void Content(JsonElement message, string path, RuleReport report, params string[] types)
    {
        if (message.Text("content") is { } text)
        {
            report.Check(text.Length > 0, $"{path}.content", "must not be empty");
            return;
        }
        if (!report.Check(message.Elements("content").Any(), $"{path}.content", "must not be empty")) return;
        foreach (var (i, block) in message.Elements("content").Index())
        {
            var at = $"{path}.content[{i}]";
            var type = block.Text("type");
            if (!report.Check(types.Contains(type), $"{at}.type", $"must be one of {string.Join(", ", types)}")) continue;
            report.KnownMembers(block, at, ["type", type!]);
            switch (type)
            {
                case "image_url":
                    var image = block.Member("image_url") ?? default;
                    report.KnownMembers(image, $"{at}.image_url", ["url", "detail"]);
                    report.Check(image.Text("url") is { Length: > 0 }, $"{at}.image_url.url", "must be an address");
                    report.OneOf(image, $"{at}.image_url", "detail", "auto", "low", "high");
                    break;
                case "document":
                    report.Check(block.Member("document")?.Member("data") is { ValueKind: JsonValueKind.Object }, $"{at}.document.data", "must be an object");
                    break;
                default:
                    report.Check(block.Text(type!) is not null, $"{at}.{type}", "must be a string");
                    break;
            }
        }
    }
}
