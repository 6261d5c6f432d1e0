using Microsoft.AspNetCore.Http;
using Nano.Dialects;

namespace Nano.Inbound;

/// <summary>The inbound APIs, one instance each.</summary>
internal sealed class InboundApis(DialectSet dialects)
{
    public IInboundApi OpenAIChat { get; } = new OpenAIChatApi(dialects.OpenAIChat);

    public IInboundApi OpenAIResponses { get; } = new OpenAIResponsesApi(dialects.OpenAIResponses);

    public IInboundApi AnthropicMessages { get; } = new AnthropicMessagesApi(dialects.AnthropicMessages);

    public IInboundApi Gemini { get; } = new GeminiApi(dialects.Gemini);

    /// <summary>For routes that several APIs share, and for paths that no route takes: the API whose clients send the request's headers.</summary>
    public IInboundApi Of(HttpRequest request) =>
        request.Headers.ContainsKey("anthropic-version") ? AnthropicMessages
        : request.Headers.ContainsKey("x-goog-api-key") ? Gemini
        : OpenAIChat;
}
