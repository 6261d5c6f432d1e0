using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Reasoning;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Endpoints;

/// <summary>
/// Passes a whole answer on: verbatim on the byte lane, else read and written. It is gathered first, so that an answer
/// that breaks off or is an error in disguise becomes an error answer and not a broken one.
/// </summary>
internal static class ResponseRelay
{
    private const int MaxBytes = 256 * 1024 * 1024;
    private const int FirstBuffer = 4 * 1024 * 1024;

    /// <summary>The result is an error that the caller has not been told. Raises as <see cref="StreamRelay"/> does.</summary>
    /// <param name="streams">Takes over when the answer turns out to be a stream.</param>
    public static async ValueTask<GatewayError?> RelayAsync(ChatExchange exchange, HttpResponseMessage response, StreamRelay streams)
    {
        var provider = exchange.Deployment!.Provider;
        var (buffer, length, unread) = await GatherAsync(exchange, response);
        try
        {
            if (unread is not null) return unread;
            var body = buffer.AsMemory(0, length);
            // The thread may be the one that moves all sockets' bytes: big answers leave it, as big requests do.
            if (length > ChatEndpoint.LargeBody) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (exchange.Stream is not null)
                return FrameReaders.LooksLike(exchange.Dialect!.Framing, body.Span)
                    ? await streams.RelayAsync(exchange, new MemoryStream(buffer, 0, length, writable: false))
                    : await AsStreamAsync(exchange, body);
            return exchange.IsByteLane ? await VerbatimAsync(exchange, body) : await ConvertedAsync(exchange, body);
        }
        finally
        {
            BufferPool.Return(buffer);
        }

        async ValueTask<GatewayError?> VerbatimAsync(ChatExchange exchange, ReadOnlyMemory<byte> body)
        {
            var tap = exchange.FrontDoor.CreateUsageTap(exchange.UsageRules);
            if (tap.TryOnBody(body, provider.Id) is { } unreadable) return unreadable;
            if (tap.Error is { } details) return UpstreamErrors.FromSuccess(provider, details, exchange.Key);
            if (!tap.IsComplete) return UpstreamErrors.BrokeOff(provider, "is not what its API documents");
            exchange.Record.Usage = tap.Usage;
            exchange.Record.Finish = tap.Finish;
            exchange.Record.AnsweredModel = tap.Model;
            if (exchange.Dialect!.Quirks is not { } quirks)
            {
                await SendAsync(exchange, body);
                return null;
            }
            using var edited = new JsonOutput();
            await SendAsync(exchange, quirks.TryEditAnswer(body, edited) ? edited.Written : body);
            return null;
        }

        async ValueTask<GatewayError?> ConvertedAsync(ChatExchange exchange, ReadOnlyMemory<byte> body)
        {
            var (answer, unreadable) = Read(exchange, body);
            if (unreadable is not null) return unreadable;
            using var output = new JsonOutput(body.Length + 512);
            exchange.FrontDoor.WriteResponse(answer!, exchange.ResponseContext(), output, exchange.Losses);
            Note(exchange, answer!);
            await SendAsync(exchange, output.Written);
            return null;
        }
    }

    /// <summary>A stream was asked for and the provider answered whole: the caller still gets a stream.</summary>
    private static async ValueTask<GatewayError?> AsStreamAsync(ChatExchange exchange, ReadOnlyMemory<byte> body)
    {
        var (answer, unreadable) = Read(exchange, body);
        if (unreadable is not null) return unreadable;
        Note(exchange, answer!);
        var caller = exchange.Stream!;
        var writer = exchange.FrontDoor.CreateEventWriter(exchange.ResponseContext(), caller.Output, exchange.Losses);
        ResponseReplay.Tell(answer!, writer);
        writer.Complete();
        await caller.FlushAsync();
        return null;
    }

    private static (ChatResponse? Answer, GatewayError? Error) Read(ChatExchange exchange, ReadOnlyMemory<byte> body)
    {
        var provider = exchange.Deployment!.Provider;
        var (answer, error) = exchange.Dialect!.TryReadResponse(body, exchange.UsageRules, provider.Id);
        if (error is not null) return (null, UpstreamErrors.FromAnswer(provider, error, exchange.Key));
        // Valid JSON, but the answer of something else (vertexai-generatecontent-one-basic-1e1c58).
        if (answer!.Choices.Count == 0) return (null, UpstreamErrors.BrokeOff(provider, "holds no answer"));
        if (!exchange.IsByteLane) AnswerSealer.Seal(answer, exchange.Seal, exchange.Id);
        return (answer, null);
    }

    private static void Note(ChatExchange exchange, ChatResponse answer)
    {
        exchange.Record.Usage = answer.Usage;
        exchange.Record.Finish = answer.Choices[0].Finish;
        exchange.Record.AnsweredModel = answer.Model.IsPresent ? answer.Model.ToString() : null;
    }

    private static async ValueTask SendAsync(ChatExchange exchange, ReadOnlyMemory<byte> body)
    {
        var response = exchange.Context.Response;
        response.StatusCode = 200;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (!exchange.Losses.IsEmpty) response.Headers["x-nano-loss"] = exchange.Losses.ToString();
        await CallerWriter.WriteAsync(exchange.Context, body, exchange.Clock);
    }

    private static async ValueTask<(byte[] Buffer, int Length, GatewayError? Error)> GatherAsync(ChatExchange exchange, HttpResponseMessage response)
    {
        var provider = exchange.Deployment!.Provider;
        var announced = response.Content.Headers.ContentLength ?? 4095;
        if (announced > MaxBytes) return ([], 0, UpstreamErrors.BrokeOff(provider, "is too large"));
        // One byte more than announced, so that the end is seen without growing.
        var buffer = BufferPool.Rent((int)Math.Min(announced, FirstBuffer) + 1);
        var length = 0;
        // While a stream was asked for, comments fill the silence.
        exchange.Stream?.Pause();
        try
        {
            await using var input = await response.Content.ReadAsStreamAsync(exchange.Clock.Token);
            for (int read; (read = await input.ReadAsync(buffer.AsMemory(length), exchange.Clock.Token)) > 0;)
            {
                length += read;
                if (length > MaxBytes) return (buffer, 0, UpstreamErrors.BrokeOff(provider, "is too large"));
                if (length < buffer.Length) continue;
                var larger = BufferPool.Rent(length * 2);
                buffer.AsSpan(0, length).CopyTo(larger);
                BufferPool.Return(buffer);
                buffer = larger;
            }
            return (buffer, length, null);
        }
        catch (OperationCanceledException) when (exchange.Clock.TimedOut && !exchange.Clock.CallerGone.IsCancellationRequested)
        {
            return (buffer, 0, UpstreamErrors.TooSlow(provider));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return (buffer, 0, UpstreamErrors.BrokeOff(provider, "broke off before its end"));
        }
        catch
        {
            BufferPool.Return(buffer);
            throw;
        }
        finally
        {
            if (exchange.Stream is { } caller) await caller.ResumeAsync();
        }
    }
}
