using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Reads a usage object of OpenAI's Chat or Responses, or of compatible providers, into the normal form.</summary>
internal struct UsageReader
{
    private long? _prompt, _completion, _total;
    private long? _cached, _written, _reasoning, _audioIn, _audioOut;
    private string? _tier;

    /// <param name="usage">An object.</param>
    /// <param name="rules">How the provider counts.</param>
    /// <param name="keepMembers">Whether to keep the object's members as extras, which live as long as the body.</param>
    /// <param name="origin">The dialect of these extras.</param>
    public static Usage Read(JsonSlice usage, UsageRules rules, bool keepMembers = false, string origin = OpenAIChatDialect.DialectName)
    {
        var reader = new UsageReader();
        Extras? extras = null;
        var cursor = new JsonCursor(usage.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (!keepMembers)
            {
                reader.Member(ref cursor);
                continue;
            }
            var name = cursor.Name;
            var start = cursor.Position;
            reader.Member(ref cursor);
            Extras.Add(ref extras, origin, name, cursor.ValueSince(start));
        }
        return reader.Normalise(rules, extras);
    }

    private void Member(ref JsonCursor cursor)
    {
        if (cursor.NameIs("prompt_tokens"u8) || cursor.NameIs("input_tokens"u8)) First(ref _prompt, ref cursor);
        else if (cursor.NameIs("completion_tokens"u8) || cursor.NameIs("output_tokens"u8)) First(ref _completion, ref cursor);
        else if (cursor.NameIs("total_tokens"u8)) _total = Count(ref cursor);
        else if ((cursor.NameIs("prompt_tokens_details"u8) || cursor.NameIs("input_tokens_details"u8)) && cursor.Token == JsonTokenType.StartObject)
            Details(ref cursor, prompt: true);
        else if ((cursor.NameIs("completion_tokens_details"u8) || cursor.NameIs("output_tokens_details"u8)) && cursor.Token == JsonTokenType.StartObject)
            Details(ref cursor, prompt: false);
        // Moonshot, SGLang | Mistral | DeepSeek | Venice.
        else if (cursor.NameIs("cached_tokens"u8) || cursor.NameIs("num_cached_tokens"u8)
            || cursor.NameIs("prompt_cache_hit_tokens"u8) || cursor.NameIs("cache_read_input_tokens"u8)) First(ref _cached, ref cursor);
        else if (cursor.NameIs("cache_creation_input_tokens"u8) || cursor.NameIs("cache_write_tokens"u8)) First(ref _written, ref cursor);
        // Copilot.
        else if (cursor.NameIs("reasoning_tokens"u8)) First(ref _reasoning, ref cursor);
        else if (cursor.NameIs("service_tier"u8) && cursor.Token == JsonTokenType.String) _tier = cursor.TakeText().ToString();
        else cursor.Skip();
    }

    private void Details(ref JsonCursor cursor, bool prompt)
    {
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            // The details are OpenAI's own members: they take precedence over the members beside them.
            if (prompt && cursor.NameIs("cached_tokens"u8)) _cached = Count(ref cursor) ?? _cached;
            else if (prompt && (cursor.NameIs("cache_write_tokens"u8) || cursor.NameIs("cache_creation_tokens"u8))) _written = Count(ref cursor) ?? _written;
            else if (!prompt && cursor.NameIs("reasoning_tokens"u8)) _reasoning = Count(ref cursor) ?? _reasoning;
            else if (cursor.NameIs("audio_tokens"u8))
            {
                if (prompt) _audioIn = Count(ref cursor);
                else _audioOut = Count(ref cursor);
            }
            else cursor.Skip();
        }
    }

    private readonly Usage Normalise(UsageRules rules, Extras? extras)
    {
        var (input, output) = (_prompt, _completion);
        if (input is { } prompt)
        {
            // xAI's cached count can exceed its prompt count, which then excludes it (azure-chat-one-json-5feec0).
            if (_cached > 0 && (!rules.InputIncludesCacheRead || _cached > prompt)) input += _cached;
            if (_written > 0 && !rules.InputIncludesCacheWrite) input += _written;
        }
        if (output is { } completion && _reasoning > 0 && ReasoningIsApart(rules, completion)) output += _reasoning;
        return new Usage
        {
            InputTokens = input,
            OutputTokens = output,
            CacheReadTokens = _cached,
            CacheWriteTokens = _written,
            ReasoningTokens = _reasoning,
            AudioInputTokens = _audioIn,
            AudioOutputTokens = _audioOut,
            ServiceTier = _tier,
            Extras = extras,
        };
    }

    /// <summary>The provider's rule, unless its own total contradicts it.</summary>
    private readonly bool ReasoningIsApart(UsageRules rules, long completion)
    {
        if (_prompt is { } prompt && _total is { } total)
        {
            if (total == prompt + completion + _reasoning) return true;
            if (total == prompt + completion) return false;
        }
        return !rules.OutputIncludesReasoning;
    }

    private static void First(ref long? count, ref JsonCursor cursor)
    {
        var value = Count(ref cursor);
        count ??= value;
    }

    private static long? Count(ref JsonCursor cursor) => Usage.Count(cursor.TakeValue());
}
