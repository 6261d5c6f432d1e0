using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Rules of <c>contents</c>: roles, parts, calls and their results.</summary>
internal static class GeminiContentRules
{
    private static readonly string[] Data =
        ["text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult", "toolCall", "toolResponse"];

    private static readonly string[] Beside = ["thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"];

    public static void Check(JsonElement body, bool needsSignatures, RuleReport report)
    {
        if (!report.Check(body.Elements("contents").Any(), "$.contents", "must be an array that is not empty")) return;
        var contents = body.Elements("contents").ToArray();
        for (var i = 0; i < contents.Length; i++)
        {
            var path = $"$.contents[{i}]";
            var content = contents[i];
            if (!report.Check(content.IsObject(), path, "must be an object")) continue;
            report.KnownMembers(content, path, ["role", "parts"]);
            var role = content.Text("role") ?? "";
            report.Check(role is "user" or "model", $"{path}.role", "must be user or model");
            report.Check(content.Elements("parts").Any(), $"{path}.parts", "must be an array that is not empty");
            foreach (var (j, part) in content.Elements("parts").Index()) CheckPart(part, $"{path}.parts[{j}]", role, report);
        }
        CheckCalls(contents, report);
        if (needsSignatures) CheckSignatures(contents, report);
    }

    private static void CheckPart(JsonElement part, string path, string role, RuleReport report)
    {
        if (!report.Check(part.IsObject(), path, "must be an object")) return;
        report.KnownMembers(part, path, [.. Data, .. Beside]);
        report.Check(part.EnumerateObject().Count(m => Data.Contains(m.Name)) == 1, path, "must have exactly one data member");
        report.Boolean(part, path, "thought");
        if (part.Member("thoughtSignature") is { } signature)
        {
            // The sentinel that Google documents for histories of other models is not base64.
            report.Check(signature.IsText()
                && (signature.GetString() is "skip_thought_signature_validator" or "context_engineering_is_the_way_to_go"
                || JsonQuestions.FromBase64(signature.GetString()!, web: true) is not null),
                $"{path}.thoughtSignature", "must be base64");
            report.Check(role == "model", $"{path}.thoughtSignature", "may stand in model turns only");
        }
        // Empty text is accepted (gemini-generatecontent-one-partools-6643fc).
        if (part.Member("text") is { } text) report.Check(text.IsText(), $"{path}.text", "must be a string");
        if (part.Member("inlineData") is { } inline) CheckInline(inline, $"{path}.inlineData", report);
        if (part.Member("fileData") is { } file) CheckFile(file, $"{path}.fileData", report);
        if (part.Member("functionCall") is { } call) CheckCall(call, $"{path}.functionCall", role, report);
        if (part.Member("functionResponse") is { } response) CheckResponse(response, $"{path}.functionResponse", role, report);
    }

    private static void CheckInline(JsonElement value, string path, RuleReport report)
    {
        if (!report.Check(value.IsObject(), path, "must be an object")) return;
        report.KnownMembers(value, path, ["mimeType", "data", "displayName"]);
        report.Check(IsMediaType(value.Text("mimeType")), $"{path}.mimeType", "must be a media type");
        report.Base64(value, path, "data", web: true);
    }

    private static void CheckFile(JsonElement value, string path, RuleReport report)
    {
        if (!report.Check(value.IsObject(), path, "must be an object")) return;
        report.KnownMembers(value, path, ["mimeType", "fileUri", "displayName"]);
        report.Check(Uri.TryCreate(value.Text("fileUri"), UriKind.Absolute, out _), $"{path}.fileUri", "must be an address");
        if (value.Member("mimeType") is not null) report.Check(IsMediaType(value.Text("mimeType")), $"{path}.mimeType", "must be a media type");
    }

    private static bool IsMediaType(string? text) => text is not null && text.Split('/') is [{ Length: > 0 }, { Length: > 0 }] && !text.Contains('*');

    private static void CheckCall(JsonElement call, string path, string role, RuleReport report)
    {
        if (!report.Check(call.IsObject(), path, "must be an object")) return;
        report.Check(role == "model", path, "may stand in model turns only");
        report.KnownMembers(call, path, ["id", "name", "args"]);
        report.Check(GeminiRequestRules.NameAlphabet().IsMatch(call.Text("name") ?? ""), $"{path}.name", "must be a function name");
        if (call.Member("args") is { } args) report.Check(args.IsObject(), $"{path}.args", "must be an object");
        if (call.Member("id") is { } id) report.Check(id.IsText(), $"{path}.id", "must be a string");
    }

    private static void CheckResponse(JsonElement response, string path, string role, RuleReport report)
    {
        if (!report.Check(response.IsObject(), path, "must be an object")) return;
        report.Check(role == "user", path, "may stand in user turns only");
        report.KnownMembers(response, path, ["id", "name", "response", "parts", "willContinue", "scheduling"]);
        report.Check(response.Text("name") is { Length: > 0 }, $"{path}.name", "must be a function name");
        if (report.Check(response.Member("response") is { ValueKind: JsonValueKind.Object }, $"{path}.response", "must be an object"))
            report.Check(!HasReference(response.Member("response")!.Value), $"{path}.response", "may hold no member named $ref: it is read as a reference (vercel/ai#14369)");
        foreach (var (i, part) in response.Elements("parts").Index())
        {
            if (part.Member("inlineData") is { } inline) CheckInline(inline, $"{path}.parts[{i}].inlineData", report);
            else if (part.Member("fileData") is { } file) CheckFile(file, $"{path}.parts[{i}].fileData", report);
            else report.Add($"{path}.parts[{i}]", "must be inlineData or fileData");
        }
    }

    private static bool HasReference(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(m => m.Name == "$ref" || HasReference(m.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HasReference),
        _ => false,
    };

    /// <summary>A model turn with calls is followed at once by a user turn with as many results, with the same names and ids.</summary>
    private static void CheckCalls(JsonElement[] contents, RuleReport report)
    {
        for (var i = 0; i < contents.Length; i++)
        {
            var calls = Members(contents[i], "functionCall");
            var results = Members(contents[i], "functionResponse");
            var path = $"$.contents[{i}]";
            if (calls.Length > 0)
            {
                report.Check(i > 0 && contents[i - 1].Text("role") == "user", path, "a function call turn must come right after a user turn");
                var answers = i + 1 < contents.Length ? Members(contents[i + 1], "functionResponse") : [];
                report.Check(answers.Length == calls.Length, path, $"{calls.Length} function calls are followed by {answers.Length} function responses");
            }
            if (results.Length == 0) continue;
            var asked = i > 0 ? Members(contents[i - 1], "functionCall") : [];
            report.Check(Sorted(results).SequenceEqual(Sorted(asked)), path,
                $"responses [{string.Join(", ", Sorted(results))}] do not match the calls [{string.Join(", ", Sorted(asked))}] of the turn before");
            foreach (var result in results)
                if (result.Text("id") is { } id)
                    report.Check(asked.Any(c => c.Text("id") == id && c.Text("name") == result.Text("name")), path, $"response id '{id}' answers no call of the turn before");
        }
    }

    private static string[] Sorted(JsonElement[] named) => [.. named.Select(n => n.Text("name") ?? "").Order(StringComparer.Ordinal)];

    private static JsonElement[] Members(JsonElement content, string name) =>
        [.. content.Elements("parts").Select(p => p.Member(name)).Where(m => m is not null).Select(m => m!.Value)];

    /// <summary>After the user's last question, the first call of each model turn has a signature.</summary>
    private static void CheckSignatures(JsonElement[] contents, RuleReport report)
    {
        var question = Array.FindLastIndex(contents, c => c.Text("role") == "user" && c.Elements("parts").Any(p => p.Member("functionResponse") is null));
        for (var i = question + 1; i < contents.Length; i++)
            foreach (var (j, part) in contents[i].Elements("parts").Index())
            {
                if (part.Member("functionCall") is null) continue;
                report.Check(part.Member("thoughtSignature") is not null, $"$.contents[{i}].parts[{j}]", "the first call of a turn needs a thoughtSignature on this model");
                break;
            }
    }
}
