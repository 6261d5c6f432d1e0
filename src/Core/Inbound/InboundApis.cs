using Microsoft.AspNetCore.Http;
using Nano.Dialects;
using Nano.Pipeline;

namespace Nano.Inbound;

/// <summary>The inbound APIs, one instance each.</summary>
internal sealed class InboundApis(DialectSet dialects)
{
    public IInboundApi OpenAIChat { get; } = new OpenAIChatApi(dialects.OpenAIChat);

    public IInboundApi OpenAIResponses { get; } = new OpenAIResponsesApi(dialects.OpenAIResponses);

    public IInboundApi AnthropicMessages { get; } = new AnthropicMessagesApi(dialects.AnthropicMessages);

    public IInboundApi Gemini { get; } = new GeminiApi(dialects.Gemini);

    public ICallerFormat GeminiArray { get; } = new GeminiApi(dialects.Gemini, isJsonArray: true);

    public ICallerFormat OpenAIEmbeddings { get; } = new OpenAIEmbeddingsApi(dialects.OpenAIChat);

    public ICallerFormat GeminiEmbed { get; } = new GeminiEmbedApi(dialects.Gemini, Dialects.Embeddings.GeminiEmbed.One);

    public ICallerFormat GeminiBatchEmbed { get; } = new GeminiEmbedApi(dialects.Gemini, Dialects.Embeddings.GeminiEmbed.Batch);

    /// <summary>For routes that several APIs share, and for paths without a route: the API that the request's path or headers belong to.</summary>
    public IInboundApi Of(HttpRequest request) =>
        request.Path.StartsWithSegments("/v1beta", StringComparison.Ordinal)
        || (HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments(GatewayRoutes.Models, StringComparison.Ordinal)) ? Gemini
        : request.Path.StartsWithSegments(GatewayRoutes.Messages, StringComparison.Ordinal) ? AnthropicMessages
        : request.Path.StartsWithSegments(GatewayRoutes.Responses, StringComparison.Ordinal) ? OpenAIResponses
        : request.Headers.ContainsKey("anthropic-version") ? AnthropicMessages
        : request.Headers.ContainsKey("x-goog-api-key") ? Gemini
        : OpenAIChat;
}
