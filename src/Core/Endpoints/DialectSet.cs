using Microsoft.AspNetCore.Http;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.BedrockConverse;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIChat;
using Nano.Dialects.OpenAIResponses;
using Nano.Dialects;

namespace Nano.Endpoints;

/// <summary>The dialects of the process, one instance each: that two are the same is what makes a byte lane.</summary>
internal sealed class DialectSet
{
    public IDialect OpenAIChat { get; } = new OpenAIChatDialect();

    public IDialect OpenAIResponses { get; } = new OpenAIResponsesDialect();

    public IDialect AnthropicMessages { get; } = new AnthropicMessagesDialect();

    public IDialect Gemini { get; } = new GeminiDialect();

    public IUpstreamDialect BedrockConverse { get; } = new BedrockConverseDialect();

    /// <summary>For routes that several dialects share: which one the caller's headers speak of.</summary>
    public IDialect OfCaller(HttpRequest request) =>
        request.Headers.ContainsKey("anthropic-version") ? AnthropicMessages
        : request.Headers.ContainsKey("x-goog-api-key") ? Gemini
        : OpenAIChat;
}
