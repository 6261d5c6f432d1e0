using Nano.Dialects.Shared;

namespace Nano.Dialects.BedrockConverse.Requests;

/// <summary>
/// The members of other dialects' requests that Converse can express. Members with Converse's own names (from the
/// <c>extra_body</c> of a client) are written unchanged: guardrails, latency, request metadata.
/// </summary>
internal static class RequestExtraRules
{
    private static readonly ExtraRules Every = new(
        [
            // The older name is redundant beside max_completion_tokens.
            new("max_tokens", ExtraUse.Ignore) { When = (request, _) => request.Sampling.MaxTokens.HasValue },
            // On the last block of the last turn (CallerMarkers).
            new("cache_control", ExtraUse.Ignore) { When = (_, value) => value.IsObject },
            new("additionalModelRequestFields", ExtraUse.Convert) { When = (_, value) => value.IsObject },
            .. ExtraRule.Copies("guardrailConfig", "performanceConfig", "requestMetadata", "promptVariables", "additionalModelResponseFieldPaths"),
            // The default tier.
            new("service_tier", ExtraUse.Ignore) { When = (_, value) => value.AsText().Is("auto"u8) },
            new("service_tier", ExtraUse.Convert) { When = (_, value) => value.AsText() is var tier && (tier.Is("default"u8) || tier.Is("flex"u8) || tier.Is("priority"u8)) },
        ],
        IdleMember.Is);

    public static readonly ExtraTable Table = new ExtraTable(DialectNames.BedrockConverse)
    {
        [DialectNames.OpenAIResponses] = Every with { IsIdle = IdleResponsesMember.Is },
    }.ForOthers(Every);
}
