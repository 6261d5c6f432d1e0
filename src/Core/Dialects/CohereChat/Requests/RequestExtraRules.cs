using Nano.Dialects.Shared;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// The members of other dialects' requests that Cohere can express. A Chat caller may use Cohere's members by their own
/// names, as in other providers' compatibility APIs.
/// </summary>
internal static class RequestExtraRules
{
    private static readonly ExtraRule[] Every =
    [
        // The older name is redundant beside max_completion_tokens.
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
