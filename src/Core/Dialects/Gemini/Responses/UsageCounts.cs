using System.Buffers.Text;
using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.Gemini.Responses;

/// <summary>The counts of one <c>usageMetadata</c>, not normalized.</summary>
internal struct UsageCounts
{
    /// <summary>Tags of holes: which count a number is; <c>None</c> is a count that the normal form omits.</summary>
    private enum Name
    {
        None,
        Prompt,
        ToolPrompt,
        Candidates,
        Reasoning,
        Cached,
        Total,
    }

    private long? _prompt, _toolPrompt, _candidates, _reasoning, _cached, _total, _audioIn, _audioOut;
    private string? _tier;

    /// <param name="extras">Receives the members that cannot be restored from the normal form; null to ignore them.</param>
    public static UsageCounts Read(JsonSlice metadata, Extras? extras = null)
    {
        var counts = default(UsageCounts);
        var cursor = new JsonCursor(metadata.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var known = NameOf(cursor);
            var isTier = known == Name.None && cursor.NameIs("serviceTier"u8);
            var isInput = known == Name.None && cursor.NameIs("promptTokensDetails"u8);
            var isOutput = known == Name.None && cursor.NameIs("candidatesTokensDetails"u8);
            var value = cursor.TakeValue();
            var count = known == Name.None ? null : Usage.Count(value);
            // A zero that was written out is an extra, so that it is written back.
            if (known is Name.None or Name.ToolPrompt or Name.Total || count is null or 0) extras?.Add(name, value);
            if (known != Name.None) counts.Set(known, count);
            else if (isTier) counts._tier = Tier(value.AsText());
            else if (isInput) counts._audioIn = Audio(value);
            else if (isOutput) counts._audioOut = Audio(value);
        }
        return counts;
    }

    /// <summary>Marks the usage numbers of a learned event as holes.</summary>
    public static void AddHoles(JsonSlice metadata, EventShape shape)
    {
        var cursor = new JsonCursor(metadata.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = NameOf(cursor);
            var value = cursor.TakeValue();
            if (name != Name.None && value.IsNumber) AddHole(value.Span, name, shape);
            // Counts by modality, of which audio is read.
            else if (value.IsArray && value.Span.IndexOf("AUDIO"u8) < 0 && !value.Span.Contains((byte)'\\')) AddHoles(value, shape, "tokenCount"u8);
        }
    }

    /// <summary>Updates the counts from an event that matches the shape; other counts keep the learned event's values.</summary>
    public void Take(ReadOnlySpan<byte> data, EventShape shape)
    {
        foreach (ref readonly var hole in shape.Holes)
            if (hole.Tag != 0 && Utf8Parser.TryParse(data[hole.Found], out long count, out _)) Set((Name)hole.Tag, count);
    }

    /// <returns>Null if there is no count (<c>trafficType</c> alone, in Vertex's first chunks).</returns>
    public readonly Usage? ToUsage(UsageRules rules, Extras? extras = null)
    {
        if (_prompt is null && _toolPrompt is null && _candidates is null && _reasoning is null && _cached is null && _total is null) return null;
        long? input = _prompt is null && _toolPrompt is null ? null : (_prompt ?? 0) + (_toolPrompt ?? 0);
        if (input is not null && !rules.InputIncludesCacheRead) input += _cached ?? 0;
        var output = _candidates;
        if (_reasoning is not null && (_candidates is null || !rules.OutputIncludesReasoning)) output = (_candidates ?? 0) + _reasoning;
        // Google omits both counts if both are zero; the total shows that.
        if (output is null && _total is not null && input is not null) output = Math.Max(0, _total.Value - input.Value);
        return new Usage
        {
            InputTokens = input,
            OutputTokens = output,
            CacheReadTokens = _cached,
            ReasoningTokens = _reasoning,
            AudioInputTokens = _audioIn,
            AudioOutputTokens = _audioOut,
            ServiceTier = _tier,
            Extras = extras,
        };
    }

    private void Set(Name name, long? count)
    {
        switch (name)
        {
            case Name.Prompt: _prompt = count; break;
            case Name.ToolPrompt: _toolPrompt = count; break;
            case Name.Candidates: _candidates = count; break;
            case Name.Reasoning: _reasoning = count; break;
            case Name.Cached: _cached = count; break;
            case Name.Total: _total = count; break;
        }
    }

    private static Name NameOf(in JsonCursor cursor) =>
        cursor.NameIs("promptTokenCount"u8) ? Name.Prompt
        : cursor.NameIs("candidatesTokenCount"u8) ? Name.Candidates
        : cursor.NameIs("thoughtsTokenCount"u8) ? Name.Reasoning
        : cursor.NameIs("cachedContentTokenCount"u8) ? Name.Cached
        : cursor.NameIs("toolUsePromptTokenCount"u8) ? Name.ToolPrompt
        : cursor.NameIs("totalTokenCount"u8) ? Name.Total
        : Name.None;

    private static void AddHoles(JsonSlice details, EventShape shape, ReadOnlySpan<byte> name)
    {
        var cursor = new JsonCursor(details.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var entry = cursor.TakeValue().Member(name);
            if (entry.IsNumber) AddHole(entry.Span, Name.None, shape);
        }
    }

    private static void AddHole(ReadOnlySpan<byte> number, Name name, EventShape shape)
    {
        if (number.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0) shape.TryAddValue(number, HoleKind.Count, (int)name);
    }

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
