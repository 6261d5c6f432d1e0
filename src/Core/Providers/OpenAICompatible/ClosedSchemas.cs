
namespace Nano.Providers.OpenAICompatible;

/// <summary>
/// The accepted members of providers that refuse requests with unknown members. A member that they add later must be added here.
/// </summary>
internal static class ClosedSchemas
{
    /// <summary>mistralai/client-python, chatcompletionrequest.py; docs.mistral.ai/api.</summary>
    public static HashSet<string> Mistral { get; } = Of(
        "model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed", "metadata", "response_format", "tools", "tool_choice",
        "presence_penalty", "frequency_penalty", "n", "prediction", "parallel_tool_calls", "prompt_mode", "reasoning_effort", "guardrails", "safe_prompt");

    /// <summary>By role: assistantmessage.py and the other message files there.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> MistralMessages { get; } = new Dictionary<string, IReadOnlySet<string>>
    {
        ["system"] = Of("role", "content"),
        ["user"] = Of("role", "content"),
        ["assistant"] = Of("role", "content", "tool_calls", "prefix"),
        ["tool"] = Of("role", "content", "tool_call_id", "name"),
    };

    /// <summary>console.groq.com/docs/api-reference, "Create chat completion"; without members that it accepts only with values that have no effect (n, logprobs).</summary>
    public static HashSet<string> Groq { get; } = Of(
        "model", "messages", "citation_options", "compound_custom", "disable_tool_validation", "documents", "exclude_domains", "frequency_penalty",
        "function_call", "functions", "include_domains", "include_reasoning", "max_completion_tokens", "max_tokens", "metadata", "parallel_tool_calls",
        "presence_penalty", "reasoning_effort", "reasoning_format", "response_format", "search_settings", "seed", "service_tier", "stop", "stream",
        "stream_options", "temperature", "tool_choice", "tools", "top_p", "user");

    /// <summary>inference-docs.cerebras.ai/api-reference/chat-completions, including its notes on OpenAI's members.</summary>
    public static HashSet<string> Cerebras { get; } = Of(
        "model", "messages", "clear_thinking", "disable_reasoning", "max_completion_tokens", "max_tokens", "min_tokens", "parallel_tool_calls", "prediction",
        "queue_threshold", "reasoning_effort", "reasoning_format", "response_format", "seed", "service_tier", "stop", "stream", "stream_options",
        "temperature", "tool_choice", "tools", "top_p", "user");

    private static HashSet<string> Of(params string[] names) => new(names, StringComparer.Ordinal);
}
