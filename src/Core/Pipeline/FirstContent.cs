using Nano.Access;
using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Waits until a response has content, for concurrent attempts: the first one that has any is relayed. The bytes that were read are kept and come first
/// when the response is read again.
/// </summary>
internal static class FirstContent
{
    /// <summary>Bytes that are kept: a response with more before its first content counts as one with content.</summary>
    private const int MaxKept = 64 * 1024;

    /// <summary>Returns an error of the response. Raises <see cref="OperationCanceledException"/> when the attempt is given up.</summary>
    public static async ValueTask<GatewayError?> AwaitAsync(Exchange exchange, Attempt attempt, HttpResponseMessage response, int maxBytes)
    {
        try
        {
            if (IsStream(exchange, attempt, response)) return await AwaitStreamAsync(exchange, attempt, response, maxBytes);
            await response.Content.LoadIntoBufferAsync(maxBytes, attempt.Token);
            return null;
        }
        catch (OperationCanceledException) when (exchange.Clock.TimedOut && !exchange.Clock.CallerGone.IsCancellationRequested)
        {
            return UpstreamErrors.TooSlow(attempt.Provider);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return UpstreamErrors.BrokeOff(attempt.Provider, "broke off before its end");
        }
        catch (BufferBudgetException)
        {
            // The other attempt may need less.
            return Admission.Overloaded;
        }
    }

    private static bool IsStream(Exchange exchange, Attempt attempt, HttpResponseMessage response) =>
        exchange.IsStream
        && response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
        && type.ToString().StartsWith(FrameReaders.ContentType(attempt.Dialect.Framing), StringComparison.OrdinalIgnoreCase);

    private static async ValueTask<GatewayError?> AwaitStreamAsync(Exchange exchange, Attempt attempt, HttpResponseMessage response, int maxBytes)
    {
        var former = response.Content;
        var input = await former.ReadAsStreamAsync(attempt.Token);
        var kept = new MemoryStream();
        using var reader = FrameReaders.Create(attempt.Dialect.Framing, maxBytes, exchange.Budget);
        var watch = new Watch(exchange, attempt);
        while (!watch.HasContent && kept.Length < MaxKept)
        {
            var memory = reader.GetMemory();
            var count = await input.ReadAsync(memory, attempt.Token);
            if (count == 0)
            {
                while (!watch.HasContent && reader.TryReadLast(out var item) && !reader.IsCut(item))
                    if (watch.Take(item) is { } error) return error;
                break;
            }
            kept.Write(memory.Span[..count]);
            reader.Advance(count);
            while (!watch.HasContent && reader.TryRead(out var item))
                if (watch.Take(item) is { } error) return error;
        }
        if (!watch.HasContent && kept.Length < MaxKept && !watch.IsComplete) return UpstreamErrors.BrokeOff(attempt.Provider, "broke off before its end");
        var again = new StreamContent(new KeptStream(kept.ToArray(), input));
        foreach (var (name, values) in former.Headers.NonValidated) again.Headers.TryAddWithoutValidation(name, values);
        response.Content = again;
        return null;
    }

    /// <summary>Looks for content and for errors, and keeps nothing.</summary>
    private sealed class Watch(Exchange exchange, Attempt attempt) : IChatEventSink
    {
        private readonly IUsageTap? _tap = attempt.IsPassthrough ? exchange.Dialect.CreateUsageTap(attempt.Route!.Usage) : null;
        private readonly IEventReader? _reader = attempt.IsPassthrough ? null : attempt.Dialect.CreateEventReader(attempt.Route!.Usage);
        private GatewayError? _error;

        public bool HasContent { get; private set; }

        public bool IsComplete => _tap?.IsComplete ?? _reader!.IsComplete;

        public GatewayError? Take(in SseEvent item)
        {
            if (!item.HasData || SseEvent.IsBlank(item.Data.Span)) return null;
            if (_tap is null) return _reader!.TryRead(item.Type, item.Data, this, attempt.Provider.Id) ?? _error;
            var (verdict, unreadable) = _tap.TryOnEvent(item.Type, item.Data, attempt.Provider.Id);
            if (unreadable is not null) return unreadable;
            HasContent = verdict == TapVerdict.Content;
            return verdict == TapVerdict.Error ? UpstreamErrors.FromSuccess(attempt.Provider, _tap.Error ?? default, attempt.Key) : null;
        }

        void IChatEventSink.BeginFrame(in ChatFrame frame) { }

        void IChatEventSink.On(in ChatEvent item)
        {
            if (item.Kind is ChatEventKind.Text or ChatEventKind.Reasoning or ChatEventKind.Refusal or ChatEventKind.ToolCallStart or ChatEventKind.Media) HasContent = true;
            if (item.Kind == ChatEventKind.Error)
                _error = item.Error is { } error ? UpstreamErrors.FromResponse(attempt.Provider, error, attempt.Key)
                    : UpstreamErrors.BrokeOff(attempt.Provider, "is an error without a message");
        }

        void IChatEventSink.EndFrame() { }
    }

    /// <summary>Bytes followed by a stream, which it owns.</summary>
    private sealed class KeptStream(byte[] kept, Stream rest) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_at == kept.Length) return rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(buffer.Length, kept.Length - _at);
            kept.AsSpan(_at, count).CopyTo(buffer.Span);
            _at += count;
            return new(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
