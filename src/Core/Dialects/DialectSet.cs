using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;

namespace Nano.Dialects;

/// <summary>The dialects of the process, one instance each.</summary>
internal sealed class DialectSet
{
    public IDialect OpenAIChat { get; } = new OpenAIChatDialect();

    public IDialect OpenAIResponses { get; } = new OpenAIResponsesDialect();

    public IDialect AnthropicMessages { get; } = new AnthropicMessagesDialect();

    public IDialect Gemini { get; } = new GeminiDialect();

    public IUpstreamDialect BedrockConverse { get; } = new BedrockConverseDialect();
}
