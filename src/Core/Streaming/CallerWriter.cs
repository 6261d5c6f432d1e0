using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Nano.Streaming;

/// <summary>
/// Sends bytes to the caller, large ones in pieces: the host copies what one call is given before it sends any of it, and a second
/// copy of a picture is counted nowhere.
/// </summary>
internal static class CallerWriter
{
    /// <summary>Bytes that are sent as one.</summary>
    public const int Piece = 64 * 1024;

    /// <exception cref="ConnectionResetException">The caller has left.</exception>
    public static async ValueTask WriteAsync(PipeWriter caller, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var piece = bytes[..Math.Min(bytes.Length, Piece)];
            bytes = bytes[piece.Length..];
            var sent = await caller.WriteAsync(piece, cancellationToken);
            if (sent.IsCompleted) throw new ConnectionResetException("The caller has left.");
            if (bytes.IsEmpty) return;
        }
    }
}
