using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Routing;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Endpoints;

/// <summary>
/// Passes a provider's stream on to the caller, whole events at a time, one flush for all events that arrived together.
/// Nothing is sent before the first event was understood, so that an error in it is still an error answer.
/// </summary>
internal sealed class StreamRelay(GatewayOptions options, TimeProvider time)
{
    /// <summary>For the end of a provider's response after its end marker.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    /// <summary>Bytes that may follow the end marker.</summary>
    private const int MaxRest = 64 * 1024;

    /// <summary>Where bytes go that are not looked at, from all requests at once.</summary>
    private static readonly byte[] Ignored = new byte[1024];

    /// <summary>
    /// Relays until the provider's stream ends. The result is an error that the caller has not been told. Raises only
    /// <see cref="OperationCanceledException"/>, when the caller has left, and what writing to the caller raises.
    /// </summary>
    public async ValueTask<GatewayError?> RelayAsync(ChatExchange exchange, HttpResponseMessage response)
    {
        await using var input = await response.Content.ReadAsStreamAsync(exchange.Clock.Token);
        var error = await RelayAsync(exchange, input);
        if (error is null) await ReadToEndAsync(exchange, input);
        return error;
    }

    /// <summary>
    /// Reads what follows the provider's end marker, usually nothing: a connection serves another request only when its response was read
    /// to the end. The caller does not wait for that, and a provider that takes longer than a moment loses the connection.
    /// </summary>
    private async ValueTask ReadToEndAsync(ChatExchange exchange, Stream input)
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
            // The response is complete all the same.
        }
    }

    /// <summary>The same, for a stream that is at hand.</summary>
    public async ValueTask<GatewayError?> RelayAsync(ChatExchange exchange, Stream input)
    {
        var caller = exchange.Stream!;
        var lane = Lane(exchange, caller);
        try
        {
            using var reader = FrameReaders.Create(exchange.Dialect!.Framing);
            var error = await PumpAsync(exchange, lane, reader, input);
            if (error is not null) return error;
            lane.Complete(caller.Output);
            await caller.FlushAsync();
            return null;
        }
        finally
        {
            exchange.Record.Usage = lane.Usage;
            exchange.Record.Finish = lane.Finish;
            exchange.Record.AnsweredModel = lane.Model;
            exchange.Record.ContentEvents = lane.ContentEvents;
        }
    }

    private static IStreamLane Lane(ChatExchange exchange, CallerStream caller)
    {
        var provider = exchange.Deployment!.Provider;
        if (exchange.IsByteLane)
            return new ByteStreamLane(exchange.FrontDoor.CreateUsageTap(exchange.UsageRules), exchange.Dialect!.Quirks?.CreateEventEdit(), provider, exchange.StreamUsage, exchange.Key);
        return new ConvertedStreamLane(exchange.FrontDoor, exchange.Dialect!, exchange.UsageRules, provider, exchange.ResponseContext(), exchange.Seal, caller.Output, exchange.Losses, exchange.Key);
    }

    /// <summary>
    /// Reads, takes and flushes until the end. One method, since every chunk of every stream waits here: what waits in a
    /// method of its own is allocated per chunk.
    /// </summary>
    private async ValueTask<GatewayError?> PumpAsync(ChatExchange exchange, IStreamLane lane, IFrameReader reader, Stream input)
    {
        var caller = exchange.Stream!;
        var provider = exchange.Deployment!.Provider;
        var reading = false;
        var unbroken = 0;
        try
        {
            while (true)
            {
                reading = true;
                // Waits with an empty read first: a stream that says nothing holds no buffer, and most streams mostly wait.
                reader.ReleaseIdleBuffer();
                var pending = input.ReadAsync(reader.HasRest ? reader.GetMemory() : Memory<byte>.Empty, exchange.Clock.Token);
                var probed = !reader.HasRest;
                int count;
                if (pending.IsCompletedSuccessfully)
                {
                    count = pending.Result;
                    // Nobody makes us wait: let others have this thread now and then.
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
                if (probed) count = await input.ReadAsync(reader.GetMemory(), exchange.Clock.Token);
                reading = false;

                if (count == 0) break;
                reader.Advance(count);
                while (!lane.HasEnded && reader.TryRead(out var item))
                    if (lane.Take(item, caller.Output) is { } error) return KeepThenFail(exchange, error);
                if (lane.ContentEvents > 0) FirstToken(exchange);
                if (lane.HasEnded) return null;
                if (reader.Fault is { } fault) return KeepThenFail(exchange, UpstreamErrors.BrokeOff(provider, fault));
                var flush = caller.FlushAsync();
                if (!flush.IsCompletedSuccessfully)
                {
                    // A slow caller is not the provider's fault.
                    exchange.Clock.Limit(Timeout.InfiniteTimeSpan);
                    await flush;
                    exchange.Clock.Limit(options.FirstTokenTimeout);
                }
                // Until the first content the limit that was set when the request was sent goes on: pings do not move it.
                if (lane.ContentEvents > 0) exchange.Clock.Limit(options.StreamIdleTimeout);
            }
        }
        catch (OperationCanceledException) when (reading && exchange.Clock.TimedOut && !exchange.Clock.CallerGone.IsCancellationRequested)
        {
            return KeepThenFail(exchange, UpstreamErrors.TooSlow(provider));
        }
        catch (Exception e) when (reading && (e is IOException or HttpRequestException))
        {
            return KeepThenFail(exchange, UpstreamErrors.BrokeOff(provider, "broke off before its end"));
        }
        return End(exchange, lane, reader);
    }

    /// <summary>The provider closed its stream: the response may end too, if it is complete.</summary>
    private GatewayError? End(ChatExchange exchange, IStreamLane lane, IFrameReader reader)
    {
        var caller = exchange.Stream!;
        var isCut = false;
        while (!lane.HasEnded && reader.TryReadLast(out var item))
        {
            // An event may lack its blank line, but not a part of its data.
            isCut = !reader.IsWhole(item) && item.HasData && !IsComplete(item.Data.Span);
            if (isCut) break;
            if (lane.Take(item, caller.Output) is { } error) return KeepThenFail(exchange, error);
            EventBoundary.Close(caller.Output);
        }
        if (lane.ContentEvents > 0) FirstToken(exchange);
        if (lane.HasEnded || (lane.IsComplete && !isCut)) return null;
        return KeepThenFail(exchange, UpstreamErrors.BrokeOff(exchange.Deployment!.Provider, "broke off before its end"));
    }

    private static bool IsComplete(ReadOnlySpan<byte> data) =>
        SseEvent.IsBlank(data) || data.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8) || JsonSlice.IsValid(data);

    /// <summary>
    /// Events that arrived before the failure stay in the output and are sent with the error. Before the first flush, the error alone is
    /// the response.
    /// </summary>
    private static GatewayError KeepThenFail(ChatExchange exchange, GatewayError error)
    {
        if (!exchange.Stream!.HasStarted) exchange.Stream.Output.Clear();
        return error;
    }

    private void FirstToken(ChatExchange exchange) =>
        exchange.Record.TimeToFirstToken ??= time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
}
