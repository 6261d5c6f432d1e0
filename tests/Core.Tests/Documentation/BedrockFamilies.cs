using Nano.Dialects.BedrockConverse;

namespace Nano.Tests.Documentation;

/// <summary>What docs/providers.md says of the models on Bedrock, from the table that requests are written by.</summary>
internal static class BedrockFamilies
{
    /// <summary>One line for all families of which the same is to be said.</summary>
    public static IEnumerable<string> Sentences() => ModelFamily.Known
        .GroupBy(family => string.Join("; ", Of(family)))
        .Select(group => $"{string.Join(", ", group.Select(family => $"`{family.Prefix}`"))}: {group.Key}");

    private static IEnumerable<string> Of(ModelFamily family)
    {
        if (!family.SystemPrompt) yield return "the system prompt becomes the user's first words";
        if (!family.ForcedToolChoice) yield return "`tool_choice` other than `auto` left out";
        if (family.JsonSchema == false) yield return "a JSON schema is told to the model in the system prompt";
        if (family.JsonSchema != false) yield return "structured output and strict tools natively";
        yield return family.TopK == TopKForm.None ? "`top_k` left out" : "`top_k` taken";
        yield return family.Thinking switch
        {
            ReasoningSwitch.Claude => family.Reasons == false ? "`reasoning_effort` left out" : family.ReasonsByBudget ? "thinking as at Anthropic, by a budget" : "thinking as at Anthropic",
            ReasoningSwitch.ReasoningEffort => "`reasoning_effort` low, medium, high, never off",
            ReasoningSwitch.ReasoningConfig => "`reasoning_effort` low, high, never off",
            ReasoningSwitch.Nova => "`reasoning_effort` low, medium, high, or off",
            _ => "`reasoning_effort` left out",
        };
        yield return family.Cache switch
        {
            CachePoints.Everywhere => "`cache_control` taken",
            CachePoints.NotInTools => "`cache_control` taken, but not on tools",
            _ => "`cache_control` left out",
        };
        if (family.OneOfTemperatureAndTopP) yield return "`top_p` left out beside `temperature`";
        if (family.NineCharacterIds) yield return "ids of tool calls made into nine letters or digits";
        if (!family.ResultStatus) yield return "that a tool failed is not told";
        if (family.LoneResults) yield return "results of tools in a turn of their own";
        if (family.NoDocumentsBesideResults) yield return "documents and films in another turn than results of tools";
        if (!family.ResultMedia.HasFlag(ResultMedia.Image)) yield return "images in results of tools stand behind them";
        if (!family.ResultMedia.HasFlag(ResultMedia.Document)) yield return "documents in results of tools stand behind them";
    }
}
