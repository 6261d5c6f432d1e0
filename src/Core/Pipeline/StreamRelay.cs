using Nano.Access;
using Nano.Configuration;
using Nano.Errors;
using Nano.Json;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Forwards a provider's stream to the caller, whole events at a time, one flush for all events that arrived together. Nothing is
/// sent before the first event was parsed, so that an error in it is still an error response. While the route plan has another
/// deployment, nothing is sent before the first content either.
/// </summary>
internal sealed class StreamRelay(GatewayOptions options, TimeProvider time)
{
    /// <summary>The time limit for the rest of a provider's response after its end marker.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    /// <summary>Bytes that may follow the end marker.</summary>
    private const int MaxRest = 64 * 1024;

    /// <summary>Bytes of events without content that are held back before an attempt commits.</summary>
    private const int MaxHeld = 64 * 1024;

    /// <summary>The minimum size of a read, in bytes.</summary>
    private const int SmallRead = 1024;

    /// <summary>The minimum after a read that filled its buffer: events that arrived together are sent together.</summary>
    private const int LargeRead = 16 * 1024;

    /// <summary>The target of reads whose bytes are discarded, shared by all requests.</summary>
    private static readonly byte[] Ignored = new byte[1024];

    /// <summary>
    /// Relays until the provider's stream ends. Returns an error that has not been sent to the caller. Raises only
    /// <see cref="OperationCanceledException"/>, when the caller has left, and the exceptions of writing to the caller.
    /// </summary>
    public async ValueTask<GatewayError?> RelayAsync(Exchange exchange, Attempt attempt, HttpResponseMessage response)
    {
        await using var input = await response.Content.ReadAsStreamAsync(exchange.Clock.Token);
        if (exchange.IsGoverned && options.HangUpDrain > TimeSpan.Zero) exchange.Clock.BeginDrain(options.HangUpDrain);
        try
        {
            var error = await RelayAsync(exchange, attempt, input);
            if (error is null) await ReadToEndAsync(exchange, input);
            return error;
        }
        finally
        {
            // Of a caller who has left, no other attempt is made.
            exchange.Clock.EndDrain();
        }
    }

    /// <summary>The same, for a stream that is already open.</summary>
    public async ValueTask<GatewayError?> RelayAsync(Exchange exchange, Attempt attempt, Stream input)
    {
        var caller = exchange.Stream!;
        var known = caller.CountKnown(attempt.Losses);
        IEventRelay events = attempt.IsPassthrough
            ? new PassthroughRelay(exchange.Dialect, exchange.Dialect.CreateUsageTap(attempt.Route!.Usage), attempt.Dialect.Quirks?.CreateEventEdit(isForReader: false),
            attempt.Provider, exchange.Envelope.WantsStreamUsage, attempt.Key, exchange.Format.Stream.EndMarker, exchange.StoredIds(attempt))
            : new ConvertedRelay(attempt, exchange.ResponseContext(attempt), caller.Output);
        try
        {
            using var reader = FrameReaders.Create(attempt.Dialect.Framing, options.MaxResponseBytes, exchange.Budget);
            GatewayError? error;
            try
            {
                error = await PumpAsync(exchange, attempt, events, reader, input);
            }
            catch (Exception e) when (exchange.Clock.IsDraining && exchange.HasCallerLeft(e))
            {
                exchange.Record.Duration = time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
                await StreamDrain.RunAsync(caller.Output, events, reader, input, exchange.Clock.Token);
                Note(attempt, events);
                if (events.HasEnded || events.IsComplete) await exchange.SettleAsync(attempt, isDrained: true);
                throw;
            }
            if (error is null && FilteredResponse.Find(attempt, events) is { } filtered) error = Fail(exchange, attempt, filtered);
            if (error is not null)
            {
                if (EndsStream(exchange, attempt)) events.Interrupt(caller.Output);
                return error;
            }
            // Losses that were found after the headers had been sent can only be reported here.
            if (exchange.Format.Stream.AllowsComments)
            {
                caller.WriteLateLosses(attempt.Losses, known);
                caller.WriteLateDeployment(attempt);
            }
            Note(attempt, events);
            if (await exchange.SettleAsync(attempt) is { } cost) caller.TellCost(cost, events.TryTellCost);
            events.Complete(caller.Output);
            exchange.Commit(attempt);
            await caller.FlushAsync(isLast: true);
            return null;
        }
        finally
        {
            Note(attempt, events);
            // If another attempt follows this one, nothing was sent.
            if (attempt.IsCommitted || attempt.IsLast) caller.Place = events.Place;
        }
    }

    private static void Note(Attempt attempt, IEventRelay events)
    {
        var record = attempt.Record;
        (record.Usage, record.ResponseModel, record.ContentEvents) = (events.Usage, events.Model, events.ContentEvents);
        (record.Finish, record.Finishes) = (events.Finish, events.Finishes);
    }

    /// <summary>
    /// Reads what follows the provider's end marker, usually nothing: a connection can be reused only if its response was read
    /// to the end. The caller does not wait for that, and a provider that takes longer than a moment loses the connection.
    /// </summary>
    private async ValueTask ReadToEndAsync(Exchange exchange, Stream input)
    {
        var isCallerServed = false;
        try
        {
            for (var rest = MaxRest; rest > 0;)
            {
                var pending = input.ReadAsync(Ignored, exchange.Clock.Token);
                if (!pending.IsCompleted && !isCallerServed)
                {
                    isCallerServed = true;
                    await exchange.Context.Response.CompleteAsync();
                    exchange.Record.Duration = time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
                    exchange.Clock.Limit(EndLimit);
                }
                var read = await pending;
                if (read == 0) return;
                rest -= read;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // The response is complete nevertheless.
        }
    }

    /// <summary>
    /// Reads, takes and flushes until the end. One method, since every chunk of every stream waits here: an awaited method would
    /// allocate per chunk.
    /// </summary>
    private async ValueTask<GatewayError?> PumpAsync(Exchange exchange, Attempt attempt, IEventRelay events, IFrameReader reader, Stream input)
    {
        var caller = exchange.Stream!;
        var provider = attempt.Provider;
        var reading = false;
        var unbroken = 0;
        var measuresEvents = exchange.MeasuresEvents;
        var received = 0L;
        var isFull = false;
        // When the speed of the stream began to be measured.
        var measured = 0L;
        try
        {
            while (true)
            {
                reading = true;
                // Wait with an empty read first: a silent stream keeps no buffer, and most streams wait most of the time.
                reader.ReleaseIdleBuffer();
                var probed = !reader.HasRest;
                var memory = probed ? Memory<byte>.Empty : reader.GetMemory(isFull ? LargeRead : SmallRead);
                var pending = input.ReadAsync(memory, exchange.Clock.Token);
                int count;
                if (pending.IsCompletedSuccessfully)
                {
                    count = pending.Result;
                    // Reads keep completing synchronously; yield so that other requests can run.
                    if (++unbroken % 64 == 0) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }
                else
                {
                    caller.Pause();
                    try
                    {
                        count = await pending;
                    }
                    finally
                    {
                        await caller.ResumeAsync();
                    }
                }
                if (probed)
                {
                    memory = reader.GetMemory(isFull ? LargeRead : SmallRead);
                    count = await input.ReadAsync(memory, exchange.Clock.Token);
                }
                isFull = count == memory.Length;
                reading = false;

                if (count == 0) break;
                if (measuresEvents) received = time.GetTimestamp();
                reader.Advance(count);
                while (!events.HasEnded && reader.TryRead(out var item))
                    if (events.Take(item, caller.Output) is { } error) return Fail(exchange, attempt, error);
                if (measuresEvents) received = Measure(exchange, received);
                if (events.ContentEvents > 0) FirstToken(exchange);
                if (events.HasEnded) return null;
                if (reader.Fault is { } fault) return Fail(exchange, attempt, UpstreamErrors.BrokeOff(provider, fault));
                if (!attempt.IsCommitted)
                {
                    if (!attempt.IsLast && caller.Output.Length < MaxHeld)
                    {
                        if (events.ContentEvents == 0) continue;
                        if (attempt.Pace is { } pace && events.ContentEvents < pace.Enough)
                        {
                            if (measured == 0) measured = time.GetTimestamp();
                            var left = pace.Window - time.GetElapsedTime(measured);
                            if (left <= TimeSpan.Zero) return Fail(exchange, attempt, UpstreamErrors.TooSlow(provider));
                            exchange.Clock.Limit(left);
                            continue;
                        }
                    }
                    if (caller.Output.Length > 0) exchange.Commit(attempt);
                }
                var flush = caller.FlushAsync();
                if (measuresEvents) Measure(exchange, received);
                if (!flush.IsCompletedSuccessfully)
                {
                    // A slow caller is not the provider's fault.
                    exchange.Clock.Limit(Timeout.InfiniteTimeSpan);
                    await flush;
                    exchange.Clock.Limit(options.FirstTokenTimeout);
                }
                // Until the first content, the limit that was set when the request was sent applies: pings do not extend it.
                if (events.ContentEvents > 0) exchange.Clock.Limit(options.StreamIdleTimeout);
            }
        }
        catch (OperationCanceledException) when (reading && exchange.Clock.TimedOut && !exchange.Clock.CallerGone.IsCancellationRequested)
        {
            return Fail(exchange, attempt, UpstreamErrors.TooSlow(provider));
        }
        catch (BufferBudgetException)
        {
            return Fail(exchange, attempt, Admission.Overloaded);
        }
        catch (Exception e) when (reading && (e is IOException or HttpRequestException))
        {
            return Fail(exchange, attempt, UpstreamErrors.BrokeOff(provider, "broke off before its end"));
        }
        return End(exchange, attempt, events, reader);
    }

    /// <summary>Adds the time since a timestamp to the time spent on the stream's events.</summary>
    /// <returns>The current timestamp.</returns>
    private long Measure(Exchange exchange, long since)
    {
        var now = time.GetTimestamp();
        exchange.Record.RelayTicks += now - since;
        return now;
    }

    /// <summary>The provider closed its stream: the response may end too, if it is complete.</summary>
    private GatewayError? End(Exchange exchange, Attempt attempt, IEventRelay events, IFrameReader reader)
    {
        var caller = exchange.Stream!;
        var isCut = false;
        while (!events.HasEnded && reader.TryReadLast(out var item))
        {
            isCut = reader.IsCut(item);
            if (isCut) break;
            if (events.Take(item, caller.Output) is { } error) return Fail(exchange, attempt, error);
            EventBoundary.Close(caller.Output);
        }
        if (events.ContentEvents > 0) FirstToken(exchange);
        if (events.HasEnded || (events.IsComplete && !isCut)) return null;
        return Fail(exchange, attempt, UpstreamErrors.BrokeOff(attempt.Provider, "broke off before its end"));
    }

    /// <summary>
    /// Events that arrived before the failure stay in the output and are sent with the error, if the caller gets this attempt's error:
    /// the attempt has committed, or it is the last one and a keep-alive has started the response. Otherwise the error alone is the
    /// response, or the next attempt's.
    /// </summary>
    private static GatewayError Fail(Exchange exchange, Attempt attempt, GatewayError error)
    {
        if (!EndsStream(exchange, attempt)) exchange.Stream!.Output.Clear();
        return error;
    }

    /// <summary>A failure of the attempt is an error inside the caller's stream.</summary>
    private static bool EndsStream(Exchange exchange, Attempt attempt) => attempt.IsCommitted || (attempt.IsLast && exchange.HasResponseStarted);

    private void FirstToken(Exchange exchange) =>
        exchange.Record.TimeToFirstToken ??= time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
}
