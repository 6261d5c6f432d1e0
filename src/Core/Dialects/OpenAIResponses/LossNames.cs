namespace Nano.Dialects.OpenAIResponses;

/// <summary>The names in Responses of members that codecs call by Chat's names.</summary>
internal static class LossNames
{
    private static readonly Dictionary<string, string> Exact = new(StringComparer.Ordinal)
    {
        ["max_tokens"] = "max_output_tokens",
        ["reasoning_effort"] = "reasoning.effort",
        ["reasoning.max_tokens"] = "reasoning.effort",
        ["thinking"] = "reasoning.effort",
        ["verbosity"] = "text.verbosity",
        ["web_search_options"] = "tools.web_search",
        ["tools.function.strict"] = "tools.strict",
        ["tools.function.parameters"] = "tools.parameters",
        ["messages.reasoning_content"] = "input.reasoning",
        ["messages.reasoning_details"] = "input.reasoning.encrypted_content",
        ["messages.reasoning"] = "input.reasoning",
        ["messages.tool_call_id"] = "input.call_id",
        ["messages.tool"] = "input.function_call_output",
        ["messages.tool_result.media"] = "input.function_call_output.media",
        ["messages.content.image_url.detail"] = "input.content.detail",
        ["messages.content.detail"] = "input.content.detail",
        ["choices.logprobs"] = "logprobs",
        ["choices.annotations"] = "annotations",
        ["choices.finish_reason"] = "incomplete_details.reason",
        ["response_format.json_schema.schema"] = "text.format.schema",
    };

    private static readonly (string Prefix, string Name)[] Prefixes =
    [
        ("messages.tool_calls", "input.function_call"), ("messages.content", "input.content"), ("messages.", "input."),
        ("response_format", "text.format"), ("web_search_options.", "tools.web_search."),
        ("choices.", ""), ("message.", "output."), ("content.", "output.content."), ("annotations.", "output.content.annotations."),
    ];

    public static string Of(string member)
    {
        if (Exact.TryGetValue(member, out var name)) return name;
        if (member == "messages") return "input";
        foreach (var (prefix, replacement) in Prefixes)
            if (member.StartsWith(prefix, StringComparison.Ordinal)) return replacement + member[prefix.Length..];
        return member;
    }
}
