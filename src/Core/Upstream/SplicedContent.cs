using System.Net;
using System.Net.Http.Headers;
using Nano.Dialects;
using Nano.Json;

namespace Nano.Upstream;

/// <summary>
/// Sends a <see cref="BodySplice"/> from its pooled buffers. The buffers may be returned to the pool only when
/// <see cref="IsBeingSent"/> is false: a response can arrive, or a caller leave, while the body is still being sent.
/// </summary>
internal sealed class SplicedContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly BodySplice _body;
    private readonly SplicedContent? _earlier;
    private int _sending;

    /// <param name="earlier">The try before this one, from the same buffers: it may still be sending.</param>
    public SplicedContent(in BodySplice body, SplicedContent? earlier = null)
    {
        _body = body;
        _earlier = earlier;
        Headers.ContentType = Json;
    }

    public bool IsBeingSent => Volatile.Read(ref _sending) != 0 || _earlier is { IsBeingSent: true };

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sending);
        try
        {
            await WriteAsync(stream, _body.A, cancellationToken);
            if (!_body.B.IsEmpty) await WriteAsync(stream, _body.B, cancellationToken);
            if (!_body.C.IsEmpty) await WriteAsync(stream, _body.C, cancellationToken);
            if (!_body.D.IsEmpty) await WriteAsync(stream, _body.D, cancellationToken);
            if (!_body.E.IsEmpty) await WriteAsync(stream, _body.E, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _sending);
        }
    }

    /// <summary>
    /// A socket keeps the last memory that it sent from until it sends again, which may be minutes later. The last bytes of a large
    /// piece are written separately: the handler copies a piece of this size into its own buffer, and sends from that.
    /// </summary>
    private static ValueTask WriteAsync(Stream stream, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        return piece.Length <= BufferPool.LargestShared ? stream.WriteAsync(piece, cancellationToken) : WriteLargeAsync(stream, piece, cancellationToken);

        static async ValueTask WriteLargeAsync(Stream stream, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
        {
            const int last = 64;
            await stream.WriteAsync(piece[..^last], cancellationToken);
            await stream.WriteAsync(piece[^last..], cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
