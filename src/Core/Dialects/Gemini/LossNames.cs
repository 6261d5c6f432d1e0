namespace Nano.Dialects.Gemini;

/// <summary>Gemini's names of members that codecs call by Chat's names.</summary>
internal static class LossNames
{
    private static readonly Dictionary<string, string> Exact = new(StringComparer.Ordinal)
    {
        ["temperature"] = "generationConfig.temperature",
        ["top_p"] = "generationConfig.topP",
        ["top_k"] = "generationConfig.topK",
        ["max_tokens"] = "generationConfig.maxOutputTokens",
        ["n"] = "generationConfig.candidateCount",
        ["seed"] = "generationConfig.seed",
        ["stop"] = "generationConfig.stopSequences",
        ["frequency_penalty"] = "generationConfig.frequencyPenalty",
        ["presence_penalty"] = "generationConfig.presencePenalty",
        ["logprobs"] = "generationConfig.responseLogprobs",
        ["top_logprobs"] = "generationConfig.logprobs",
        ["reasoning_effort"] = "generationConfig.thinkingConfig",
        ["reasoning"] = "generationConfig.thinkingConfig",
        ["reasoning.max_tokens"] = "generationConfig.thinkingConfig.thinkingBudget",
        ["reasoning.exclude"] = "generationConfig.thinkingConfig.includeThoughts",
        ["thinking"] = "generationConfig.thinkingConfig",
        ["response_format"] = "generationConfig.responseSchema",
        ["tool_choice"] = "toolConfig",
        ["messages.reasoning_details"] = "contents.parts.thoughtSignature",
        ["messages.reasoning_content"] = "contents.parts.thought",
        ["messages.reasoning"] = "contents.parts.thought",
        ["messages.tool_call_id"] = "contents.parts.functionResponse.id",
        ["messages"] = "contents",
        ["content.parts"] = "content.parts",
        ["choices.logprobs"] = "candidates.logprobsResult",
        ["choices.annotations"] = "candidates.citationMetadata",
        ["choices.finish_reason"] = "candidates.finishReason",
    };

    private static readonly (string Prefix, string Name)[] Prefixes =
    [
        ("messages.tool_calls", "contents.parts.functionCall"), ("messages.tool_result", "contents.parts.functionResponse"), ("messages.tool", "contents.parts.functionResponse"),
        ("messages.content", "contents.parts"), ("messages.", "contents."), ("response_format.", "generationConfig.responseSchema."), ("tool_choice.", "toolConfig."),
        ("tools.function.", "tools.functionDeclarations."), ("choices.message.", "candidates.content."), ("choices.", "candidates."), ("message.", "candidates.content."),
        ("content.", "candidates.content.parts."), ("annotations.", "candidates.citationMetadata."), ("usage.", "usageMetadata."),
    ];

    public static string Of(string member)
    {
        if (Exact.TryGetValue(member, out var name)) return name;
        foreach (var (prefix, replacement) in Prefixes)
            if (member.StartsWith(prefix, StringComparison.Ordinal)) return replacement + member[prefix.Length..];
        return member;
    }
}
