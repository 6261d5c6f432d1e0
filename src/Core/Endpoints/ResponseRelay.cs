using System.Runtime.InteropServices;
using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Endpoints;

/// <summary>
/// Passes a whole answer on: verbatim on the byte lane, else read and written. It is gathered first, so that an answer
/// that breaks off or is an error in disguise becomes an error answer and not a broken one.
/// </summary>
internal static class ResponseRelay
{
    /// <summary>The result is an error that the caller has not been told. Raises as <see cref="StreamRelay"/> does.</summary>
    /// <param name="maxBytes">A larger answer is an error.</param>
    /// <param name="streams">Takes over when the answer turns out to be a stream.</param>
    public static async ValueTask<GatewayError?> RelayAsync(ChatExchange exchange, HttpResponseMessage response, int maxBytes, StreamRelay streams)
    {
        var provider = exchange.Deployment!.Provider;
        var (gathered, unread) = await GatherAsync(exchange, response, maxBytes);
        if (unread is not null) return unread;
        try
        {
            var body = gathered.Bytes;
            // The thread may be the one that moves all sockets' bytes: big answers leave it, as big requests do.
            if (body.Length > ChatEndpoint.LargeBody) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (exchange.Stream is not null)
                return FrameReaders.LooksLike(exchange.Dialect!.Framing, body.Span)
                    ? await streams.RelayAsync(exchange, Reading(body))
                    : await AsStreamAsync(exchange, body);
            return exchange.IsByteLane ? await VerbatimAsync(exchange, body) : await ConvertedAsync(exchange, body);
        }
        finally
        {
            gathered.Return();
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
            using var edited = new JsonOutput(256, exchange.Budget, expected: body.Length + 256);
            await SendAsync(exchange, quirks.TryEditAnswer(body, edited) ? edited.Written : body);
            return null;
        }

        async ValueTask<GatewayError?> ConvertedAsync(ChatExchange exchange, ReadOnlyMemory<byte> body)
        {
            using var work = BufferBudget.ForWork(exchange.Budget, body.Span, isEdited: exchange.Dialect!.Quirks is not null);
            var (answer, unreadable) = Read(exchange, body);
            if (unreadable is not null) return unreadable;
            using var output = new JsonOutput(body.Length + 512, exchange.Budget);
            exchange.FrontDoor.WriteResponse(answer!, exchange.ResponseContext(), output, exchange.Losses);
            Note(exchange, answer!);
            await SendAsync(exchange, output.Written);
            return null;
        }
    }

    /// <summary>A stream was asked for and the provider answered whole: the caller still gets a stream.</summary>
    private static async ValueTask<GatewayError?> AsStreamAsync(ChatExchange exchange, ReadOnlyMemory<byte> body)
    {
        using var work = BufferBudget.ForWork(exchange.Budget, body.Span, isEdited: exchange.Dialect!.Quirks is not null);
        var (answer, unreadable) = Read(exchange, body);
        if (unreadable is not null) return unreadable;
        Note(exchange, answer!);
        var caller = exchange.Stream!;
        var writer = exchange.FrontDoor.CreateEventWriter(exchange.ResponseContext(), caller.Output, exchange.Losses);
        ResponseReplay.Tell(answer!, writer);
        writer.Complete();
        await caller.FlushAsync(exchange.Clock.CallerGone);
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
        await CallerWriter.WriteAsync(response.BodyWriter, body, exchange.Clock.CallerGone);
    }

    private static MemoryStream Reading(ReadOnlyMemory<byte> body) =>
        MemoryMarshal.TryGetArray(body, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(body.ToArray());

    /// <summary>The whole answer in one buffer; with an error, nothing is left to give back.</summary>
    private static async ValueTask<(GatheredBytes Body, GatewayError? Error)> GatherAsync(ChatExchange exchange, HttpResponseMessage response, int maxBytes)
    {
        var provider = exchange.Deployment!.Provider;
        var announced = response.Content.Headers.ContentLength;
        if (announced > maxBytes) return (default, TooLarge(provider, maxBytes));
        var body = new GatheredBytes(exchange.Budget, announced);
        var isWhole = false;
        byte[]? small = null;
        // While a stream was asked for, comments fill the silence.
        exchange.Stream?.Pause();
        try
        {
            await using var input = await response.Content.ReadAsStreamAsync(exchange.Clock.Token);
            while (true)
            {
                int read;
                if (!body.IsLarge)
                {
                    read = await input.ReadAsync(body.GetMemory(), exchange.Clock.Token);
                    body.Advance(read);
                }
                else
                {
                    // A connection holds the last memory that it read into while it is idle: a large answer would stay for minutes.
                    small ??= BufferPool.Rent(BufferPool.LargestShared);
                    read = await input.ReadAsync(small, exchange.Clock.Token);
                    body.Append(small.AsSpan(0, read));
                }
                if (read == 0) break;
                if (body.Length > maxBytes) return (default, TooLarge(provider, maxBytes));
            }
            body.Join();
            isWhole = true;
            return (body, null);
        }
        catch (OperationCanceledException) when (exchange.Clock.TimedOut && !exchange.Clock.CallerGone.IsCancellationRequested)
        {
            return (default, UpstreamErrors.TooSlow(provider));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return (default, UpstreamErrors.BrokeOff(provider, "broke off before its end"));
        }
        finally
        {
            if (!isWhole) body.Return();
            if (small is not null) BufferPool.Return(small);
            if (exchange.Stream is { } caller) await caller.ResumeAsync();
        }
    }

    private static GatewayError TooLarge(IProvider provider, int maxBytes) =>
        UpstreamErrors.BrokeOff(provider, $"is larger than {maxBytes} bytes ({GatewaySettings.MaxResponseBytes})");
}
