using Nano.Dialects.BedrockConverse;

namespace Nano.Tests.Documentation;

/// <summary>The section of docs/providers.md about models on Bedrock, from the table that request writers use.</summary>
internal static class BedrockFamilies
{
    /// <summary>One line for all families with the same properties.</summary>
    public static IEnumerable<string> Sentences() => ModelFamily.Known
        .GroupBy(family => string.Join("; ", Of(family)))
        .Select(group => $"{string.Join(", ", group.Select(family => $"`{family.Prefix}`"))}: {group.Key}");

    private static IEnumerable<string> Of(ModelFamily family)
    {
        if (!family.SystemPrompt) yield return "the system prompt is put before the user's first message";
        if (!family.ForcedToolChoice) yield return "`tool_choice` other than `auto` left out";
        if (family.JsonSchema == false) yield return "a JSON schema is put into the system prompt";
        if (family.JsonSchema != false) yield return "native structured output and strict tools";
        if (!family.StopSequences) yield return "`stop` left out";
        yield return family.TopK == TopKForm.None ? "`top_k` left out" : "`top_k` supported";
        yield return family.Thinking switch
        {
            ReasoningSwitch.Claude => family.Reasons == false ? "`reasoning_effort` left out"
                : family.ReasonsByBudget ? "reasoning as at Anthropic, by a budget" : "reasoning as at Anthropic",
            ReasoningSwitch.ReasoningEffort => "`reasoning_effort` low, medium, high, never off",
            ReasoningSwitch.ReasoningConfig => "`reasoning_effort` low, high, never off",
            ReasoningSwitch.Nova => "`reasoning_effort` low, medium, high, or off; with `max_tokens`, high becomes medium, and without, high leaves `temperature` and `top_p` out",
            _ => "`reasoning_effort` left out",
        };
        yield return family.Cache switch
        {
            CachePoints.Everywhere => "`cache_control` supported",
            CachePoints.NotInTools => "`cache_control` supported, but not on tools",
            _ => "`cache_control` left out",
        };
        if (family.OneOfTemperatureAndTopP) yield return "`top_p` left out if `temperature` is set";
        if (family.NineCharacterIds) yield return "tool call ids replaced by nine letters or digits";
        if (!family.ResultStatus) yield return "the failure flag of tool results left out";
        if (family.LoneResults) yield return "tool results in a turn of their own";
        if (family.NoDocumentsBesideResults) yield return "documents and videos in another turn than tool results";
        if (!family.ResultMedia.HasFlag(ResultMedia.Image)) yield return "images in tool results moved after them";
        if (!family.ResultMedia.HasFlag(ResultMedia.Document)) yield return "documents in tool results moved after them";
    }
}
