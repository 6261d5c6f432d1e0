using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>
/// Converts <c>usageMetadata</c> to and from the normal form. <c>promptTokenCount</c> includes cached tokens but not the
/// prompts of server tools; <c>candidatesTokenCount</c> excludes reasoning. Google omits counts that are zero.
/// </summary>
internal static class UsageCodec
{
    /// <param name="extras">Receives the members that cannot be restored from the normal form; null to ignore them.</param>
    /// <returns>Null if it has no count (<c>trafficType</c> alone, in Vertex's first chunks).</returns>
    public static Usage? Read(JsonSlice metadata, UsageRules rules, Extras? extras = null) =>
        metadata.IsObject ? UsageCounts.Read(metadata, extras).ToUsage(rules, extras) : null;

    /// <summary>Writes the value of <c>usageMetadata</c>.</summary>
    public static void Write(Usage usage, JsonOutput output)
    {
        var own = usage.Extras is { Origin: GeminiDialect.DialectName };
        output.BeginObject();
        var toolPrompt = own ? Usage.Count(usage.Extras!.Find("toolUsePromptTokenCount"u8)) ?? 0 : 0;
        Write(output, "promptTokenCount"u8, usage.InputTokens - toolPrompt, own);
        Write(output, "candidatesTokenCount"u8, usage.OutputTokens is { } made ? Math.Max(0, made - (usage.ReasoningTokens ?? 0)) : null, own);
        Write(output, "thoughtsTokenCount"u8, usage.ReasoningTokens, own);
        Write(output, "cachedContentTokenCount"u8, usage.CacheReadTokens, own);
        if (own) usage.Extras.WriteTo(output, GeminiDialect.DialectName);
        else Write(output, "totalTokenCount"u8, usage.TotalTokens, own);
        output.EndObject();
    }

    private static void Write(JsonOutput output, ReadOnlySpan<byte> name, long? count, bool omitZero)
    {
        if (count is not { } value || (value == 0 && omitZero)) return;
        output.Name(name);
        output.Number(value);
    }
}
