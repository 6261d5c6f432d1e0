using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Writes to a caller, who may read slowly, not at all, or leave. Large writes are split: the host copies the bytes of one call
/// before it sends any of them, and no budget counts a second copy of a large body.
/// </summary>
internal static class CallerWriter
{
    /// <summary>Bytes of one write. Each write has its own time limit, so that a slow caller gets a large response but one that reads nothing is given up.</summary>
    internal const int MaxPiece = 64 * 1024;

    /// <summary>
    /// Completes when the host has taken the bytes. A caller that does not read them within <see cref="RequestClock.CallerLimit"/> loses
    /// its connection. Raises <see cref="ConnectionResetException"/> for a caller without one, or <see cref="OperationCanceledException"/>.
    /// </summary>
    public static async ValueTask WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes, RequestClock clock)
    {
        do
        {
            var piece = bytes.Length > MaxPiece ? bytes[..MaxPiece] : bytes;
            bytes = bytes[piece.Length..];
            var writing = context.Response.BodyWriter.WriteAsync(piece, clock.CallerGone);
            var sent = writing.IsCompletedSuccessfully ? writing.Result : await WaitAsync(writing, clock);
            if (sent.IsCompleted) throw new ConnectionResetException("The caller has left.");
        }
        while (!bytes.IsEmpty);
    }

    private static async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> writing, RequestClock clock)
    {
        clock.BeginWrite();
        try
        {
            return await writing;
        }
        catch (Exception) when (clock.CallerStalled)
        {
            // However the host ends a write on an aborted connection.
            throw new ConnectionResetException("The caller does not read its response.");
        }
        finally
        {
            clock.EndWrite();
        }
    }
}
