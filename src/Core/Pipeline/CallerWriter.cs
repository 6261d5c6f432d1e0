using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Writes to a caller, who may read slowly, not at all, or leave. Large writes go in pieces: the host copies what one call is given
/// before it sends any of it, and a second copy of a picture is counted nowhere.
/// </summary>
internal static class CallerWriter
{
    /// <summary>Bytes of one write. Each has the time limit to itself, so that a slow caller gets a large response and one that reads nothing is given up.</summary>
    internal const int MaxPiece = 64 * 1024;

    /// <summary>
    /// Completes when the host has taken the bytes. A caller that does not read them within <see cref="RequestClock.CallerLimit"/> loses
    /// its connection, and <see cref="CallerStalledException"/> is raised.
    /// </summary>
    /// <exception cref="ConnectionResetException">The caller has left.</exception>
    public static async ValueTask WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes, RequestClock clock)
    {
        try
        {
            do
            {
                var piece = bytes.Length > MaxPiece ? bytes[..MaxPiece] : bytes;
                bytes = bytes[piece.Length..];
                var writing = context.Response.BodyWriter.WriteAsync(piece, clock.Token);
                if (!writing.IsCompleted) clock.Limit(clock.CallerLimit);
                if ((await writing).IsCompleted) throw new ConnectionResetException("The caller has left.");
            }
            while (!bytes.IsEmpty);
        }
        catch (OperationCanceledException e) when (clock.TimedOut)
        {
            context.Abort();
            throw new CallerStalledException(e);
        }
    }
}

/// <summary>The caller has not read its response for longer than the gateway waits; its connection is aborted.</summary>
internal sealed class CallerStalledException(Exception inner) : IOException("The caller does not read its response.", inner);
