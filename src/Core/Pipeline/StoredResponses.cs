using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Streaming;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Responses that a provider stores: retrieved, listed, cancelled and deleted there, by ids that name their deployment (<see cref="ResponseIds"/>).
/// A provider's own id, of a response that was stored without being requested, is looked up at the providers of which the caller may use every model.
/// Nothing is generated: a response is charged when it is created. That charge is an estimate if the response is generated in the background, and is corrected
/// when the response is retrieved with its usage (<see cref="RetrievedUsage"/>).
/// </summary>
internal sealed class StoredResponses(
    CallerAuthenticator authenticator, Admission admission, GatewayKey gatewayKey, Router router, UpstreamClient client, IDialect dialect, Heartbeat heartbeat,
    Governor governor, GatewayTelemetry telemetry, GatewayOptions options, TimeProvider time)
{
    /// <summary>The part of the path after the id.</summary>
    public const string Whole = "", Cancel = "/cancel", InputItems = "/input_items";

    /// <summary>A placeholder for any model, when only the provider counts.</summary>
    private const string AnyModel = "stored-response";

    private static readonly string[] Forwarded = ["include", "include[]", "stream", "starting_after", "include_obfuscation", "after", "before", "limit", "order"];

    public async Task HandleAsync(HttpContext context, string id, string suffix)
    {
        var started = time.GetTimestamp();
        UsageRecord? record = null;
        using var clock = new RequestClock(heartbeat, context.RequestAborted, context.Abort) { CallerLimit = options.StreamIdleTimeout };
        try
        {
            var (caller, refused) = await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
            if (caller is not null)
                record = new UsageRecord { RequestId = RequestId.Of(context), Dialect = dialect.Name, Caller = caller.Name, StartedAt = time.GetUtcNow(),
                    Operation = "stored_response", Cost = 0 };
            var error = refused ?? admission.Count(caller!) ?? await AdmitAsync(context, caller!, id, suffix, clock, record!);
            if (error is not null) await FailAsync(context, UpstreamErrors.OrCutOff(error, clock), record);
            else if (record is not null) record.Outcome = RequestOutcome.Ok;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            if (record is not null)
                (record.Outcome, record.Error) = (clock.Stopped ? RequestOutcome.Stopped : RequestOutcome.CallerGone, clock.EndedBy ?? RequestClock.CallerLeft);
        }
        finally
        {
            if (record is not null)
            {
                (record.Status, record.Duration) = (CallerResponse.StatusOf(context, record.Outcome), time.GetElapsedTime(started).TotalMilliseconds);
                telemetry.Write(record);
            }
        }
    }

    private async ValueTask FailAsync(HttpContext context, GatewayError error, UsageRecord? record)
    {
        var isStop = error.Kind == GatewayErrorKind.Stopping;
        var hasStarted = context.Response.HasStarted;
        if (record is not null)
        {
            (record.Error, record.ErrorKind) = (error.Code ?? GatewayErrorKinds.Word(error.Kind), error.Kind);
            record.Outcome = isStop ? RequestOutcome.Stopped : hasStarted ? RequestOutcome.Broken : RequestOutcome.Failed;
        }
        if (hasStarted)
        {
            context.Abort();
            return;
        }
        if (isStop) context.Response.Headers.Connection = "close";
        await ErrorWriter.WriteAsync(context, dialect, error);
    }

    private async ValueTask<GatewayError?> AdmitAsync(HttpContext context, Caller caller, string id, string suffix, RequestClock clock, UsageRecord record)
    {
        if (admission.Enter() is { } full) return full;
        if (telemetry.Metrics.MeasuresQueue) record.Queued = Arrival.Waited(context, time);
        try
        {
            return await ServeAsync(context, caller, id, suffix, clock, record);
        }
        catch (BufferBudgetException)
        {
            return Admission.Overloaded;
        }
        finally
        {
            admission.Leave();
        }
    }

    private async ValueTask<GatewayError?> ServeAsync(HttpContext context, Caller caller, string id, string suffix, RequestClock clock, UsageRecord record)
    {
        var reading = await gatewayKey.ReadAsync(context.RequestAborted);
        if (reading.Error is { } noKey) return noKey;
        var (bare, keeper, charge) = ResponseIds.Open(reading.Key!.ReasoningState, id);
        if (!ResponseIds.IsPlain(bare) || (keeper is null && ResponseIds.IsSealed(id))) return Unknown(id);
        var (keepers, refused) = keeper is null ? (Candidates(caller), null) : Keepers(caller, keeper);
        if (refused is not null) return refused;
        GatewayError? error = null;
        foreach (var deployment in keepers)
        {
            (record.Provider, record.Model) = (deployment.Provider.Id, keeper is null ? null : deployment.Model);
            error = await AskAsync(context, deployment, new StoredCall(bare, id, suffix, charge, IsUncharged: keeper is null && caller.Policy is not null), clock);
            // Another provider may have stored it, or another account of this one.
            if (error is null || (keeper is not null && keepers.Count == 1) || !(error.Status is 400 or 404 || error.Kind == GatewayErrorKind.NotConfigured)) return error;
        }
        if (error is { Kind: GatewayErrorKind.ProviderRejected } && keepers.Count == 1) return error;
        // None of the providers that were asked has it.
        if (keeper is null) record.Provider = null;
        return Unknown(id);
    }

    private (IReadOnlyList<Deployment> Keepers, GatewayError? Refused) Keepers(Caller caller, string name)
    {
        var keepers = router.Table.KeepersOf(name);
        return keepers.Count > 0 && caller.Refuse(keepers[0]) is { } refused ? ([], refused) : (keepers, null);
    }

    /// <summary>The providers that speak Responses and of which the caller may use every model: a stored response may be from any model.</summary>
    private List<Deployment> Candidates(Caller caller)
    {
        var candidates = new List<Deployment>();
        var table = router.Table;
        foreach (var provider in table.Providers)
        {
            if (table.MissingAddress(provider) is not null || !caller.MayUseAllOf(provider.Id)) continue;
            candidates.AddRange(table.Deploy(provider, AnyModel).Where(deployment => RouteOf(deployment) is not null));
        }
        return candidates;
    }

    private DeploymentDialect? RouteOf(Deployment deployment) =>
        deployment.Choose(dialect.Name, Operation.Chat, default) is { } route && route.IsPassthroughFor(dialect.Name) ? route : null;

    private async ValueTask<GatewayError?> AskAsync(HttpContext context, Deployment deployment, StoredCall call, RequestClock clock)
    {
        if (RouteOf(deployment) is not { } route) return Unknown(call.Id);
        clock.Limit(options.RequestTimeout);
        try
        {
            return await AskAsync(context, deployment, route, call, clock);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !context.RequestAborted.IsCancellationRequested)
        {
            return UpstreamErrors.BrokeOff(deployment.Provider, "broke off before its end");
        }
        catch (OperationCanceledException) when (clock.TimedOut && !clock.CallerGone.IsCancellationRequested)
        {
            return UpstreamErrors.TooSlow(deployment.Provider);
        }
    }

    /// <summary>Raises what reading the provider's response raises.</summary>
    private async ValueTask<GatewayError?> AskAsync(HttpContext context, Deployment deployment, DeploymentDialect route, StoredCall call, RequestClock clock)
    {
        var key = await deployment.GetKeyAsync(clock.Token);
        if (key.Error is not null) return key.Error;
        using var message = new HttpRequestMessage(new HttpMethod(context.Request.Method), Address(route.Address(stream: false), call, context.Request.Query));
        message.Headers.TryAddWithoutValidation("User-Agent", "nano");
        deployment.Provider.Credentials.Sign(message, BodySplice.Of(ReadOnlyMemory<byte>.Empty), key.Value);
        var outcome = await client.SendAsync(message, deployment.Provider, clock, clock.Token);
        if (outcome.Error is not null) return outcome.Error;
        using var response = outcome.Response!;
        await using var input = await response.Content.ReadAsStreamAsync(clock.Token);
        using var body = new JsonOutput(4096, admission.Buffers);
        var usage = call.Charge is { } row && call.Suffix != InputItems ? new RetrievedUsage(governor, row, deployment, dialect.CreateUsageTap(route.Usage)) : null;
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            // Only responses in the background are streamed again.
            return call.IsUncharged ? Unknown(call.Id) : await RelayAsync(context, deployment.Provider, input, call, usage, clock);
        if (!await GatherAsync(body, input, clock))
            return UpstreamErrors.BrokeOff(deployment.Provider, $"is larger than {options.MaxResponseBytes} bytes ({GatewaySettings.MaxResponseBytes})");
        if (!response.IsSuccessStatusCode)
            return UpstreamErrors.FromStatus(deployment.Provider, (int)response.StatusCode, UpstreamErrors.Details(deployment.Provider, dialect, response, body.WrittenSpan),
                null, key);
        if (call.IsUncharged && IsInBackground(body.Written)) return Unknown(call.Id);
        if (usage is not null) await usage.TakeAsync(body.Written);
        using var output = new JsonOutput(256, admission.Buffers, expected: body.Length + 512);
        StoredIds.Replace(body.WrittenSpan, call.Bare, call.Id, output);
        await JsonResponse.WriteAsync(context, 200, output);
        return null;
    }

    /// <summary>Reads a whole body; false when it is too large.</summary>
    private async ValueTask<bool> GatherAsync(JsonOutput body, Stream input, RequestClock clock)
    {
        for (int read; (read = await input.ReadAsync(body.GetMemory(4096), clock.Token)) > 0;)
        {
            body.Advance(read);
            if (body.Length > options.MaxResponseBytes) return false;
        }
        return true;
    }

    private static bool IsInBackground(ReadOnlyMemory<byte> body)
    {
        try
        {
            return new JsonSlice(body).Member("background"u8).IsTrue;
        }
        catch (JsonException)
        {
            // A body that is not JSON is relayed.
            return false;
        }
    }

    /// <summary>The events of a response that is generated in the background, as they arrive, with the caller's id.</summary>
    private async ValueTask<GatewayError?> RelayAsync(HttpContext context, Provider provider, Stream input, StoredCall call, RetrievedUsage? usage, RequestClock clock)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        using var events = new SseReader(options.MaxResponseBytes, admission.Buffers);
        using var output = new JsonOutput(4096, admission.Buffers);
        while (true)
        {
            clock.Limit(options.StreamIdleTimeout);
            var read = await input.ReadAsync(events.GetMemory(), clock.Token);
            // A write has its own limit.
            clock.Limit(Timeout.InfiniteTimeSpan);
            events.Advance(read);
            while (events.TryRead(out var item) || (read == 0 && events.TryReadLast(out item)))
            {
                usage?.Take(item);
                StoredIds.Replace(item.Raw.Span, call.Bare, call.Id, output);
            }
            if (usage is not null) await usage.ChargeAsync();
            if (events.Fault is { } fault) return UpstreamErrors.BrokeOff(provider, fault);
            await CallerWriter.WriteAsync(context, output.Written, clock);
            output.Clear();
            if (read == 0) return null;
        }
    }

    private static Uri Address(Uri create, StoredCall call, IQueryCollection query)
    {
        var address = new UriBuilder(create);
        address.Path = $"{address.Path}/{call.Bare}{call.Suffix}";
        var members = Forwarded.SelectMany(name => query[name].Select(value => $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value ?? "")}"));
        address.Query = string.Join('&', (address.Query.Length > 1 ? [address.Query[1..]] : Array.Empty<string>()).Concat(members));
        return address.Uri;
    }

    private static GatewayError Unknown(string id) => new(
        GatewayErrorKind.NotFound, 404,
        $"No provider keeps a response '{ModelName.Shown(id)}' for this caller. Only a provider that speaks Responses keeps responses, and 'store' set to true gives them ids that name their deployment.")
    {
        Code = "response_not_found", IsFinal = true,
    };

    /// <summary>A call for one response.</summary>
    /// <param name="Bare">The provider's id.</param>
    /// <param name="Id">The caller's id.</param>
    /// <param name="Suffix">The part of the path after the id.</param>
    /// <param name="Charge">The row that the response is charged in when it is retrieved; null if it was charged when it was created.</param>
    /// <param name="IsUncharged">
    /// The id names no row, but its caller pays for what it uses: a response in the background is not returned by it, since its usage could not be charged.
    /// </param>
    private sealed record StoredCall(string Bare, string Id, string Suffix, ChargedRow? Charge, bool IsUncharged);
}
