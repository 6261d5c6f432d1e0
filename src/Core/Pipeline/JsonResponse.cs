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

    /// <summary>Sends and clears the part written so far of a response of unknown length. The first chunk begins the response.</summary>
    public static async ValueTask WriteChunkAsync(HttpContext context, JsonOutput body, string contentType)
    {
        var response = context.Response;
        if (!response.HasStarted) (response.StatusCode, response.ContentType) = (StatusCodes.Status200OK, contentType);
        await response.BodyWriter.WriteAsync(body.Written, context.RequestAborted);
        body.Clear();
    }
}
