using Microsoft.AspNetCore.Http;
using Nano.Json;
using Nano.Pipeline;

namespace Nano.Inbound;

/// <summary>
/// Requests by which clients and people check that a server is running: <c>HEAD /</c> and <c>GET /</c>, and
/// <c>HEAD /api/hello</c>, which Claude Code sends before its first request. They need no key and reveal nothing.
/// </summary>
internal static class Probes
{
    public static bool IsProbe(string path, string method) =>
        path is "/" or "/api/hello" && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method));

    /// <summary>A browser gets the panel, and every other client a short description.</summary>
    public static async Task ServeAsync(HttpContext context, string path)
    {
        if (path == "/" && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status302Found;
            context.Response.Headers.Location = GatewayRoutes.Panel;
            return;
        }
        using var output = new JsonOutput();
        output.BeginObject();
        output.Name("name"u8);
        output.Literal("Nano"u8);
        output.Name("status"u8);
        output.Literal("ok"u8);
        output.Name("models"u8);
        output.Text(GatewayRoutes.Models);
        output.Name("panel"u8);
        output.Text(GatewayRoutes.Panel);
        output.EndObject();
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, output);
    }
}
