namespace Nano.Dialects.Shared;

/// <summary>The stable names of the dialects (<see cref="IUpstreamDialect.Name"/>), which tag parts and extras with their origin.</summary>
internal static class DialectNames
{
    public const string OpenAIChat = "openai-chat";
    public const string OpenAIResponses = "openai-responses";
    public const string AnthropicMessages = "anthropic-messages";
    public const string Gemini = "gemini";
    public const string BedrockConverse = "bedrock-converse";
    public const string CohereChat = "cohere-chat";

    public static IReadOnlyList<string> All { get; } = [OpenAIChat, OpenAIResponses, AnthropicMessages, Gemini, BedrockConverse, CohereChat];
}
