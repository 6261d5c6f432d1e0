namespace Nano.Dialects.AnthropicMessages;

/// <summary>The names in Messages of members that codecs call by Chat's names.</summary>
internal static class LossNames
{
    private static readonly Dictionary<string, string> Exact = new(StringComparer.Ordinal)
    {
        ["stop"] = "stop_sequences",
        ["user"] = "metadata.user_id",
        ["parallel_tool_calls"] = "tool_choice.disable_parallel_tool_use",
        ["reasoning"] = "thinking",
        ["reasoning_effort"] = "output_config.effort",
        ["reasoning.exclude"] = "thinking.display",
        ["messages.reasoning"] = "messages.content.thinking",
        ["messages.reasoning_content"] = "messages.content.thinking",
        ["messages.reasoning_details"] = "messages.content.signature",
        ["messages.cache_control"] = "messages.content.cache_control",
        ["messages.tool.content"] = "messages.content.tool_result",
        ["tools.function.strict"] = "tools.strict",
        ["tools.function.name"] = "tools.name",
        ["annotations"] = "content.citations",
        ["choices.finish_reason"] = "stop_reason",
        ["tool_calls.signature"] = "content.signature",
        ["tool_calls.function.arguments"] = "content.input",
    };

    private static readonly (string Prefix, string Name)[] Prefixes =
    [
        ("messages.tool_result", "messages.content.tool_result"), ("response_format", "output_config.format"), ("tools.function.parameters", "tools.input_schema"),
        ("choices.", ""), ("message.", ""), ("annotations.", "content.citations."),
    ];

    public static string Of(string member)
    {
        if (Exact.TryGetValue(member, out var name)) return name;
        foreach (var (prefix, replacement) in Prefixes)
            if (member.StartsWith(prefix, StringComparison.Ordinal)) return replacement + member[prefix.Length..];
        return member;
    }
}
