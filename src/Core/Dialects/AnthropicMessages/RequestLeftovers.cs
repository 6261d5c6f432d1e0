using Nano.Chat;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.Shared;
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
            if (member.IsCarried || IdleMember.Is(member.Name, member.Value)) continue;
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

    /// <param name="isHosted">Tiers are Anthropic's own (platform.claude.com/docs/en/api/service-tiers).</param>
    public void WriteServiceTier(JsonOutput output, bool isHosted)
    {
        if (!_serviceTier.HasValue) return;
        var tier = _serviceTier.Is("auto"u8) ? "auto"u8 : _serviceTier.Is("default"u8) || _serviceTier.Is("standard_only"u8) ? "standard_only"u8 : default;
        if (tier.IsEmpty || isHosted)
        {
            _losses.Drop("service_tier");
            return;
        }
        output.Name("service_tier"u8);
        output.Literal(tier);
    }
}
