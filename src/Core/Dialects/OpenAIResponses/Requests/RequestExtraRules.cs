using Nano.Dialects.Shared;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>The members of other dialects' requests that Responses can express. OpenAI gave many of them the same name in Chat and in Responses.</summary>
internal static class RequestExtraRules
{
    public static readonly ExtraTable Table = new ExtraTable(DialectNames.OpenAIResponses)
    {
        [DialectNames.OpenAIChat] = new(
            [
                // Only its include_obfuscation is written; usage is always sent.
                new("stream_options", ExtraUse.Convert),
                new("store", ExtraUse.Convert),
                new("verbosity", ExtraUse.Convert),
                // The custom tool that must be called.
                new("tool_choice", ExtraUse.Convert) { When = (_, value) => value.Member("custom"u8).IsObject },
                new("web_search_options", ExtraUse.Convert) { When = (_, value) => value.IsObject },
                // The older name is redundant beside max_completion_tokens.
                new("max_tokens", ExtraUse.Ignore) { When = (request, _) => request.Sampling.MaxTokens.HasValue },
                new("prompt_cache_options", ExtraUse.Copy) { When = (request, _) => !CacheBreakpoint.AreLost(request) },
                .. ExtraRule.Copies("metadata", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier", "moderation"),
            ],
            IdleMember.Is),
        // Already converted by the dialect's Generalize.
        [DialectNames.AnthropicMessages] = new(ExtraRule.Copies("service_tier")),
    }.ForOthers(ExtraRules.None);
}
