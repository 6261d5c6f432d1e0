using Nano.Chat;

namespace Nano.Providers.OpenAICompatible;

/// <summary>The vendors that are data: a new one is one more entry and one case.</summary>
internal static class OpenAICompatibleVendors
{
    public static IReadOnlyList<OpenAICompatibleVendor> All { get; } =
    [
        new()
        {
            Id = "openai",
            DisplayName = "OpenAI",
            Aliases = ["chatgpt"],
            BaseUrl = "https://api.openai.com/v1",
            ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4"],
            ForwardedHeaders = ["OpenAI-Beta", "Idempotency-Key"],
        },
        new()
        {
            Id = "xai",
            DisplayName = "xAI",
            Aliases = ["grok"],
            BaseUrl = "https://api.x.ai/v1",
            ModelPrefixes = ["grok-"],
            // Its completion_tokens leave out reasoning tokens (vercel/ai, convert-xai-chat-usage.ts).
            Usage = UsageRules.ReasoningApart,
            // Routes a conversation to the server that holds its cache (docs.x.ai).
            ForwardedHeaders = ["x-grok-conv-id"],
        },
    ];
}
