using System.Net;
using System.Net.Http.Headers;
using Nano.Dialects;

namespace Nano.Upstream;

/// <summary>
/// Sends a <see cref="BodySplice"/> from the pooled buffers it lies in. The buffers may go back to the pool only when
/// <see cref="IsBeingSent"/> is false: an answer can arrive, or a caller leave, while the body is still on its way.
/// </summary>
internal sealed class SplicedContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly BodySplice _body;
    private readonly SplicedContent? _earlier;
    private int _sending;

    /// <param name="earlier">A try before this one, from the same buffers: it may not have noticed its end yet.</param>
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
            await stream.WriteAsync(_body.A, cancellationToken);
            if (!_body.B.IsEmpty) await stream.WriteAsync(_body.B, cancellationToken);
            if (!_body.C.IsEmpty) await stream.WriteAsync(_body.C, cancellationToken);
            if (!_body.D.IsEmpty) await stream.WriteAsync(_body.D, cancellationToken);
            if (!_body.E.IsEmpty) await stream.WriteAsync(_body.E, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _sending);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
