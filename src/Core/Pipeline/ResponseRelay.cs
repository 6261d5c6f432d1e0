using System.Runtime.InteropServices;
using Nano.Chat;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Streaming;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Forwards a provider's response to the caller. A whole response is gathered first, so that one that breaks off, or that contains an
/// error despite its status, becomes an error response instead of a broken one; then it is forwarded (passthrough) or read and written (conversion).
/// </summary>
internal sealed class ResponseRelay(GatewayOptions options, StreamRelay streams)
{
    /// <summary>Bytes at the end of a large response that go through a small buffer.</summary>
    private const int SmallEnd = 16 * 1024;

    /// <summary>Returns an error that has not been sent to the caller. Raises the same exceptions as <see cref="StreamRelay"/>.</summary>
    public ValueTask<GatewayError?> RelayAsync(Exchange exchange, Attempt attempt, HttpResponseMessage response)
    {
        var streamed = exchange.Stream is not null
            && response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
            && type.ToString().StartsWith(FrameReaders.ContentType(attempt.Dialect.Framing), StringComparison.OrdinalIgnoreCase);
        return streamed ? streams.RelayAsync(exchange, attempt, response) : RelayWholeAsync(exchange, attempt, response);
    }

    private async ValueTask<GatewayError?> RelayWholeAsync(Exchange exchange, Attempt attempt, HttpResponseMessage response)
    {
        GatheredBytes gathered;
        GatewayError? unread;
        exchange.Wait();
        try
        {
            (gathered, unread) = await GatherAsync(exchange, attempt, response);
        }
        finally
        {
            await exchange.ResumeAsync();
        }
        if (unread is not null) return unread;
        try
        {
            // A stream under another content type, which may be binary.
            var isStream = exchange.Stream is not null && exchange.Operation != Operation.TokenCount && FrameReaders.LooksLike(attempt.Dialect.Framing, gathered.Bytes.Span);
            var body = isStream ? gathered.Bytes : ValidText.Of(gathered.Bytes);
            // The thread may be the one that handles all socket I/O: large responses move to another one, as large requests do.
            if (body.Length > ChatPipeline.LargeBody) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (exchange.Operation == Operation.TokenCount) return await TokenCounting.RelayAsync(exchange, attempt, body);
            if (isStream) return await streams.RelayAsync(exchange, attempt, Reading(body));
            if (exchange.Stream is not null) return await AsStreamAsync(exchange, attempt, body);
            return attempt.IsPassthrough ? await PassThroughAsync(exchange, attempt, body) : await ConvertAsync(exchange, attempt, body);
        }
        finally
        {
            gathered.Return();
        }
    }

    private static async ValueTask<GatewayError?> PassThroughAsync(Exchange exchange, Attempt attempt, ReadOnlyMemory<byte> body)
    {
        var provider = attempt.Provider;
        var tap = exchange.Dialect.CreateUsageTap(attempt.Route!.Usage);
        if (tap.TryOnBody(body, provider.Id) is { } unreadable) return unreadable;
        if (tap.Error is { } details) return UpstreamErrors.FromSuccess(provider, details, attempt.Key);
        if (!tap.IsComplete) return NoResponse(attempt, body, "is not what its API documents");
        var record = attempt.Record;
        (record.Usage, record.ResponseModel, record.Finish, record.Finishes) = (tap.Usage, tap.Model, tap.Finish, tap.Finishes);
        if (FilteredResponse.Find(attempt, tap.Finish, body) is { } filtered) return filtered;
        if (exchange.StoredIds(attempt) is { } ids)
        {
            using var named = new JsonOutput(256, exchange.Budget, expected: body.Length + 1024);
            await SendAsync(exchange, attempt, ids.TryReplace(body.Span, tap.Place.Id, named) ? named.Written : body);
            return null;
        }
        if (attempt.Dialect.Quirks is not { EditsResponses: true } quirks)
        {
            await SendAsync(exchange, attempt, body);
            return null;
        }
        using var edited = new JsonOutput(256, exchange.Budget, expected: body.Length + 256);
        await SendAsync(exchange, attempt, quirks.TryEditResponse(body, edited, isForReader: false) ? edited.Written : body);
        return null;
    }

    private static async ValueTask<GatewayError?> ConvertAsync(Exchange exchange, Attempt attempt, ReadOnlyMemory<byte> body)
    {
        using var work = BufferBudget.ForWork(exchange.Budget, body.Span, isEdited: attempt.Dialect.Quirks is { EditsResponses: true });
        var (response, unreadable) = Read(exchange, attempt, body);
        if (unreadable is not null) return unreadable;
        Note(attempt, response!);
        if (FilteredResponse.Find(attempt, response!) is { } filtered) return filtered;
        using var output = new JsonOutput(body.Length + 512, exchange.Budget);
        exchange.Dialect.WriteResponse(response!, exchange.ResponseContext(attempt), output, attempt.Losses);
        await SendAsync(exchange, attempt, output.Written);
        return null;
    }

    /// <summary>A stream was requested and the provider sent a whole response: the caller still gets a stream.</summary>
    private static async ValueTask<GatewayError?> AsStreamAsync(Exchange exchange, Attempt attempt, ReadOnlyMemory<byte> body)
    {
        using var work = BufferBudget.ForWork(exchange.Budget, body.Span, isEdited: attempt.Dialect.Quirks is { EditsResponses: true });
        var (response, unreadable) = Read(exchange, attempt, body);
        if (unreadable is not null) return unreadable;
        Note(attempt, response!);
        if (FilteredResponse.Find(attempt, response!) is { } filtered) return filtered;
        var caller = exchange.Stream!;
        var writer = exchange.Dialect.CreateEventWriter(exchange.ResponseContext(attempt), caller.Output, attempt.Losses);
        ResponseReplay.Tell(response!, writer);
        if (await exchange.SettleAsync(attempt) is { } cost) caller.TellCost(cost, writer.TryTellCost);
        writer.Complete();
        exchange.Commit(attempt);
        await caller.FlushAsync(isLast: true);
        return null;
    }

    private static (ChatResponse? Response, GatewayError? Error) Read(Exchange exchange, Attempt attempt, ReadOnlyMemory<byte> body)
    {
        var provider = attempt.Provider;
        // Before it is read, since state is sealed with a digest of its text. The buffer is the gateway's own.
        if (!attempt.IsPassthrough) JsonEscaping.ReplaceHalves(MemoryMarshal.AsMemory(body).Span);
        var (response, error) = attempt.Dialect.TryReadResponse(body, attempt.Route!.Usage, provider.Id);
        // A body that cannot be read may still be a message and a status.
        if (error is { Kind: GatewayErrorKind.ProviderUnreachable } && NamedError(attempt, body) is { } named) return (null, named);
        if (error is not null) return (null, UpstreamErrors.FromResponse(provider, error, attempt.Key));
        // Valid JSON, but not a response of this API (vertexai-generatecontent-one-basic-1e1c58).
        if (response!.Choices.Count == 0) return (null, NoResponse(attempt, body, "contains no choice"));
        if (!attempt.IsPassthrough) ResponseSealer.Seal(response, attempt.Seal, exchange.Record.RequestId);
        return (response, null);
    }

    /// <summary>The error for a body that is not a response: with the status that the body names (<c>{"detail":"...","status_code":404}</c>), else 502.</summary>
    private static GatewayError NoResponse(Attempt attempt, ReadOnlyMemory<byte> body, string how) =>
        NamedError(attempt, body) ?? UpstreamErrors.BrokeOff(attempt.Provider, how);

    private static GatewayError? NamedError(Attempt attempt, ReadOnlyMemory<byte> body) =>
        attempt.Dialect.ReadError(body.Span) is { Message: not null, Status: not null } details ? UpstreamErrors.FromSuccess(attempt.Provider, details, attempt.Key) : null;

    private static void Note(Attempt attempt, ChatResponse response)
    {
        var record = attempt.Record;
        var finishes = default(ChoiceFinishes);
        foreach (var choice in response.Choices) finishes.Set(choice.Index, choice.Finish);
        (record.Usage, record.Finish, record.Finishes) = (response.Usage, finishes.First, finishes.All);
        record.ResponseModel = response.Model.IsPresent ? response.Model.ToString() : null;
    }

    /// <summary>Sends a whole response with its losses in a header; commits the attempt.</summary>
    internal static async ValueTask SendAsync(Exchange exchange, Attempt attempt, ReadOnlyMemory<byte> body)
    {
        exchange.Commit(attempt);
        var cost = await exchange.SettleAsync(attempt);
        // After a keep-alive, headers can no longer be added: the usage record contains the losses.
        if (!exchange.HasResponseStarted)
        {
            var response = exchange.Context.Response;
            if (cost is not null) response.Headers["x-nano-cost"] = cost;
            response.StatusCode = 200;
            response.ContentType = "application/json";
            response.ContentLength = body.Length;
            if (!attempt.Losses.IsEmpty) response.Headers["x-nano-loss"] = attempt.Losses.ToString();
        }
        exchange.Whole?.BeginContent();
        exchange.Observer?.OnSending(body, isStream: false, isLast: true);
        await CallerWriter.WriteAsync(exchange.Context, body, exchange.Clock);
    }

    private static MemoryStream Reading(ReadOnlyMemory<byte> body) =>
        MemoryMarshal.TryGetArray(body, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(body.ToArray());

    /// <summary>Reads the whole response into one buffer, while keep-alives may fill the caller's silence; after an error, there is nothing to return.</summary>
    internal async ValueTask<(GatheredBytes Body, GatewayError? Error)> GatherAsync(Exchange exchange, Attempt attempt, HttpResponseMessage response)
    {
        var provider = attempt.Provider;
        var announced = response.Content.Headers.ContentLength;
        if (announced > options.MaxResponseBytes) return (default, TooLarge(provider));
        var body = new GatheredBytes(exchange.Budget, announced, believed: LargeBuffers.LargestKept);
        var isWhole = false;
        byte[]? small = null;
        try
        {
            await using var input = await response.Content.ReadAsStreamAsync(exchange.Clock.Token);
            while (true)
            {
                int read;
                // An idle connection keeps the last buffer that it read into: a large one would stay in memory for minutes. So the end of a large
                // response is read into a small buffer, and all of it if its length is not known.
                var direct = body.IsLarge ? (int)Math.Clamp((announced ?? 0) - body.Length - SmallEnd, 0, int.MaxValue) : int.MaxValue;
                if (direct > 0)
                {
                    var memory = body.GetMemory();
                    read = await input.ReadAsync(memory.Length > direct ? memory[..direct] : memory, exchange.Clock.Token);
                    body.Advance(read);
                }
                else
                {
                    small ??= BufferPool.Rent(BufferPool.LargestShared);
                    read = await input.ReadAsync(small, exchange.Clock.Token);
                    body.Append(small.AsSpan(0, read));
                }
                if (read == 0) break;
                if (body.Length > options.MaxResponseBytes) return (default, TooLarge(provider));
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
        }
    }

    private GatewayError TooLarge(Provider provider) =>
        UpstreamErrors.BrokeOff(provider, $"is larger than {options.MaxResponseBytes} bytes ({GatewaySettings.MaxResponseBytes})");
}
