using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>
/// <c>input</c>: messages, calls and results. Refused by the API, as recorded: a result without its call and a call without its result (if
/// nothing is stored), reasoning without the item that followed it (<c>openai-responses-one-error-ff9301</c>).
/// </summary>
internal static class ResponsesItemRules
{
    public static void Check(JsonElement body, RuleReport report)
    {
        if (body.Member("prompt") is not null) return;
        if (!report.Check(body.Member("input") is { } given && (given.IsText() || given.IsArray()), "$.input", "must be a string or an array")) return;
        var input = body.Member("input")!.Value;
        if (input.IsText()) return;
        var items = input.EnumerateArray().ToArray();
        report.Check(items.Length > 0, "$.input", "must not be empty");
        var calls = new Dictionary<string, bool>();
        for (var i = 0; i < items.Length; i++) CheckItem(items, i, calls, report);
        // Calls from before the conversation was continued are stored at the provider.
        if (body.Given("previous_response_id") is null && body.Given("conversation") is null)
            foreach (var (id, isAnswered) in calls) report.Check(isAnswered, "$.input", $"the call '{id}' must have exactly one result");
    }

    private static void CheckItem(JsonElement[] items, int index, Dictionary<string, bool> calls, RuleReport report)
    {
        var (item, path) = (items[index], $"$.input[{index}]");
        if (!report.Check(item.IsObject(), path, "must be an object")) return;
        switch (item.Text("type") ?? "message")
        {
            case "message":
                CheckMessage(item, path, report);
                break;
            case "reasoning":
                report.Check(item.Member("summary") is { ValueKind: JsonValueKind.Array }, $"{path}.summary", "must be an array");
                foreach (var (i, piece) in item.Elements("summary")
                    .Index()) report.Check(piece.Text("type") == "summary_text" && piece.Text("text") is not null, $"{path}.summary[{i}]", "must be a summary_text");
                report.Check(index + 1 < items.Length && IsOfAssistant(items[index + 1]), path, "thoughts need the item that followed them");
                break;
            case "function_call" or "custom_tool_call":
                CheckCall(item, path, calls, report);
                break;
            case "function_call_output" or "custom_tool_call_output":
                var id = item.Text("call_id") ?? "";
                if (calls.TryGetValue(id, out var isAnswered)) report.Check(!isAnswered, path, $"the call '{id}' has another result");
                else report.Add(path, $"'{id}' answers no call");
                calls[id] = true;
                CheckContent(item, "output", path, ["input_text", "input_image", "input_file"], report);
                break;
        }
    }

    private static void CheckCall(JsonElement item, string path, Dictionary<string, bool> calls, RuleReport report)
    {
        var isCustom = item.Text("type") == "custom_tool_call";
        report.KnownMembers(item, path, ["type", "id", "call_id", "name", isCustom ? "input" : "arguments", "status", "namespace"]);
        report.Check(item.Text("call_id") is { Length: > 0 and <= 64 }, $"{path}.call_id", "must be a string of at most 64");
        report.Check(item.Text("name") is { Length: > 0 }, $"{path}.name", "must be a string");
        report.Check(item.Text(isCustom ? "input" : "arguments") is not null, $"{path}.{(isCustom ? "input" : "arguments")}", "must be a string");
        report.Check(calls.TryAdd(item.Text("call_id") ?? "", false), $"{path}.call_id", "is used twice");
    }

    private static void CheckMessage(JsonElement item, string path, RuleReport report)
    {
        report.KnownMembers(item, path, ["type", "role", "content", "id", "status", "phase"]);
        report.OneOf(item, path, "role", "user", "assistant", "system", "developer");
        CheckContent(item, "content", path, item.Text("role") == "assistant" ? ["output_text", "refusal"] : ["input_text", "input_image", "input_file"], report);
    }

    private static void CheckContent(JsonElement item, string member, string path, string[] kinds, RuleReport report)
    {
        if (!report.Check(item.Member(member) is { } given && (given.IsText() || given.IsArray()), $"{path}.{member}", "must be a string or an array")) return;
        var content = item.Member(member)!.Value;
        if (content.IsText()) return;
        report.Check(content.GetArrayLength() > 0, $"{path}.{member}", "must not be empty");
        foreach (var (i, part) in content.EnumerateArray().Index())
        {
            var at = $"{path}.{member}[{i}]";
            if (!report.Check(part.Text("type") is { } type && kinds.Contains(type), at, $"'{part.Text("type")}' may not stand here")) continue;
            CheckPart(part, at, report);
        }
    }

    private static void CheckPart(JsonElement part, string at, RuleReport report)
    {
        switch (part.Text("type"))
        {
            case "input_text" or "output_text":
                report.KnownMembers(part, at, ["type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"]);
                report.Check(part.Text("text") is not null, $"{at}.text", "must be a string");
                break;
            case "refusal":
                report.KnownMembers(part, at, ["type", "refusal"]);
                report.Check(part.Text("refusal") is not null, $"{at}.refusal", "must be a string");
                break;
            case "input_image":
                report.KnownMembers(part, at, ["type", "image_url", "file_id", "detail"]);
                report.OneOf(part, at, "detail", "auto", "low", "high", "original");
                report.Check(part.Text("file_id") is not null || IsAddress(part.Text("image_url")), $"{at}.image_url", "must be an address or a data URL");
                break;
            case "input_file":
                report.KnownMembers(part, at, ["type", "file_id", "file_url", "file_data", "filename"]);
                report.Check(part.Text("file_id") is not null || IsAddress(part.Text("file_url")) || IsAddress(part.Text("file_data")), at, "must name its file");
                report.Check(part.Text("file_data") is null || part.Text("filename") is { Length: > 0 }, $"{at}.filename", "is mandatory beside file_data");
                break;
        }
    }

    private static bool IsAddress(string? url) =>
        url is not null && (url.StartsWith("http", StringComparison.Ordinal)
        || (url.StartsWith("data:", StringComparison.Ordinal) && Media.FromUrl(url).Content.StartsWith("sha256:", StringComparison.Ordinal)));

    private static bool IsOfAssistant(JsonElement item) =>
        item.Text("type") is not (null or "message" or "function_call_output" or "custom_tool_call_output") || item.Text("role") == "assistant";
}
