using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Nano.Access;
using Nano.Configuration;
using Nano.Errors;
using Nano.Json;
using Nano.Pipeline.Caching;
using Nano.Providers;
using Nano.Routing;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// The only path of a request for a response, for every inbound API:
/// <list type="number">
/// <item>the caller's key is checked (caller --► gateway);</item>
/// <item>the request is admitted, the caller's rate is counted, and the whole body is read, up to a limit, into one buffer;</item>
/// <item>one scan finds the model and whether it is a stream, and proves the body to be JSON;</item>
/// <item>the model's name becomes a route plan of deployments that the caller may use;</item>
/// <item>a cached response is sent, if the caller wants one and there is one;</item>
/// <item>the dispatcher walks the plan until an attempt commits (gateway --► provider --► gateway --► caller);</item>
/// <item>an error that was not sent yet is written in the caller's dialect;</item>
/// <item>one usage record is written.</item>
/// </list>
/// Exactly one usage record is written for every request that passed step 1, whatever its outcome.
/// </summary>
internal sealed partial class ChatPipeline(
    CallerAuthenticator authenticator, Admission admission, Router router, CachedResponses cached, Dispatcher dispatcher, ResponseServices services,
    GatewayTelemetry telemetry, GatewayOptions options, TimeProvider time, ILogger<ChatPipeline> log)
{
    /// <summary>Bytes above which a body is scanned on a pool thread.</summary>
    internal const int LargeBody = 256 * 1024;

    /// <summary>Bytes up to which the host already has an unread body in memory and discards it itself.</summary>
    private const int SmallBody = 64 * 1024;

    private readonly MemoryRelease _release = new(services.Heartbeat);

    /// <summary>Serves one request. Raises nothing: every failure is written, or the caller has left.</summary>
    /// <param name="parameter">The parameter of the path, decoded; empty when the route has none.</param>
    public Task HandleAsync(HttpContext context, ICallerFormat format, string parameter = "", Operation operation = Operation.Chat)
    {
        if (format.RequestIdHeader is { } header) context.Response.Headers[header] = RequestId.Of(context);
        // :: Step 1: who calls
        var check = CheckAsync(context);
        return check.IsCompletedSuccessfully
            ? HandleAsync(context, format, parameter, operation, check.GetAwaiter().GetResult())
            : AwaitedAsync(check);

        async Task AwaitedAsync(ValueTask<CallerCheck> pending) => await HandleAsync(context, format, parameter, operation, await pending);
    }

    private Task HandleAsync(HttpContext context, ICallerFormat format, string parameter, Operation operation, CallerCheck check)
    {
        if (check.Refused is { } refused) return RefuseAsync(context, format, refused);
        var caller = check.Caller!;
        var startedAt = time.GetTimestamp();
        var record = new UsageRecord
        {
            RequestId = RequestId.Of(context),
            Dialect = format.Name,
            Operation = Operations.Word(operation),
            Caller = caller.Name,
            StartedAt = time.GetUtcNow(),
        };
        var span = ExchangeSpan.Begin(telemetry.Options, context.Request.Method, ExchangeSpan.RouteOf(context.Request.Path.Value, parameter), context.Request.Headers.TraceParent,
            context.Request.Headers.TraceState);
        record.TraceId = span?.TraceId;
        return ServeAsync(new Exchange(context, format, parameter, operation, caller, record, startedAt, services) { Span = span, Time = time });
    }

    private async ValueTask<CallerCheck> CheckAsync(HttpContext context)
    {
        try
        {
            return await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The caller left while the gateway's own key was read, so no caller sees this error.
            return new CallerCheck(null, CallerAuthenticator.Unread);
        }
    }

    private async Task ServeAsync(Exchange exchange)
    {
        try
        {
            var error = admission.Enter();
            if (error is null)
            {
                try
                {
                    error = await RunAsync(exchange);
                    if (error is null) exchange.Record.Outcome = RequestOutcome.Ok;
                }
                catch (Exception e)
                {
                    error = ErrorOf(exchange, e);
                }
                finally
                {
                    admission.Leave();
                }
            }
            // Before the caller gets the response: its next request may arrive immediately.
            if (exchange.IsCountedTentatively) admission.Uncount(exchange.Caller);
            // :: Step 7: write the error that was not sent
            if (error is not null) await TellAsync(exchange, error);
        }
        finally
        {
            // :: Step 8: the record, once
            await exchange.DisposeAsync();
            Finish(exchange);
            exchange.Span?.End(exchange.Record);
        }
    }

    /// <returns>Null if the caller has left, which the record then reports.</returns>
    private GatewayError? ErrorOf(Exchange exchange, Exception failure)
    {
        var record = exchange.Record;
        if (exchange.HasCallerLeft(failure))
        {
            // The gateway aborts the connections of callers that do not read the error of a stop.
            (record.Outcome, record.Error) = (exchange.Clock.Stopped ? RequestOutcome.Stopped : RequestOutcome.CallerGone, exchange.Clock.EndedBy ?? RequestClock.CallerLeft);
            return null;
        }
        switch (failure)
        {
            case OperationCanceledException when exchange.Clock.Stopped:
                return GatewayError.CutOff;
            case OutOfMemoryException:
                Log.NoMemory(log, record.RequestId);
                return Admission.Overloaded;
            case BufferBudgetException:
                return Admission.Overloaded;
            case BadHttpRequestException e:
                return new GatewayError(GatewayErrorKind.InvalidRequest, e.StatusCode, "The request could not be read: " + e.Message);
            default:
                Log.Fault(log, failure, record.RequestId);
                return new GatewayError(GatewayErrorKind.Internal, 500, $"The gateway failed. Its log has details under the request id {record.RequestId}.")
                    { Code = "internal_error" };
        }
    }

    private async ValueTask<GatewayError?> RunAsync(Exchange exchange)
    {
        if (telemetry.Metrics.MeasuresQueue) exchange.Record.Queued = Arrival.Waited(exchange.Context, time);
        // :: Step 2: refuse what can be refused without the body, then read the body
        if (admission.Count(exchange.Caller) is { } tooMany) return tooMany;
        exchange.IsCountedTentatively = true;
        exchange.Clock.Limit(options.RequestTimeout);
        var (body, unread) = await RequestBody.ReadAsync(exchange.Context, options.MaxRequestBytes, exchange.Clock, budget: exchange.Budget);
        if (unread is not null) return unread;
        exchange.Own(body);
        exchange.BodyReadAt = time.GetTimestamp();

        // :: Step 3: the envelope. The host may call this on the thread that handles all socket I/O: large bodies move to another one.
        if (exchange.Body.Length > LargeBody) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (exchange.ReadEnvelope() is { } malformed) return malformed;

        if (exchange.Span is { CapturesContent: true } span) ContentCapture.Begin(exchange, span);

        // :: Step 4: the route plan, limited to the deployments that the caller may use
        var (plan, unroutable) = RequestedPlan.Of(router, exchange);
        if (unroutable is not null) return unroutable;
        exchange.IsCountedTentatively = false;

        // :: Step 5: the cache, for the few requests that ask for it
        if (CacheWish.IsPossible(exchange.Caller, exchange.Header(CacheWish.Header)))
        {
            var (isServed, refused) = await cached.ServeAsync(exchange, plan!);
            if (isServed) return refused;
        }

        // :: Step 6: attempts
        if (TokenCounting.NeedsEstimate(exchange, plan![0], null)) return await TokenCounting.EstimateAsync(exchange, plan[0]);
        var error = await dispatcher.RunAsync(exchange, plan);
        return error is not null && TokenCounting.NeedsEstimate(exchange, plan[0], error) ? await TokenCounting.EstimateAsync(exchange, plan[0]) : error;
    }

    private async ValueTask TellAsync(Exchange exchange, GatewayError error)
    {
        exchange.Release();
        await FailAsync(exchange, error);
        var request = exchange.Context.Request;
        if (error.Kind is GatewayErrorKind.Overloaded or GatewayErrorKind.TooManyRequests && exchange.IsBodyUnread && request.ContentLength is not <= SmallBody)
            await RequestBody.DiscardAsync(exchange.Context, exchange.Clock);
    }

    private async ValueTask FailAsync(Exchange exchange, GatewayError error)
    {
        var record = exchange.Record;
        (record.Error, record.ErrorKind) = (error.Code ?? GatewayErrorKinds.Word(error.Kind), error.Kind);
        var isStop = error.Kind == GatewayErrorKind.Stopping;
        var context = exchange.Context;
        try
        {
            if (!exchange.HasResponseStarted)
            {
                record.Outcome = isStop ? RequestOutcome.Stopped : RequestOutcome.Failed;
                if (isStop) context.Response.Headers.Connection = "close";
                exchange.WriteHeaders();
                await ErrorWriter.WriteAsync(context, exchange.Dialect, error);
                return;
            }
            record.Outcome = isStop ? RequestOutcome.Stopped : RequestOutcome.Broken;
            if (exchange.Response is not { TakesErrors: true } response)
            {
                // A part of a whole response has been sent: the caller must see that it is not complete.
                context.Abort();
                return;
            }
            await response.WriteErrorAsync(error);
            record.Duration = time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
            if (!response.EndsWithError) await ResponseAbort.RunAsync(context, time, options.StreamIdleTimeout);
        }
        catch (Exception e) when (exchange.HasCallerLeft(e))
        {
            if (record.Outcome != RequestOutcome.Stopped) record.Outcome = RequestOutcome.CallerGone;
        }
    }

    private async Task RefuseAsync(HttpContext context, ICallerFormat format, GatewayError error)
    {
        try
        {
            await ErrorWriter.WriteAsync(context, format.Dialect, error);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            Log.CallerGone(log);
        }
    }

    private void Finish(Exchange exchange)
    {
        var record = exchange.Record;
        record.Status = CallerResponse.StatusOf(exchange.Context, record.Outcome);
        // Already set if the connection outlives the response: a failed stream lingers, and a provider is read to its end.
        if (record.Duration == 0) record.Duration = time.GetElapsedTime(exchange.StartedAt).TotalMilliseconds;
        if (exchange.Attempt is { } attempt)
        {
            record.Take(attempt.Record);
            if (record.Usage is { } usage) record.Cost = attempt.Deployment.PricesOf(record.AnsweredModel)?.Cost(usage, record.StartedAt, usage.ServiceTier);
            // What a background response is charged when it is created is an estimate.
            if (record.Usage is not null || !exchange.Envelope.IsBackground) record.Cost ??= attempt.Record.Charged;
            record.ListedModel = attempt.Deployment.ListedName;
            record.ListedAnsweredModel = attempt.Deployment.ListedNameOf(record.AnsweredModel);
            if (!attempt.Losses.IsEmpty) record.Losses = attempt.Losses.ToString();
        }
        // Providers count tokens for free, and the gateway's own estimate asks none.
        if (exchange.Operation == Operation.TokenCount) record.Cost = 0;
        exchange.Observer?.OnEnd(record);
        telemetry.Write(record);
        _release.AfterRequest();
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Error, "Request {RequestId} failed inside the gateway.")]
        public static partial void Fault(ILogger logger, Exception exception, string requestId);

        [LoggerMessage(11, LogLevel.Debug, "A refused caller left before its error was written.")]
        public static partial void CallerGone(ILogger logger);

        [LoggerMessage(12, LogLevel.Error,
            "Request {RequestId} was refused: the process has no memory left. Lower MAX_BUFFERED_BYTES or MAX_CONCURRENT_REQUESTS, or give it more memory.")]
        public static partial void NoMemory(ILogger logger, string requestId);
    }
}
