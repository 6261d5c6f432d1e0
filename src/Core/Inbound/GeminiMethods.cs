using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Pipeline;

namespace Nano.Inbound;

/// <summary>The methods of Gemini's API that a path appends to a model: <c>/v1beta/models/{model}:{method}</c>.</summary>
internal sealed class GeminiMethods(ChatPipeline chat, InboundApis apis)
{
    private static readonly FrozenSet<string> Generating = FrozenSet.ToFrozenSet(["generateContent", "streamGenerateContent"], StringComparer.Ordinal);

    /// <param name="call">The model and the method as they are in the path. Clients send a slash of the model's name raw or as <c>%2F</c>.</param>
    public Task HandleAsync(HttpContext context, string call)
    {
        call = call.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var method = call[(call.LastIndexOf(':') + 1)..];
        return Generating.Contains(method) ? chat.HandleAsync(context, apis.Gemini, call) : RefuseAsync(context, call);
    }

    private Task RefuseAsync(HttpContext context, string call)
    {
        var methods = string.Join(", ", Generating.Order(StringComparer.Ordinal));
        var message = call.Contains(':')
            ? $"The gateway does not have this method of a model. It has {methods}."
            : $"A POST to a model names its method: {{model}}:{{method}}. The gateway has the methods {methods}.";
        return ErrorWriter.WriteAsync(context, apis.Gemini.Dialect, new GatewayError(GatewayErrorKind.NotFound, 404, message) { Code = "route_not_found" }).AsTask();
    }
}
