using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>
/// <c>usageMetadata</c> and the normal form. <c>promptTokenCount</c> includes what came from the cache but not the prompts
/// of server tools; <c>candidatesTokenCount</c> leaves out reasoning. A count that is zero is not written by Google.
/// </summary>
internal static class UsageCodec
{
    /// <param name="extras">Takes the members that are not restored from the normal form, where the caller wants them.</param>
    /// <returns>Null when it holds no count (<c>trafficType</c> alone, in the first chunks of Vertex).</returns>
    public static Usage? Read(JsonSlice metadata, UsageRules rules, Extras? extras = null)
    {
        if (!metadata.IsObject) return null;
        long? prompt = null, toolPrompt = null, candidates = null, thoughts = null, cached = null, total = null, audioIn = null, audioOut = null;
        string? tier = null;
        var cursor = new JsonCursor(metadata.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            if (Is(ref cursor, "promptTokenCount"u8)) prompt = Count(ref cursor, name, extras);
            else if (Is(ref cursor, "candidatesTokenCount"u8)) candidates = Count(ref cursor, name, extras);
            else if (Is(ref cursor, "thoughtsTokenCount"u8)) thoughts = Count(ref cursor, name, extras);
            else if (Is(ref cursor, "cachedContentTokenCount"u8)) cached = Count(ref cursor, name, extras);
            else
            {
                var isTool = Is(ref cursor, "toolUsePromptTokenCount"u8);
                var isTotal = Is(ref cursor, "totalTokenCount"u8);
                var isTier = Is(ref cursor, "serviceTier"u8);
                var isInput = Is(ref cursor, "promptTokensDetails"u8);
                var isOutput = Is(ref cursor, "candidatesTokensDetails"u8);
                var value = cursor.TakeValue();
                extras?.Add(name, value);
                if (isTool) toolPrompt = Usage.Count(value);
                else if (isTotal) total = Usage.Count(value);
                else if (isTier) tier = Tier(value.AsText());
                else if (isInput) audioIn = Audio(value);
                else if (isOutput) audioOut = Audio(value);
            }
        }
        if (prompt is null && toolPrompt is null && candidates is null && thoughts is null && cached is null && total is null) return null;
        long? input = prompt is null && toolPrompt is null ? null : (prompt ?? 0) + (toolPrompt ?? 0);
        if (input is not null && !rules.InputIncludesCacheRead) input += cached ?? 0;
        long? output = candidates;
        if (thoughts is not null && (candidates is null || !rules.OutputIncludesReasoning)) output = (candidates ?? 0) + thoughts;
        // Neither count is written when both are zero; the total says so.
        if (output is null && total is not null && input is not null) output = Math.Max(0, total.Value - input.Value);
        return new Usage
        {
            InputTokens = input,
            OutputTokens = output,
            CacheReadTokens = cached,
            ReasoningTokens = thoughts,
            AudioInputTokens = audioIn,
            AudioOutputTokens = audioOut,
            ServiceTier = tier,
            Extras = extras,
        };
    }

    /// <summary>The members of <c>usageMetadata</c>, as a value.</summary>
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

    /// <summary>A zero that was written out is an extra, so that it is written back.</summary>
    private static long? Count(ref JsonCursor cursor, JsonText name, Extras? extras)
    {
        var value = cursor.TakeValue();
        var count = Usage.Count(value);
        if (count is null or 0) extras?.Add(name, value);
        return count;
    }

    /// <summary>A word is compared in the spelling of responses only: Google answers in camel case.</summary>
    private static bool Is(ref JsonCursor cursor, ReadOnlySpan<byte> name) => cursor.NameIs(name);

    private static long? Audio(JsonSlice details)
    {
        if (!details.IsArray) return null;
        long? sum = null;
        var cursor = new JsonCursor(details.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var entry = cursor.TakeValue();
            if (entry.Member("modality"u8).AsText().Is("AUDIO"u8) && Usage.Count(entry.Member("tokenCount"u8)) is { } count) sum = Math.Min(Usage.MostTokens, (sum ?? 0) + count);
        }
        return sum;
    }

    private static string? Tier(JsonText tier)
    {
        if (tier.Is("standard"u8)) return "standard";
        if (tier.Is("priority"u8)) return "priority";
        if (tier.Is("flex"u8)) return "flex";
        return tier.HasValue && tier.Span.Length <= 64 ? tier.ToString() : null;
    }
}
