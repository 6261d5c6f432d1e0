using System.Net;
using Nano.Dialects;
using Nano.Errors;
using Nano.Providers;
using Nano.Routing;
using Nano.Routing.Health;

namespace Nano.Upstream;

/// <summary>
/// Walks a route plan (<see cref="PlanWalk"/>) until one attempt commits. The steps of each attempt:
/// <list type="number">
/// <item>the deployment's dialect is chosen for this request;</item>
/// <item>the body is spliced (passthrough) or converted, and the provider's key is looked up (gateway --► provider);</item>
/// <item>it is sent, and the result is classified (provider --► gateway);</item>
/// <item>a successful response is sent to the caller, which commits the attempt.</item>
/// </list>
/// Within an attempt, a request that never reached the provider is sent once more; one that may have reached it is not, since it may
/// have been served. A request whose key was refused was not served: it is sent once more when there is a newer key.
/// </summary>
internal sealed class Dispatcher(UpstreamClient client, AttemptLimits limits, TimeProvider time, Random random)
{
    /// <summary>
    /// Returns an error that has not been sent to the caller. Raises only <see cref="OperationCanceledException"/>, when the caller has
    /// left, and what writing to the caller raises.
    /// </summary>
    public ValueTask<GatewayError?> RunAsync(DispatchRequest request, RoutePlan plan) =>
        plan.Count == 1 && ReferenceEquals(plan.Rules, PlanRules.None) ? TryAsync(request, new Attempt(request, plan[0], isLast: true), limits) : WalkAsync(request, plan);

    /// <summary>One method with a loop: each asynchronous method that waits for the provider costs every request its state and a continuation.</summary>
    private async ValueTask<GatewayError?> WalkAsync(DispatchRequest request, RoutePlan plan)
    {
        if (plan.Cooldowns is { } cooldowns) await cooldowns.RefreshAsync();
        plan = await StateAffinity.ApplyAsync(request, plan);
        var walk = new PlanWalk(plan, time, random);
        Attempt? former = null;
        GatewayError? error = null;
        try
        {
            while (true)
            {
                var move = walk.Next();
                if (move.IsProbe && !await move.Step!.Health!.ClaimAsync(move.Pass))
                {
                    walk.Skip(move.Step);
                    continue;
                }
                if (move.Kind == PlanMoveKind.End) return error is null ? PlanErrors.AllDown(walk, time) : PlanErrors.AllFailed(error, request.Attempts, walk.Skipped);
                if (former is not null) request.Clock.Restart();
                if (move.Kind == PlanMoveKind.Wait)
                {
                    await PauseAsync(request, move.Delay);
                    continue;
                }
                // A provider generates a background response to its end, even if the attempt loses the race.
                if (plan.Rules.HedgeAfter is not null && !walk.IsLast && request.Operation != Operation.Embeddings && !request.Envelope.IsBackground)
                {
                    (former, error) = await new Race(this, request, plan, walk, time).RunAsync(move, former?.Content);
                    if (error is null || former!.IsCommitted || request.Clock.Stopped) return error;
                    continue;
                }
                former = new Attempt(request, move.Step!.Deployment, walk.IsLast, former?.Content)
                    { Pace = plan.Rules.Pace, HandsOverRefusals = walk.HasFallback(FailureClass.ContentFilter) };
                if (move.Step.Health is { } tracked) Track(former, tracked, move.Pass);
                // What the deployment's health learns of an exception: nothing.
                var failure = new Failure(FailureClass.Gateway, null, MayBeServed: false);
                try
                {
                    error = await TryAsync(request, former, LimitsOf(plan, walk));
                    failure = error is null ? default : FailureOf(former, error, time.GetUtcNow());
                }
                finally
                {
                    move.Step.Health?.Leave(move.Pass, LearnedFrom(former, failure.Class), failure.RetryAfter);
                }
                if (error is null || former.IsCommitted || request.Clock.Stopped) return error;
                walk.Fail(move.Step, failure);
            }
        }
        finally
        {
            if (walk.Skipped is { } skipped) request.NoteSkipped(skipped);
        }
    }

    /// <summary>The deployment's health learns when the attempt commits.</summary>
    private void Track(Attempt attempt, DeploymentHealth health, BreakerPass pass)
    {
        var started = time.GetTimestamp();
        attempt.Committed = () => health.Commit(pass, time.GetElapsedTime(started));
    }

    private async ValueTask<GatewayError?> TryAsync(DispatchRequest request, Attempt attempt, AttemptLimits own)
    {
        request.Begin(attempt);
        var started = time.GetTimestamp();
        try
        {
            GatewayError? error;
            if (request.Operation == Operation.Embeddings) error = await EmbedAsync(request, attempt, own);
            else
            {
                (var body, error) = await PrepareAsync(request, attempt, own);
                HttpResponseMessage? response = null;
                if (error is null) (response, error) = await SendAsync(request, attempt, body, keepsAlive: true);
                if (response is not null) error = await RelayAsync(request, attempt, response);
            }
            return error is null ? null : Failed(attempt, error);
        }
        finally
        {
            await request.CloseAsync(attempt);
            attempt.Record.Duration = time.GetElapsedTime(started).TotalMilliseconds;
            attempt.Dispose();
        }
    }

    /// <summary>Classifies and records the error of an attempt, and removes its keys from it.</summary>
    internal static GatewayError Failed(Attempt attempt, GatewayError error)
    {
        error = UpstreamErrors.OrCutOff(error, attempt.Request.Clock);
        if (attempt.RefusedKey is { } former) error = UpstreamErrors.Without(error, former);
        var record = attempt.Record;
        (record.Error, record.ErrorKind, record.Failure) = (error.Code ?? GatewayErrorKinds.Word(error.Kind), error.Kind, FailureTable.Classify(error));
        return error;
    }

    /// <summary>The limits of an attempt that starts now.</summary>
    internal AttemptLimits LimitsOf(RoutePlan plan, PlanWalk walk)
    {
        var own = plan.Rules.Limits;
        return new AttemptLimits(Least(own.FirstToken ?? limits.FirstToken, walk.Left), Least(own.Attempt ?? limits.Request, walk.Left));

        static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }

    /// <summary>Waits before the plan is walked again. Raises if the caller leaves or the process stops in the meantime.</summary>
    private async ValueTask PauseAsync(DispatchRequest request, TimeSpan delay)
    {
        request.Clock.Limit(Timeout.InfiniteTimeSpan);
        request.Wait();
        try
        {
            await Task.Delay(delay, time, request.Clock.Token);
        }
        finally
        {
            await request.ResumeAsync();
        }
    }

    /// <summary>A response that broke off, and one that never came, may have been generated and charged nevertheless.</summary>
    internal static Failure FailureOf(Attempt attempt, GatewayError error, DateTimeOffset now) =>
        new(attempt.Record.Failure, RetryAfter.Parse(error.RetryAfter, now), !attempt.IsUnsent
        && error.Kind is GatewayErrorKind.ProviderTimeout or GatewayErrorKind.ProviderUnreachable);

    /// <summary>A time limit that passed before the request was sent tells nothing about the deployment.</summary>
    internal static FailureClass LearnedFrom(Attempt attempt, FailureClass failure) => failure == FailureClass.Timeout && attempt.IsUnsent ? FailureClass.Gateway : failure;

    /// <summary>An attempt to embed may need several requests.</summary>
    private async ValueTask<GatewayError?> EmbedAsync(DispatchRequest request, Attempt attempt, AttemptLimits own)
    {
        if (attempt.Route is null) return UpstreamErrors.NotOffered(attempt.Deployment, request.Operation);
        attempt.Record.Dialect = attempt.Route.Name;
        request.Clock.Limit(own.Request);
        if (await request.ReserveAsync(attempt) is { } overLimit) return overLimit;
        return await request.EmbedAsync(attempt, this);
    }

    /// <summary>
    /// Sends the request of one of several concurrent attempts, and returns the response with a success status, or the error. Their race fills the caller's silence.
    /// </summary>
    internal async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> OpenAsync(DispatchRequest request, Attempt attempt, AttemptLimits own)
    {
        var (body, error) = await PrepareAsync(request, attempt, own);
        return error is null ? await SendAsync(request, attempt, body) : (null, error);
    }

    /// <summary>Writes the request, looks up the provider's key and reserves what it may cost. Usually completes synchronously.</summary>
    private static async ValueTask<(BodySplice Body, GatewayError? Error)> PrepareAsync(DispatchRequest request, Attempt attempt, AttemptLimits own)
    {
        if (attempt.Route is null) return (default, UpstreamErrors.NotOffered(attempt.Deployment, request.Operation));
        attempt.Record.Dialect = attempt.Dialect.Name;
        request.Clock.Limit(request.IsStream ? own.FirstToken : own.Request);
        if ((!attempt.IsPassthrough || request.Envelope.KeepsResponse) && await request.ReadStateKeyAsync() is { } noKey) return (default, noKey);
        if (UpstreamBody.Write(attempt, out var body) is { } unwritable) return (default, unwritable);
        // After the request is written, so that its losses are reported without a key as well.
        var key = await attempt.Deployment.GetKeyAsync(attempt.Token);
        if (key.Error is not null) return (default, key.Error);
        attempt.Key = key;
        return (body, await request.ReserveAsync(attempt));
    }

    /// <summary>Forwards the response, which commits the attempt.</summary>
    internal static async ValueTask<GatewayError?> RelayAsync(DispatchRequest request, Attempt attempt, HttpResponseMessage response)
    {
        attempt.Deployment.MarkServed();
        attempt.ReleaseRequest();
        // A stream may stay open for minutes: release the request before.
        response.RequestMessage = null;
        using (response) return await request.RelayAsync(attempt, response);
    }

    /// <summary>Sends one request of an attempt, and again if it was not served. Exactly one of the two results is set.</summary>
    /// <param name="keepsAlive">Keep-alives fill the caller's silence until there is a result.</param>
    public async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> SendAsync(DispatchRequest request, Attempt attempt, BodySplice body, bool keepsAlive = false)
    {
        if (CallerHeaders.FindUnsendable(request, attempt) is { } header)
            return (null, GatewayError.Invalid($"The header '{header}' contains characters that cannot be forwarded.", header));
        var wasUnsent = false;
        if (keepsAlive) request.Wait();
        try
        {
            while (true)
            {
                // Preparing it took time, and a handler with a token that is cancelled sends nothing: nothing may be charged for it.
                if (attempt.Token.IsCancellationRequested)
                {
                    if (!request.Clock.TimedOut || request.Clock.CallerGone.IsCancellationRequested) throw new OperationCanceledException(attempt.Token);
                    attempt.IsUnsent = attempt.Record.Sends == attempt.UnservedSends;
                    return (null, UpstreamErrors.NotSent(attempt.Provider));
                }
                attempt.Record.Sends++;
                attempt.IsUnsent = false;
                request.Sending(attempt);
                AttemptOutcome outcome;
                try
                {
                    outcome = new AttemptOutcome { Response = await client.StartAsync(Message(request, attempt, body), attempt.Provider, attempt.Token) };
                }
                catch (Exception e) when (UpstreamClient.Classify(e, attempt.Provider, request.Clock) is { } failed)
                {
                    outcome = failed;
                }
                if (outcome.Response is { } response)
                {
                    if (response.IsSuccessStatusCode)
                    {
                        request.Responded(attempt);
                        return (response, null);
                    }
                    // Counted at once: the caller may leave while the rest is read. A server behind the one that returns 504 may still serve the request.
                    if (response.StatusCode != HttpStatusCode.GatewayTimeout) attempt.UnservedSends++;
                    var refusal = await UpstreamRefusal.ReadAsync(request, attempt, response);
                    if (refusal.Kind != GatewayErrorKind.ProviderAuthFailed || !await TakeNewerKeyAsync(request, attempt)) return (null, refusal);
                    continue;
                }
                // An attempt that was given up looks like a connection that was not accepted in time, and may have been sent.
                attempt.IsUnsent = outcome.NothingSent && attempt.Cancellation is not { IsCancellationRequested: true };
                if (attempt.IsUnsent) attempt.UnservedSends++;
                if (!outcome.NothingSent || wasUnsent || attempt.Token.IsCancellationRequested) return (null, outcome.Error);
                wasUnsent = true;
            }
        }
        finally
        {
            if (keepsAlive) await request.ResumeAsync();
        }
    }

    /// <summary>Once per attempt.</summary>
    private static async ValueTask<bool> TakeNewerKeyAsync(DispatchRequest request, Attempt attempt)
    {
        if (attempt.RefusedKey is not null || attempt.Key.Value is not { } refused) return false;
        try
        {
            var newer = await attempt.Deployment.FindNewerKeyAsync(refused, attempt.Token);
            if (newer.Value is null) return false;
            (attempt.RefusedKey, attempt.Key) = (refused, newer);
            return true;
        }
        catch (OperationCanceledException) when (request.Clock.TimedOut && !request.Clock.CallerGone.IsCancellationRequested)
        {
            return false;
        }
    }

    private static HttpRequestMessage Message(DispatchRequest request, Attempt attempt, in BodySplice body)
    {
        attempt.Content = new SplicedContent(body, attempt.Content);
        var message = new HttpRequestMessage(HttpMethod.Post, CallerHeaders.Address(request, attempt)) { Content = attempt.Content };
        CallerHeaders.Write(request, attempt, message);
        if (attempt.Provider.SendsTraceContext) CallerHeaders.WriteTrace(request, attempt, message);
        // Last: a signature may cover all of it.
        attempt.Provider.Credentials.Sign(message, body, attempt.Key.Value);
        return message;
    }
}

/// <summary>Time limits of an attempt.</summary>
/// <param name="FirstToken">From sending a stream's request to its first content.</param>
/// <param name="Request">From sending a request to the end of its whole response.</param>
internal readonly record struct AttemptLimits(TimeSpan FirstToken, TimeSpan Request);
