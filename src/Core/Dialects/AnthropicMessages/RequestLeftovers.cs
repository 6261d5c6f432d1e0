using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages;

/// <summary>
/// The top-level members that only the caller's dialect has a word for: some can be said here in another way, some say
/// nothing (<c>store: false</c>), all others are named.
/// </summary>
internal sealed class RequestLeftovers
{
    private readonly LossReport _losses;
    private JsonText _serviceTier;

    public RequestLeftovers(ChatRequest request, LossReport losses)
    {
        _losses = losses;
        if (request.Extras is not { } extras) return;
        foreach (var member in extras.Members)
        {
            if (!member.Value.HasValue || IsIdle(member)) continue;
            // Beside max_completion_tokens the older name says nothing more.
            if (member.Name.Is("max_tokens"u8) && request.Sampling.MaxTokens.HasValue) continue;
            if (member.Name.Is("service_tier"u8) && member.Value.IsText) _serviceTier = member.Value.AsText();
            else if (member.Name.Is("web_search_options"u8) && member.Value.IsObject) WebSearch = member.Value;
            else if (member.Name.Is("safety_identifier"u8) && member.Value.IsText) SafetyIdentifier = member.Value.AsText();
            else losses.Drop(member.Name.ToString());
        }
        if (SafetyIdentifier.HasValue && request.User.HasValue) losses.Drop("safety_identifier");
    }

    /// <summary>Chat's <c>web_search_options</c>.</summary>
    public JsonSlice WebSearch { get; }

    /// <summary>Chat's <c>safety_identifier</c>: what <c>user</c> was before, and what <c>metadata.user_id</c> is here.</summary>
    public JsonText SafetyIdentifier { get; }

    public void WriteServiceTier(JsonOutput output)
    {
        if (!_serviceTier.HasValue) return;
        var tier = _serviceTier.Is("auto"u8) ? "auto"u8 : _serviceTier.Is("default"u8) || _serviceTier.Is("standard_only"u8) ? "standard_only"u8 : default;
        if (tier.IsEmpty)
        {
            _losses.Drop("service_tier");
            return;
        }
        output.Name("service_tier"u8);
        output.Literal(tier);
    }

    /// <summary>Asks for what happens anyway.</summary>
    private static bool IsIdle(in ExtraMember member)
    {
        var (name, value) = member;
        if (name.Is("stream_options"u8)) return true;
        if (name.Is("store"u8)) return value.IsFalse;
        // The defaults of those who have them (https://openrouter.ai/docs/api-reference/parameters).
        if (name.Is("repetition_penalty"u8)) return value.AsDouble() == 1;
        if (name.Is("min_p"u8) || name.Is("top_a"u8)) return value.AsDouble() == 0;
        if (name.Is("modalities"u8)) return IsOnly(value, "text"u8);
        if (name.Is("logit_bias"u8) || name.Is("metadata"u8)) return IsEmptyObject(value);
        return false;
    }

    /// <summary>An array with exactly this one word.</summary>
    private static bool IsOnly(JsonSlice value, ReadOnlySpan<byte> word)
    {
        if (!value.IsArray) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterArray();
        return cursor.NextElement() && cursor.TakeValue().AsText().Is(word) && !cursor.NextElement();
    }

    private static bool IsEmptyObject(JsonSlice value)
    {
        if (!value.IsObject) return false;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        return !cursor.NextMember();
    }
}
