using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nano.Testing.Requests;

/// <summary>
/// The documented rules of a Gemini <c>generateContent</c> request body, independent of the codecs. If the API is more
/// lenient than its reference, the recordings win: every recorded request with a 200 response obeys these.
/// </summary>
public static partial class GeminiRequestRules
{
    private static readonly string[] TopLevel =
    [
        "contents", "tools", "toolConfig", "safetySettings", "systemInstruction", "generationConfig", "cachedContent", "store", "serviceTier",
        // Vertex AI only.
        "labels", "modelArmorConfig",
    ];

    /// <summary>Violations with their paths; empty for a valid request.</summary>
    /// <param name="model">The model that it is sent to: the third generation requires thought signatures.</param>
    public static IReadOnlyList<string> Check(JsonElement request, string? model = null)
    {
        var report = new RuleReport();
        if (!report.Check(request.IsObject(), "$", "must be an object")) return report.Violations;
        var body = GeminiJson.Normal(request);
        report.KnownMembers(body, "$", TopLevel);
        CheckSystem(body, report);
        var tools = GeminiToolRules.Check(body, report);
        GeminiToolRules.CheckConfig(body, tools, report);
        GeminiConfigRules.Check(body, report);
        GeminiContentRules.Check(body, NeedsSignatures(model), report);
        if (body.Member("cachedContent") is { } cache) report.Check(cache.IsText(), "$.cachedContent", "must be a string");
        foreach (var (i, setting) in body.Elements("safetySettings").Index())
            report.Check(setting.Text("category") is not null && setting.Text("threshold") is not null, $"$.safetySettings[{i}]", "needs category and threshold");
        return report.Violations;
    }

    private static bool NeedsSignatures(string? model) => model is not null && model.Contains("gemini-3", StringComparison.Ordinal);

    private static void CheckSystem(JsonElement body, RuleReport report)
    {
        if (body.Member("systemInstruction") is not { } system) return;
        if (!report.Check(system.IsObject(), "$.systemInstruction", "must be an object")) return;
        report.KnownMembers(system, "$.systemInstruction", ["role", "parts"]);
        report.Check(system.Elements("parts").Any(), "$.systemInstruction.parts", "must be an array that is not empty");
        foreach (var (i, part) in system.Elements("parts").Index())
        {
            report.Check(part.Text("text") is { Length: > 0 }, $"$.systemInstruction.parts[{i}].text", "must be text that is not empty");
            if (part.IsObject()) report.KnownMembers(part, $"$.systemInstruction.parts[{i}]", ["text", "thought"]);
        }
    }

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$")]
    internal static partial Regex NameAlphabet();
}
