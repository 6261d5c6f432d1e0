using System.Text.Json;

namespace Nano.Testing.Requests;

/// <summary>Rules of <c>generationConfig</c>.</summary>
internal static class GeminiConfigRules
{
    private const string Path = "$.generationConfig";

    private static readonly string[] Known =
    [
        "stopSequences", "responseMimeType", "responseSchema", "responseJsonSchema", "_responseJsonSchema", "responseModalities", "candidateCount",
        "maxOutputTokens", "temperature", "topP", "topK", "seed", "presencePenalty", "frequencyPenalty", "responseLogprobs", "logprobs",
        "enableEnhancedCivicAnswers", "speechConfig", "thinkingConfig", "imageConfig", "mediaResolution", "audioTimestamp", "routingConfig", "modelSelectionConfig",
    ];

    public static void Check(JsonElement body, RuleReport report)
    {
        if (body.Member("generationConfig") is not { } config) return;
        if (!report.Check(config.IsObject(), Path, "must be an object")) return;
        report.KnownMembers(config, Path, Known);
        report.Number(config, Path, "temperature", 0, 2);
        report.Number(config, Path, "topP", 0, 1);
        report.Integer(config, Path, "topK", 1);
        report.Integer(config, Path, "seed", int.MinValue, int.MaxValue);
        report.Number(config, Path, "presencePenalty", -2, 2);
        report.Number(config, Path, "frequencyPenalty", -2, 2);
        report.Integer(config, Path, "candidateCount", 1, 8);
        report.Integer(config, Path, "maxOutputTokens", 1, int.MaxValue);
        report.Boolean(config, Path, "responseLogprobs");
        report.Integer(config, Path, "logprobs", 0, 20);
        report.Check(config.Member("logprobs") is null || config.Member("responseLogprobs") is { ValueKind: JsonValueKind.True }, $"{Path}.logprobs", "needs responseLogprobs");
        CheckStops(config, report);
        CheckModalities(config, report);
        CheckFormat(config, report);
        CheckThinking(config, report);
    }

    private static void CheckStops(JsonElement config, RuleReport report)
    {
        if (config.Member("stopSequences") is not { } stops) return;
        report.Check(stops.IsArray() && stops.GetArrayLength() <= 5 && stops.EnumerateArray().All(s => s.IsText() && s.GetString()!.Length > 0),
            $"{Path}.stopSequences", "must be at most 5 strings that are not empty");
    }

    private static void CheckModalities(JsonElement config, RuleReport report)
    {
        if (config.Member("responseModalities") is not { } list) return;
        report.Check(list.IsArray() && list.EnumerateArray().All(m => m.IsText() && m.GetString()!.ToUpperInvariant() is "TEXT" or "IMAGE" or "AUDIO"),
            $"{Path}.responseModalities", "must be of TEXT, IMAGE, AUDIO");
    }

    private static void CheckFormat(JsonElement config, RuleReport report)
    {
        report.OneOf(config, Path, "responseMimeType", "text/plain", "application/json", "text/x.enum");
        var schemas = ((string[])["responseSchema", "responseJsonSchema", "_responseJsonSchema"]).Where(n => config.Member(n) is not null).ToArray();
        report.Check(schemas.Length <= 1, Path, $"has {string.Join(" and ", schemas)}");
        report.Check(schemas.Length == 0 || config.Text("responseMimeType") is "application/json" or "text/x.enum", $"{Path}.responseMimeType",
            "must be JSON where there is a schema");
        if (config.Member("responseSchema") is { } subset) GeminiSchemaRules.Check(subset, $"{Path}.responseSchema", report);
        if ((config.Member("responseJsonSchema") ?? config.Member("_responseJsonSchema")) is { } schema) JsonSchemaRules.Check(schema, $"{Path}.responseJsonSchema", report);
    }

    private static void CheckThinking(JsonElement config, RuleReport report)
    {
        if (config.Member("thinkingConfig") is not { } thinking) return;
        const string path = Path + ".thinkingConfig";
        if (!report.Check(thinking.IsObject(), path, "must be an object")) return;
        report.KnownMembers(thinking, path, ["includeThoughts", "thinkingBudget", "thinkingLevel"]);
        report.Boolean(thinking, path, "includeThoughts");
        report.Integer(thinking, path, "thinkingBudget", -1, int.MaxValue);
        if (thinking.Member("thinkingLevel") is { } level)
            report.Check(level.IsText() && level.GetString()!.ToUpperInvariant() is "MINIMAL" or "LOW" or "MEDIUM" or "HIGH", $"{path}.thinkingLevel",
                "must be MINIMAL, LOW, MEDIUM or HIGH");
        report.Check(thinking.Member("thinkingLevel") is null || thinking.Member("thinkingBudget") is null, path, "has a level and a budget");
    }
}
