using Microsoft.AspNetCore.Http;
using Nano.Json;

namespace Nano.Pipeline;

/// <summary>Sends a small JSON response whole.</summary>
internal static class JsonResponse
{
    public static async ValueTask WriteAsync(HttpContext context, int status, JsonOutput body, string contentType = "application/json")
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await response.BodyWriter.WriteAsync(body.Written, context.RequestAborted);
    }
}
