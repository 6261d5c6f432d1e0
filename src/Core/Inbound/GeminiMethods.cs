using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Pipeline;
using Nano.Providers;

namespace Nano.Inbound;

/// <summary>The methods of Gemini's API that a path appends to a model: <c>/v1beta/models/{model}:{method}</c>.</summary>
internal sealed class GeminiMethods(ChatPipeline chat, InboundApis apis)
{
    private readonly Dictionary<string, (ICallerFormat Format, Operation Operation)> _methods = new(StringComparer.Ordinal)
    {
        ["generateContent"] = (apis.Gemini, Operation.Chat),
        ["streamGenerateContent"] = (apis.Gemini, Operation.Chat),
        ["countTokens"] = (apis.Gemini, Operation.TokenCount),
        ["embedContent"] = (apis.GeminiEmbed, Operation.Embeddings),
        ["batchEmbedContents"] = (apis.GeminiBatchEmbed, Operation.Embeddings),
    };

    /// <param name="call">The model and the method as in the path. Clients send a slash of the model's name raw or as <c>%2F</c>.</param>
    public Task HandleAsync(HttpContext context, string call)
    {
        call = call.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var colon = call.LastIndexOf(':');
        if (colon <= 0 || !_methods.TryGetValue(call[(colon + 1)..], out var method)) return RefuseAsync(context, call);
        // Without alt=sse Google streams one JSON array (cloud.google.com/apis/docs/system-parameters).
        var isArray = method.Format == apis.Gemini && !string.Equals(context.Request.Query["alt"], "sse", StringComparison.OrdinalIgnoreCase);
        return chat.HandleAsync(context, isArray ? apis.GeminiArray : method.Format, call, method.Operation);
    }

    private Task RefuseAsync(HttpContext context, string call)
    {
        var methods = string.Join(", ", _methods.Keys.Order(StringComparer.Ordinal));
        var message = call.Contains(':')
            ? $"The gateway does not have this method of a model. It has {methods}."
            : $"A POST to a model names its method: {{model}}:{{method}}. The gateway has the methods {methods}.";
        return ErrorWriter.WriteAsync(context, apis.Gemini.Dialect, new GatewayError(GatewayErrorKind.NotFound, 404, message) { Code = "route_not_found" }).AsTask();
    }
}
