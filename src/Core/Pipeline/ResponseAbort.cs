using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Nano.Pipeline;

/// <summary>
/// Ends a response that has begun and failed, so that no client treats it as complete. Several official SDKs ignore an error
/// event and detect only a broken connection (docs/clients.md), so the last chunk of the response is never sent:
/// <list type="number">
/// <item>a proxy between gateway and caller, and a browser, get a moment to forward the error;</item>
/// <item>the connection sends what is still buffered and is closed;</item>
/// <item>data that the caller has not read within the limit is dropped.</item>
/// </list>
/// </summary>
/// <remarks>
/// <see cref="HttpContext.Abort"/> alone is not enough. Kestrel reports a flush as complete while up to 64 KiB wait for the
/// socket, and an abort resets the connection, which also discards what the operating system has not sent yet.
/// </remarks>
internal static class ResponseAbort
{
    /// <summary>
    /// A proxy, the Functions host among them, aborts its own response as soon as it sees the gateway's end, and discards what
    /// it has not sent by then. A browser's <c>fetch</c> discards what the page has not read
    /// (<see href="https://streams.spec.whatwg.org/#readable-stream-default-controller-error"/>: an error resets the queue). A caller that
    /// raises the error leaves at once and does not wait for this.
    /// </summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    /// <summary>Headers that identify a proxy, and one that every browser sends and no script can set.</summary>
    private static readonly string[] LingerHeaders = ["x-ms-invocation-id", "x-forwarded-for", "forwarded", "via", "sec-fetch-mode"];

    /// <summary>Call it after everything was flushed. Raises nothing; afterwards the response cannot be used.</summary>
    /// <param name="limit">How long the caller may take to read the rest.</param>
    public static async ValueTask RunAsync(HttpContext context, TimeProvider time, TimeSpan limit)
    {
        // HTTP/1.0 responses end with the connection: only a reset distinguishes failure from success. Over HTTP/2 the connection has other
        // streams, and a client may discard data that it has not read when the reset of the stream arrives.
        var connection = HttpProtocol.IsHttp11(context.Request.Protocol) ? context.Features.Get<IConnectionTransportFeature>() : null;
        if (connection is null || MayDiscard(context.Request)) await WaitForEndAsync(context, time, Linger);
        if (connection is not null)
        {
            // The transport sends all buffered data, then closes the connection; Kestrel, which would append the last chunk, can no longer write.
            await connection.Transport.Output.CompleteAsync();
            await WaitForEndAsync(context, time, limit);
        }
        context.Abort();
    }

    private static bool MayDiscard(HttpRequest request) => Array.Exists(LingerHeaders, request.Headers.ContainsKey);

    /// <summary>Waits until the connection is closed, by either side.</summary>
    private static async ValueTask WaitForEndAsync(HttpContext context, TimeProvider time, TimeSpan limit)
    {
        try
        {
            await Task.Delay(limit, time, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The connection is closed.
        }
    }
}
