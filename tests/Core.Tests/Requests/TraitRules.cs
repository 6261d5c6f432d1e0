using System.Text.Json;
using Nano.Dialects;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Members that a model refuses although its dialect has them.</summary>
internal static class TraitRules
{
    public static IEnumerable<string> Anthropic(JsonElement body, ModelTraits? traits)
    {
        if (traits is null) yield break;
        var thinking = body.Member("thinking");
        var type = thinking?.Text("type");
        var effort = body.Member("output_config")?.Text("effort");
        var choice = body.Member("tool_choice")?.Text("type");
        if (body.Member("max_tokens")?.GetInt64() > traits.MaxOutputTokens) yield return $"$.max_tokens: the model makes at most {traits.MaxOutputTokens}";
        if (traits.SamplingParameters == false)
            foreach (var name in (string[])["temperature", "top_p", "top_k"])
                if (body.Member(name) is not null) yield return $"$.{name}: the model refuses it";
        if (traits.Reasons == false && type is "enabled" or "adaptive") yield return "$.thinking: the model does not reason";
        if (traits.ThinkingAlwaysOn && type == "disabled") yield return "$.thinking: cannot be off on this model";
        if (traits.ThinkingByLevel && type == "enabled") yield return "$.thinking: the model takes levels, not a budget";
        if (!traits.ThinkingByLevel && type == "adaptive") yield return "$.thinking: the model takes a budget, not adaptive";
        if (thinking?.Member("budget_tokens")?.GetInt64() > traits.MaxThinkingBudget) yield return $"$.thinking.budget_tokens: at most {traits.MaxThinkingBudget}";
        if (effort is not null && !traits.Efforts.Contains(effort)) yield return $"$.output_config.effort: the model takes [{string.Join(", ", traits.Efforts)}], not {effort}";
        if (traits.ForcedToolChoice == false && choice is "any" or "tool") yield return "$.tool_choice: the model refuses a forced choice";
        if (traits.Prefill == false && body.Member("messages")?.EnumerateArray().LastOrDefault().Text("role") == "assistant") yield return "$.messages: the model takes no prefill";
        if (traits.Tools == false && body.Member("tools") is not null) yield return "$.tools: the model has no tools";
        if (traits.JsonSchema == false && body.Member("output_config")?.Member("format") is not null) yield return "$.output_config.format: the model has no structured output";
    }

    public static IEnumerable<string> Responses(JsonElement body, ModelTraits? traits)
    {
        if (traits is null) yield break;
        var effort = (body.Member("reasoning") ?? default).Text("effort");
        var isOff = traits.Reasons == false || (effort is null ? !traits.ReasonsUnasked : effort == "none");
        var keepsState = body.Elements("include").Any(i => i.ValueEquals("reasoning.encrypted_content"));
        if (traits.SamplingParameters == false || (traits.SamplingOnlyWithoutReasoning && !isOff))
            foreach (var name in (string[])["temperature", "top_p", "top_logprobs"])
                if (body.Member(name) is not null) yield return $"$.{name}: the model refuses it";
        if (traits.Reasons == false && (body.Member("reasoning") is not null || keepsState)) yield return "$.reasoning: the model does not reason";
        if (traits.ThinkingAlwaysOn && effort == "none") yield return "$.reasoning.effort: thinking cannot be off on this model";
        if (effort is not null && traits.Efforts.Count > 0 && !traits.Efforts.Contains(effort))
            yield return $"$.reasoning.effort: the model takes [{string.Join(", ", traits.Efforts)}], not {effort}";
        // The provider stores nothing, so its reasoning state must be returned to the caller.
        if (traits.Reasons == true && !isOff && !keepsState) yield return "$.include: what the model thinks is not asked for";
    }

    public static IEnumerable<string> Gemini(JsonElement body, ModelTraits? traits)
    {
        if (traits is null) yield break;
        var config = body.Member("generationConfig") ?? default;
        var thinking = config.Member("thinkingConfig");
        var budget = thinking?.Member("thinkingBudget")?.GetInt64();
        var level = thinking?.Text("thinkingLevel")?.ToLowerInvariant();
        if (config.Member("maxOutputTokens")?.GetInt64() > traits.MaxOutputTokens)
            yield return $"$.generationConfig.maxOutputTokens: the model makes at most {traits.MaxOutputTokens}";
        if (traits.SamplingParameters == false)
            foreach (var name in (string[])["temperature", "topP", "topK"])
                if (config.Member(name) is not null) yield return $"$.generationConfig.{name}: the model refuses it";
        if (traits.Reasons == false && thinking is not null) yield return "thinkingConfig: the model does not reason";
        if (traits.ThinkingByLevel && budget is not null) yield return "thinkingBudget: the model takes levels";
        if (!traits.ThinkingByLevel && level is not null) yield return "thinkingLevel: the model takes a budget";
        if (level is not null && traits.Efforts.Count > 0 && !traits.Efforts.Contains(level))
            yield return $"thinkingLevel: the model takes [{string.Join(", ", traits.Efforts)}], not {level}";
        if (budget > traits.MaxThinkingBudget || (budget > 0 && budget < traits.MinThinkingBudget))
            yield return $"thinkingBudget: {budget} is not in {traits.MinThinkingBudget}..{traits.MaxThinkingBudget}";
        if (budget == 0 && traits.ThinkingAlwaysOn) yield return "thinkingBudget: thinking cannot be off on this model";
        if (traits.Tools == false && body.Member("tools") is not null) yield return "$.tools: the model has no tools";
        if (traits.JsonSchema == false && (config.Member("responseSchema") ?? config.Member("responseJsonSchema")) is not null)
            yield return "responseSchema: the model has no structured output";
    }

    public static IEnumerable<string> Cohere(JsonElement body, ModelTraits? traits)
    {
        if (traits is null) yield break;
        if (traits.Reasons == false && body.Member("thinking") is not null) yield return "$.thinking: the model does not reason";
        if (traits.Reasons == false && body.Elements("messages").Any(m => m.Elements("content").Any(c => c.Text("type") == "thinking")))
            yield return "$.messages: the model has no thoughts";
        if (traits.JsonSchema == false && body.Member("response_format") is not null) yield return "$.response_format: the model has no structured output";
    }
}
