using System.Buffers;
using Microsoft.AspNetCore.Http;
using Nano.Configuration;
using Nano.Errors;
using Nano.Json;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>A request's whole body, in one buffer that everything read from it borrows.</summary>
internal struct RequestBody
{
    private static readonly TimeSpan DiscardTimeout = TimeSpan.FromSeconds(30);

    private GatheredBytes _bytes;

    public readonly ReadOnlyMemory<byte> Bytes => _bytes.Bytes;

    /// <summary>A body with these bytes.</summary>
    public static RequestBody Of(ReadOnlySpan<byte> bytes, BufferBudget? budget)
    {
        var body = new RequestBody { _bytes = new GatheredBytes(budget, bytes.Length) };
        body._bytes.Append(bytes);
        body._bytes.Join();
        return body;
    }

    /// <summary>Reads up to <paramref name="maxBytes"/>; a body that declares a larger size, or exceeds the budget, is refused before it is read.</summary>
    /// <param name="limit">The setting that sets the maximum; null for none.</param>
    /// <param name="budget">Counts the body; null for bodies that are always small.</param>
    /// <exception cref="BufferBudgetException">The budget is spent.</exception>
    public static async ValueTask<(RequestBody Body, GatewayError? Error)> ReadAsync(
        HttpContext context, long maxBytes, RequestClock clock, string? limit = GatewaySettings.MaxRequestBytes, BufferBudget? budget = null)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
            return (default, new GatewayError(GatewayErrorKind.UnsupportedMedia, 415, "Send the request body without a Content-Encoding."));
        var declared = request.ContentLength;
        if (declared > maxBytes) return (default, TooLarge(context, maxBytes, limit));
        if (declared > BufferPool.LargestShared && budget?.Fits(declared.Value) == false) throw new BufferBudgetException();

        var body = new RequestBody { _bytes = new GatheredBytes(budget, declared) };
        try
        {
            var reader = request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(clock.Token);
                bool fits;
                try
                {
                    fits = body.TryAppend(read.Buffer, maxBytes);
                }
                finally
                {
                    // Even if there is no memory for it: the rest can then still be read and discarded.
                    reader.AdvanceTo(read.Buffer.End);
                }
                if (!fits)
                {
                    body.Return();
                    return (default, TooLarge(context, maxBytes, limit));
                }
                if (!read.IsCompleted) continue;
                body._bytes.Join();
                return (body, null);
            }
        }
        catch (OperationCanceledException) when (clock.TimedOut && !clock.CallerGone.IsCancellationRequested)
        {
            body.Return();
            context.Response.Headers.Connection = "close";
            if (clock.Stopped) return (default, GatewayError.CutOff);
            return (default, new GatewayError(GatewayErrorKind.InvalidRequest, 408,
                $"The request body took longer than the gateway waits{(limit is null ? "" : $" ({GatewaySettings.RequestTimeout})")}.") { Code = "request_timeout" });
        }
        // For example, a chunk that declares 2^31 bytes or more (Kestrel has no BadHttpRequestException for it).
        catch (Exception e) when (e is IOException { InnerException: OverflowException } or OverflowException)
        {
            body.Return();
            context.Response.Headers.Connection = "close";
            return (default, GatewayError.Invalid("The request body could not be read: the size of a chunk is not valid."));
        }
        catch
        {
            body.Return();
            throw;
        }
    }

    /// <summary>
    /// Reads and discards a body that was refused before it was read, once the caller has its response. Most clients send the whole
    /// body before they read the response, and closing the connection too early loses the response.
    /// </summary>
    public static async ValueTask DiscardAsync(HttpContext context, RequestClock clock)
    {
        clock.Limit(DiscardTimeout);
        try
        {
            await context.Response.CompleteAsync();
            var reader = context.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(clock.Token);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The caller has its response, or has left.
        }
    }

    /// <summary>Returns the buffer. Slices of it are invalid from then on.</summary>
    public void Return() => _bytes.Return();

    /// <summary>Leaves the buffer to the garbage collector: something may still be reading from it.</summary>
    public void Abandon() => _bytes.Abandon();

    private bool TryAppend(in ReadOnlySequence<byte> bytes, long maxBytes)
    {
        if (_bytes.Length + bytes.Length > maxBytes) return false;
        foreach (var segment in bytes) _bytes.Append(segment.Span);
        return true;
    }

    private static GatewayError TooLarge(HttpContext context, long maxBytes, string? limit)
    {
        // The rest of the body would follow on this connection.
        context.Response.Headers.Connection = "close";
        return new GatewayError(GatewayErrorKind.TooLarge, 413, $"The request body is larger than {maxBytes} bytes{(limit is null ? "" : $" ({limit})")}.")
            { Code = "request_too_large" };
    }
}
