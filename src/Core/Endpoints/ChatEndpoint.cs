using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Access;
using Nano.Dialects;
using Nano.Errors;
using Nano.Routing;
using Nano.Streaming;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Endpoints;

/// <summary>
/// The one path of a chat request, whatever the front door:
/// <list type="number">
/// <item>the caller's key is checked and a place is taken (caller --► gateway);</item>
/// <item>the body is read whole, capped, into one pooled buffer;</item>
/// <item>one scan finds model and stream and proves the body to be JSON;</item>
/// <item>the model's name becomes a deployment that the caller may use;</item>
/// <item>the body is spliced (same dialect) or read and written (another), and the provider's key is found (gateway --► provider);</item>
/// <item>it is sent, and what comes back is classified (provider --► gateway);</item>
/// <item>the answer is relayed, as bytes or converted, whole or event by event (gateway --► caller);</item>
/// <item>an error that was not told yet is written in the caller's dialect;</item>
/// <item>one usage record is written, whatever happened.</item>
/// </list>
/// </summary>
internal sealed partial class ChatEndpoint(
    CallerAuthenticator authenticator, GatewayKey gatewayKey, Admission admission, Router router, Dispatcher dispatcher, StreamRelay streams,
    Heartbeat heartbeat, GatewayTelemetry telemetry, GatewayOptions options, TimeProvider time, ILogger<ChatEndpoint> log)
{
    /// <summary>Bytes above which a body is scanned on a pool thread.</summary>
    internal const int LargeBody = 256 * 1024;

    private const string IdAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Serves one request of the dialect <paramref name="frontDoor"/>. Raises nothing: every failure is told or the caller is gone.</summary>
    public async Task HandleAsync(HttpContext context, IDialect frontDoor)
    {
        // :: Step 1: who is it, and is there room
        var check = await CheckAsync(context);
        if (check.Refused is { } refused)
        {
            await TellAsync(context, frontDoor, refused);
            return;
        }
        if (admission.Enter() is { } full)
        {
            await TellAsync(context, frontDoor, full);
            return;
        }
        try
        {
            await ServeAsync(context, frontDoor, check.Caller!);
        }
        finally
        {
            admission.Leave();
        }
    }

    private async ValueTask<CallerCheck> CheckAsync(HttpContext context)
    {
        try
        {
            return await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The caller has left while the gateway's own key was read; what is written now reaches nobody.
            return new CallerCheck(null, CallerAuthenticator.Unread);
        }
    }

    private async Task ServeAsync(HttpContext context, IDialect frontDoor, Caller caller)
    {
        var id = Random.Shared.GetString(IdAlphabet, 24);
        var record = new UsageRecord { RequestId = id, Dialect = frontDoor.Name, Caller = caller.Name, StartedAt = time.GetUtcNow() };
        var exchange = new ChatExchange(context, frontDoor, id, time.GetTimestamp(), new RequestClock(heartbeat, context.RequestAborted), record) { Caller = caller };
        context.Response.Headers["x-request-id"] = id;
        GatewayError? error;
        try
        {
            error = await RunAsync(exchange);
            if (error is null) record.Outcome = RequestOutcome.Ok;
        }
        catch (Exception e) when (IsCallerGone(exchange, e))
        {
            error = null;
            record.Outcome = RequestOutcome.CallerGone;
            record.Error = "client_closed_request";
        }
        catch (BadHttpRequestException e)
        {
            error = new GatewayError(GatewayErrorKind.InvalidRequest, e.StatusCode, "The request could not be read: " + e.Message);
        }
        catch (Exception e)
        {
            Log.Fault(log, e, id);
            error = new GatewayError(GatewayErrorKind.Internal, 500, $"The gateway failed. Its log tells more under the request id {id}.") { Code = "internal_error" };
        }
        try
        {
            // :: Step 8: tell what was not told
            if (error is not null) await FailAsync(exchange, exchange.RefusedKey is { } former ? UpstreamErrors.Without(error, former) : error);
        }
        finally
        {
            // :: Step 9: the record, once
            await exchange.DisposeAsync();
            Finish(exchange);
        }
    }

    private async ValueTask<GatewayError?> RunAsync(ChatExchange exchange)
    {
        // :: Step 2: the body
        exchange.Clock.Limit(options.RequestTimeout);
        var (body, unread) = await RequestBody.ReadAsync(exchange.Context, options.MaxRequestBytes, exchange.Clock);
        if (unread is not null) return unread;
        exchange.Own(body);

        // :: Step 3: the envelope. The host may run us on the thread that moves all sockets' bytes: big bodies leave it.
        if (exchange.Body.Length > LargeBody) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (Envelope.TryRead(exchange.Body, out var envelope) is { } malformed) return malformed;
        exchange.Envelope = envelope;
        exchange.StreamUsage = envelope.StreamUsage;
        exchange.Record.Stream = envelope.Stream;
        if (!envelope.Model.HasValue) return GatewayError.Invalid("'model' is missing. Name one as 'provider/model', or see GET /v1/models.", "model", "missing_required_parameter");

        // :: Step 4: the deployment, and whether its caller may use it
        var (deployment, unknown) = router.Resolve(envelope.Model.ToString(), exchange.Caller.IsOwner);
        if (unknown is not null) return unknown;
        exchange.GoTo(deployment!);
        exchange.Record.Provider = deployment!.Provider.Id;
        exchange.Record.Model = deployment.Model;
        exchange.Record.UpstreamDialect = exchange.Dialect!.Name;
        if ((exchange.Caller.Refuse(deployment) ?? admission.Count(exchange.Caller)) is { } notAllowed) return notAllowed;
        exchange.Clock.Limit(envelope.Stream ? options.FirstTokenTimeout : options.RequestTimeout);

        // :: Step 5: the provider's request, and its key
        if (!exchange.IsByteLane)
        {
            var gateway = await gatewayKey.ReadAsync(exchange.Clock.Token);
            if (gateway.Error is not null) return gateway.Error;
            exchange.StateKey = gateway.Key!.ReasoningState;
        }
        if (Dispatcher.Write(exchange, out var request) is { } unsayable) return unsayable;
        // Behind the request, so that what it would lose is told without a key, too.
        var key = await deployment.GetKeyAsync(exchange.Clock.Token);
        if (key.Error is not null) return key.Error;
        exchange.Key = key.Value;

        // :: Step 6: there and back
        var (response, refused) = await SendAsync(exchange, request);
        if (refused is not null) return refused;
        exchange.ReleaseRequest();
        // A stream may stay open for minutes: what was sent need not stay with it.
        response!.RequestMessage = null;

        // :: Step 7: the answer
        using (response)
        {
            var streamed = exchange.Stream is not null
                && response!.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
                && type.ToString().StartsWith(FrameReaders.ContentType(exchange.Dialect!.Framing), StringComparison.OrdinalIgnoreCase);
            return streamed ? await streams.RelayAsync(exchange, response!) : await ResponseRelay.RelayAsync(exchange, response!, streams);
        }
    }

    /// <summary>Sends, and for a stream lets comments fill the silence until the provider answers.</summary>
    private async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> SendAsync(ChatExchange exchange, BodySplice request)
    {
        if (!exchange.Envelope.Stream) return await dispatcher.SendAsync(exchange, request);
        var caller = exchange.Stream = new CallerStream(exchange.Context, heartbeat, exchange.Losses, options.KeepAlive);
        caller.Pause();
        try
        {
            return await dispatcher.SendAsync(exchange, request);
        }
        finally
        {
            await caller.ResumeAsync();
        }
    }

    private async ValueTask FailAsync(ChatExchange exchange, GatewayError error)
    {
        var record = exchange.Record;
        (record.Error, record.ErrorKind) = (error.Code ?? GatewayErrorKinds.Word(error.Kind), error.Kind);
        try
        {
            if (!exchange.Context.Response.HasStarted)
            {
                record.Outcome = RequestOutcome.Failed;
                await ErrorWriter.WriteAsync(exchange.Context, exchange.FrontDoor, error);
                return;
            }
            record.Outcome = RequestOutcome.Broken;
            if (exchange.Stream is not { } stream)
            {
                // A whole answer has begun with its length announced: the caller must see that it is not whole.
                exchange.Context.Abort();
                return;
            }
            exchange.FrontDoor.WriteStreamError(error, stream.Output);
            await stream.FlushAsync(exchange.Clock.CallerGone);
        }
        catch (Exception e) when (IsCallerGone(exchange, e))
        {
            record.Outcome = RequestOutcome.CallerGone;
        }
    }

    private async ValueTask TellAsync(HttpContext context, IDialect frontDoor, GatewayError error)
    {
        try
        {
            await ErrorWriter.WriteAsync(context, frontDoor, error);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            Log.CallerGone(log);
        }
    }

    private void Finish(ChatExchange exchange)
    {
        var record = exchange.Record;
        record.Status = record.Outcome == RequestOutcome.CallerGone && !exchange.Context.Response.HasStarted ? 499 : exchange.Context.Response.StatusCode;
        record.Duration = time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
        if (record.Usage is { } usage) record.Cost = exchange.Deployment?.Info?.Prices?.Cost(usage, record.StartedAt, usage.ServiceTier);
        record.IsKnownModel = exchange.Deployment?.Info is not null;
        if (!exchange.Losses.IsEmpty) record.Losses = exchange.Losses.ToString();
        telemetry.Write(record);
    }

    private static bool IsCallerGone(ChatExchange exchange, Exception e) =>
        e is OperationCanceledException or IOException or ConnectionAbortedException or ObjectDisposedException
        && exchange.Clock.CallerGone.IsCancellationRequested
        || e is ConnectionResetException;

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Error, "Request {RequestId} failed inside the gateway.")]
        public static partial void Fault(ILogger logger, Exception exception, string requestId);

        [LoggerMessage(11, LogLevel.Debug, "A refused caller left before it was told.")]
        public static partial void CallerGone(ILogger logger);
    }
}
