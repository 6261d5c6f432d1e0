namespace Nano.Errors;

/// <summary>
/// Recognises a provider's refusal of a request with more tokens than the model's context. Fallbacks (<c>on: context_length</c>) and the writers
/// of errors use it: agents compact the conversation only after an error in the form that they know.
/// </summary>
internal static class ContextOverflow
{
    /// <summary>OpenAI's code, which its clients recognise.</summary>
    public const string Code = "context_length_exceeded";

    /// <summary>Codes and types: OpenAI and its followers, llama.cpp, Perplexity, Cohere.</summary>
    private static readonly string[] Words = [Code, "exceed_context_size_error", "too_many_prompt_tokens", "TOO_MANY_TOKENS"];

    /// <summary>Messages of providers that have no code for it, case-insensitive.</summary>
    private static readonly string[] Phrases =
    [
        "maximum context length", "max context length", "context window", "exceed context limit",
        "prompt is too long", "input is too long", "too many tokens", "exceeds the maximum number of tokens",
        // llama.cpp, LM Studio, vLLM, Groq.
        "exceeds the available context size", "greater than the context length", "longer than the maximum model length", "reduce the length of the messages",
        // xAI (cline/cline#3120), Poolside and GLM behind other APIs (earendil-works/pi#4943), Moonshot, DashScope (anomalyco/opencode#45834), Copilot.
        "maximum prompt length", "maximum allowed input length", "exceeded model token limit", "range of input length should be", "prompt token count of",
    ];

    public static bool Is(GatewayError error)
    {
        if (error.Kind is not (GatewayErrorKind.ProviderRejected or GatewayErrorKind.ProviderLimited or GatewayErrorKind.ProviderFailed)) return false;
        if (Array.Exists(Words, word => word.Equals(error.Code, StringComparison.OrdinalIgnoreCase) || word.Equals(error.Type, StringComparison.OrdinalIgnoreCase))) return true;
        // Amazon Bedrock limits the rate with "Too many tokens, please wait" and status 429.
        return error.Status is 400 or 413 or 422 && Array.Exists(Phrases, phrase => error.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase));
    }
}
