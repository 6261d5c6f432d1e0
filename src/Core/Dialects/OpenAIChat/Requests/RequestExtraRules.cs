using Nano.Dialects.Shared;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>The members of other dialects' requests that Chat can express. OpenAI gave many of them the same name in Chat and in Responses.</summary>
internal static class RequestExtraRules
{
    public static readonly ExtraTable Table = new ExtraTable(DialectNames.OpenAIChat)
    {
        // Already converted by the dialect's Generalize.
        [DialectNames.AnthropicMessages] = new(ExtraRule.Copies("service_tier")),
        [DialectNames.OpenAIResponses] = new(
            ExtraRule.Copies("prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "verbosity"),
            IdleResponsesMember.Is),
    }.ForOthers(ExtraRules.None);
}
