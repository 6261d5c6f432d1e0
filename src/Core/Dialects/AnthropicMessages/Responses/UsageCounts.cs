using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Responses;

/// <summary>
/// The counts of one <c>usage</c> object, or of a whole stream: <c>message_start</c> has the input, <c>message_delta</c>
/// the output and sometimes everything again. A later value replaces an earlier one; an absent value does not.
/// </summary>
internal struct UsageCounts
{
    private long? _input, _output, _cacheRead, _cacheWrite, _longWrite, _thinking;
    private string? _tier;
    private bool _fast;
    private bool _any;

    /// <summary>Reads the counts in <paramref name="usage"/>; ignores anything but an object.</summary>
    /// <returns>The members that the normal form cannot express; they borrow from <paramref name="usage"/>.</returns>
    public Extras? Read(JsonSlice usage, bool keepExtras)
    {
        if (!usage.IsObject) return null;
        Extras? extras = null;
        var cursor = new JsonCursor(usage.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (TakeCount(name, value)) continue;
            TakeNested(name, value);
            if (keepExtras) Extras.Add(ref extras, AnthropicMessagesDialect.DialectName, name, value);
        }
        _any = true;
        return extras;
    }

    /// <summary>In the normal form; null when nothing was read.</summary>
    public readonly Usage? ToUsage(UsageRules rules, Extras? extras = null)
    {
        if (!_any) return null;
        var input = _input;
        if (!rules.InputIncludesCacheRead) input += _cacheRead ?? 0;
        if (!rules.InputIncludesCacheWrite) input += _cacheWrite ?? 0;
        var output = _output;
        if (!rules.OutputIncludesReasoning) output += _thinking ?? 0;
        return new Usage
        {
            InputTokens = input,
            OutputTokens = output,
            CacheReadTokens = _cacheRead,
            CacheWriteTokens = _cacheWrite,
            LongCacheWriteTokens = _longWrite,
            ReasoningTokens = _thinking,
            // At Anthropic, fast mode is a speed, not a tier, but it is priced like one (platform.claude.com/docs/en/build-with-claude/fast-mode).
            ServiceTier = _fast ? "fast" : _tier,
            Extras = extras,
        };
    }

    private bool TakeCount(JsonText name, JsonSlice value)
    {
        if (Usage.Count(value) is not { } count) return false;
        if (name.Is("input_tokens"u8)) _input = count;
        else if (name.Is("output_tokens"u8)) _output = count;
        else if (name.Is("cache_read_input_tokens"u8)) _cacheRead = count;
        else if (name.Is("cache_creation_input_tokens"u8)) _cacheWrite = count;
        else return false;
        return true;
    }

    private void TakeNested(JsonText name, JsonSlice value)
    {
        if (name.Is("cache_creation"u8) && value.IsObject)
        {
            _longWrite = Usage.Count(value.Member("ephemeral_1h_input_tokens"u8)) ?? _longWrite;
            if (_cacheWrite is null && Usage.Count(value.Member("ephemeral_5m_input_tokens"u8)) is { } brief) _cacheWrite = brief + (_longWrite ?? 0);
        }
        else if (name.Is("output_tokens_details"u8)) _thinking = Usage.Count(value.Member("thinking_tokens"u8)) ?? _thinking;
        else if (name.Is("service_tier"u8) && value.IsText) _tier = Tier(value.AsText());
        else if (name.Is("speed"u8) && value.IsText) _fast = value.AsText().Is("fast"u8);
    }

    private static string Tier(JsonText word) =>
        word.Is("standard"u8) ? "standard" : word.Is("priority"u8) ? "priority" : word.Is("batch"u8) ? "batch" : word.ToString();
}
