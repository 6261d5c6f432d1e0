using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Nano.Bench.Pairs;

/// <summary>
/// A bare relay: Kestrel and HttpClient, with the settings of the gateway's host, and nothing in between. It reads a request, forwards it, and
/// copies the response as it arrives.
/// </summary>
internal static class Relay
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public static async Task RunAsync(string upstream)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var port = int.Parse(Environment.GetEnvironmentVariable("PORT")!, CultureInfo.InvariantCulture);
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true).ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
        app.MapGet("/healthz", () => Results.Ok());
        app.MapFallback(context => RelayAsync(context, http, upstream));
        await app.RunAsync();
    }

    private static async Task RelayAsync(HttpContext context, HttpMessageInvoker http, string upstream)
    {
        var length = (int)context.Request.ContentLength!;
        var body = ArrayPool<byte>.Shared.Rent(length);
        await context.Request.Body.ReadExactlyAsync(body.AsMemory(0, length));
        using var request = new HttpRequestMessage(HttpMethod.Post, upstream + context.Request.Path + context.Request.QueryString);
        request.Content = new ByteArrayContent(body, 0, length);
        request.Content.Headers.ContentType = Json;
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer k");
        using var response = await http.SendAsync(request, context.RequestAborted);
        ArrayPool<byte>.Shared.Return(body);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.NonValidated["Content-Type"].ToString();
        context.Response.ContentLength = response.Content.Headers.ContentLength;
        await using var input = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var output = context.Response.BodyWriter;
        for (int count; (count = await input.ReadAsync(output.GetMemory(4096), context.RequestAborted)) > 0;)
        {
            output.Advance(count);
            await output.FlushAsync(context.RequestAborted);
        }
    }
}
