using Nano.Dialects.Shared;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>The members of other dialects' requests that Messages can express.</summary>
internal static class RequestExtraRules
{
    private static readonly ExtraRules Every = new(
        [
            // The older name is redundant beside max_completion_tokens.
            new("max_tokens", ExtraUse.Ignore) { When = (request, _) => request.Sampling.MaxTokens.HasValue },
            new("service_tier", ExtraUse.Convert) { When = (_, value) => value.IsText },
            // As the server tool web_search.
            new("web_search_options", ExtraUse.Convert) { When = (_, value) => value.IsObject },
            // On the last block of the last turn (CallerMarkers).
            new("cache_control", ExtraUse.Ignore) { When = (_, value) => value.IsObject },
            // OpenAI's replacement for user; metadata.user_id here.
            new("safety_identifier", ExtraUse.Convert) { When = (_, value) => value.IsText },
        ],
        IdleMember.Is);

    public static readonly ExtraTable Table = new ExtraTable(DialectNames.AnthropicMessages)
    {
        [DialectNames.OpenAIResponses] = Every with { IsIdle = IdleResponsesMember.Is },
    }.ForOthers(Every);
}
