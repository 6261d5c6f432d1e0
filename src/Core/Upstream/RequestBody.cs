using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Json;
using Nano.Routing;

namespace Nano.Upstream;

/// <summary>A request's body, whole, in one pooled buffer that everything read from it borrows.</summary>
internal struct RequestBody
{
    private byte[]? _buffer;
    private int _length;

    public readonly ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads up to <paramref name="maxBytes"/>; a body that says it is larger is refused before it is read.</summary>
    /// <param name="limit">The setting that sets it; null when none does.</param>
    public static async ValueTask<(RequestBody Body, GatewayError? Error)> ReadAsync(HttpContext context, long maxBytes, RequestClock clock, string? limit = GatewaySettings.MaxRequestBytes)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
            return (default, new GatewayError(GatewayErrorKind.UnsupportedMedia, 415, "Send the request body without a Content-Encoding."));
        var declared = request.ContentLength;
        if (declared > maxBytes) return (default, TooLarge(context, maxBytes, limit));

        var body = new RequestBody { _buffer = BufferPool.Rent((int)Math.Max(declared ?? 4096, 1)) };
        try
        {
            var reader = request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(clock.Token);
                foreach (var segment in read.Buffer)
                {
                    if (body._length + (long)segment.Length > maxBytes)
                    {
                        reader.AdvanceTo(read.Buffer.End);
                        body.Return();
                        return (default, TooLarge(context, maxBytes, limit));
                    }
                    body.Append(segment.Span);
                }
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return (body, null);
            }
        }
        catch (OperationCanceledException) when (clock.TimedOut && !clock.CallerGone.IsCancellationRequested)
        {
            body.Return();
            context.Response.Headers.Connection = "close";
            return (default, new GatewayError(GatewayErrorKind.InvalidRequest, 408, $"The request body took longer than the gateway waits{(limit is null ? "" : $" ({GatewaySettings.RequestTimeout})")}.") { Code = "request_timeout" });
        }
        catch
        {
            body.Return();
            throw;
        }
    }

    /// <summary>Gives the buffer back. Slices cut from it are dead from here on.</summary>
    public void Return()
    {
        if (_buffer is { } buffer) BufferPool.Return(buffer);
        _buffer = null;
        _length = 0;
    }

    /// <summary>Leaves the buffer to the garbage collector: somebody may still be reading from it.</summary>
    public void Abandon()
    {
        _buffer = null;
        _length = 0;
    }

    private static GatewayError TooLarge(HttpContext context, long maxBytes, string? limit)
    {
        // What follows on this connection would be the rest of the body.
        context.Response.Headers.Connection = "close";
        return new GatewayError(GatewayErrorKind.TooLarge, 413, $"The request body is larger than {maxBytes} bytes{(limit is null ? "" : $" ({limit})")}.") { Code = "request_too_large" };
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer!.Length - _length < bytes.Length)
        {
            var larger = BufferPool.Rent(Math.Max(_length + bytes.Length, _buffer.Length * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            BufferPool.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
