using Nano.Dialects.Shared;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// The members of other dialects' requests that Cohere can express. A Chat caller may use Cohere's own members by their own
/// names, as the compatibility APIs of others let them.
/// </summary>
internal static class RequestExtraRules
{
    private static readonly ExtraRule[] Every =
    [
        // Beside max_completion_tokens the older name adds nothing.
        new("max_tokens", ExtraUse.Ignore) { When = (request, _) => request.Sampling.MaxTokens.HasValue },
        // Mistral's name for seed.
        new("random_seed", ExtraUse.Convert) { When = (request, value) => value.IsNumber && !request.Sampling.Seed.HasValue },
    ];

    public static readonly ExtraTable Table = new ExtraTable(DialectNames.CohereChat)
    {
        [DialectNames.OpenAIChat] = new(
            [.. Every, .. ExtraRule.Copies("documents", "citation_options", "safety_mode", "strict_tools", "priority")], IdleMember.Is),
        [DialectNames.OpenAIResponses] = new(Every, IdleResponsesMember.Is),
    }.ForOthers(new(Every, IdleMember.Is));
}
