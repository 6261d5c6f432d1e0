using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Nano.Pipeline;

/// <summary>
/// Ends a response that has begun and failed, so that no client takes it for complete. Several official SDKs ignore an error
/// event and see only a broken connection (docs/clients.md), so the last chunk of the response is never sent:
/// <list type="number">
/// <item>the caller gets a moment to read the error and to leave, and a proxy a moment to pass the error on;</item>
/// <item>the connection sends what is still buffered and is closed;</item>
/// <item>what a caller has not read within the limit is given up.</item>
/// </list>
/// </summary>
/// <remarks>
/// <see cref="HttpContext.Abort"/> alone is not enough. Kestrel reports a flush as complete while up to 64 KiB wait for the
/// socket, and an abort resets the connection, which also discards what the operating system has not sent yet.
/// </remarks>
internal static class ResponseAbort
{
    /// <summary>
    /// A proxy between gateway and caller, the Functions host among them, aborts its own response as soon as it sees the
    /// gateway's end, and discards what it has not sent by then.
    /// </summary>
    internal static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(250);

    /// <summary>Call it with everything flushed. Raises nothing; afterwards the response cannot be used.</summary>
    /// <param name="limit">How long the caller may take to read the rest.</param>
    public static async ValueTask RunAsync(HttpContext context, TimeProvider time, TimeSpan limit)
    {
        await WaitForCallerToLeaveAsync(context, time, Linger);
        // HTTP/1.0 responses end with the connection: only a reset tells failure from success. Over HTTP/2 the connection has other
        // streams, and the frame that resets this one follows its data.
        if (HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<IConnectionTransportFeature>() is { } connection)
        {
            // The transport sends all that it has, then closes the connection; Kestrel, which would append the last chunk, can no longer write.
            await connection.Transport.Output.CompleteAsync();
            await WaitForCallerToLeaveAsync(context, time, limit);
        }
        context.Abort();
    }

    /// <summary>Completes also when the connection was closed from this side.</summary>
    private static async ValueTask WaitForCallerToLeaveAsync(HttpContext context, TimeProvider time, TimeSpan limit)
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
