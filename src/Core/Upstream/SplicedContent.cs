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
    private int _sending;

    public SplicedContent(in BodySplice body)
    {
        _body = body;
        Headers.ContentType = Json;
    }

    public bool IsBeingSent => Volatile.Read(ref _sending) != 0;

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
