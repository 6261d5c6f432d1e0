using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Routing;

namespace Nano.Upstream;

/// <summary>
/// Walks a route plan until one attempt commits. Of each attempt:
/// <list type="number">
/// <item>the deployment's dialect for this request;</item>
/// <item>the body is spliced (passthrough) or converted, and the provider's key is found (gateway --► provider);</item>
/// <item>it is sent, and what comes back is classified (provider --► gateway);</item>
/// <item>a good response goes to the caller, which commits the attempt.</item>
/// </list>
/// Inside an attempt a request that never reached the provider is sent once more; one that may have reached it is not, since it may
/// have been served. A request whose key was refused was not served: it is sent once more when there is a newer key.
/// </summary>
internal sealed class Dispatcher(UpstreamClient client, AttemptLimits limits, TimeProvider time)
{
    private const int MaxErrorBytes = 256 * 1024;

    /// <summary>
    /// The result is an error that the caller has not been sent. Raises only <see cref="OperationCanceledException"/>, when the caller has
    /// left, and what writing to the caller raises.
    /// </summary>
    public async ValueTask<GatewayError?> RunAsync(DispatchRequest request, RoutePlan plan)
    {
        SplicedContent? earlier = null;
        for (var i = 0; ; i++)
        {
            var attempt = new Attempt(request, plan[i], isLast: i == plan.Count - 1, earlier);
            request.Begin(attempt);
            var started = time.GetTimestamp();
            GatewayError? error = null;
            try
            {
                error = await AttemptAsync(request, attempt);
            }
            finally
            {
                await request.CloseAsync(attempt, error);
                attempt.Record.Duration = time.GetElapsedTime(started).TotalMilliseconds;
                attempt.Dispose();
            }
            if (error is null) return null;
            if (attempt.RefusedKey is { } former) error = UpstreamErrors.Without(error, former);
            (attempt.Record.Error, attempt.Record.ErrorKind) = (error.Code ?? GatewayErrorKinds.Word(error.Kind), error.Kind);
            if (attempt.IsCommitted || attempt.IsLast || !MovesOn(error)) return error;
            request.Clock.Restart();
            earlier = attempt.Content;
        }
    }

    /// <summary>
    /// Whether another deployment may do better: the provider failed, is limited, unreachable or slow, or its key is refused or missing.
    /// What the provider rejects in the request itself would be rejected again.
    /// </summary>
    internal static bool MovesOn(GatewayError error) => error.Kind is
        GatewayErrorKind.ProviderFailed or GatewayErrorKind.ProviderLimited or GatewayErrorKind.ProviderUnreachable
        or GatewayErrorKind.ProviderTimeout or GatewayErrorKind.ProviderAuthFailed or GatewayErrorKind.NotConfigured
        || (error.Kind == GatewayErrorKind.ProviderRejected && error.Status == 408);

    private async ValueTask<GatewayError?> AttemptAsync(DispatchRequest request, Attempt attempt)
    {
        if (attempt.Route is null)
            return UpstreamErrors.NotOffered(attempt.Deployment.Name, request.Operation);
        attempt.Record.Dialect = attempt.Dialect.Name;
        request.Clock.Limit(request.IsStream ? limits.FirstToken : limits.Request);
        if (!attempt.IsPassthrough && await request.ReadStateKeyAsync() is { } noKey) return noKey;
        if (UpstreamBody.Write(attempt, out var body) is { } unwritable) return unwritable;
        // After the request is written, so that its losses are reported without a key as well.
        var key = await attempt.Deployment.GetKeyAsync(request.Clock.Token);
        if (key.Error is not null) return key.Error;
        attempt.Key = key.Value;
        if (await request.ReserveAsync(attempt) is { } overLimit) return overLimit;

        HttpResponseMessage? response;
        GatewayError? refused;
        request.Wait();
        try
        {
            (response, refused) = await SendAsync(request, attempt, body);
        }
        finally
        {
            await request.ResumeAsync();
        }
        if (refused is not null) return refused;
        attempt.Deployment.MarkServed();
        attempt.ReleaseRequest();
        // A stream may stay open for minutes: what was sent need not stay with it.
        response!.RequestMessage = null;
        using (response) return await request.RelayAsync(attempt, response);
    }

    private async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> SendAsync(DispatchRequest request, Attempt attempt, BodySplice body)
    {
        if (UnsendableHeader(request, attempt) is { } header)
            return (null, GatewayError.Invalid($"The header '{header}' contains characters that cannot be forwarded.", header));
        var wasUnsent = false;
        while (true)
        {
            attempt.Record.Sends++;
            var outcome = await client.SendAsync(Message(request, attempt, body), attempt.Provider, request.Clock);
            if (outcome.Response is { } response)
            {
                if (response.IsSuccessStatusCode) return (response, null);
                var refusal = await RefusalAsync(request, attempt, response);
                if (refusal.Kind != GatewayErrorKind.ProviderAuthFailed || !await TakeNewerKeyAsync(request, attempt)) return (null, refusal);
                continue;
            }
            if (!outcome.NothingSent || wasUnsent) return (null, outcome.Error);
            wasUnsent = true;
        }
    }

    /// <summary>Once per attempt.</summary>
    private static async ValueTask<bool> TakeNewerKeyAsync(DispatchRequest request, Attempt attempt)
    {
        if (attempt.RefusedKey is not null || attempt.Key is not { } refused) return false;
        try
        {
            if (await attempt.Deployment.FindNewerKeyAsync(refused, request.Clock.Token) is not { } newer) return false;
            (attempt.RefusedKey, attempt.Key) = (refused, newer);
            return true;
        }
        catch (OperationCanceledException) when (request.Clock.TimedOut && !request.Clock.CallerGone.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The first header to forward that is not visible ASCII: sending it would fail and look like the provider's fault.</summary>
    private static string? UnsendableHeader(DispatchRequest request, Attempt attempt)
    {
        var forwarded = attempt.Provider.ForwardedHeaders;
        for (var i = 0; i < forwarded.Count; i++)
            if (request.Header(forwarded[i]) is { } value && value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return forwarded[i];
        return null;
    }

    private static HttpRequestMessage Message(DispatchRequest request, Attempt attempt, in BodySplice body)
    {
        attempt.Content = new SplicedContent(body, attempt.Content);
        var message = new HttpRequestMessage(HttpMethod.Post, attempt.Route!.Address(request.IsStream)) { Content = attempt.Content };
        message.Headers.TryAddWithoutValidation("User-Agent", "nano");
        var forwarded = attempt.Provider.ForwardedHeaders;
        for (var i = 0; i < forwarded.Count; i++)
            if (request.Header(forwarded[i]) is { } value) message.Headers.TryAddWithoutValidation(forwarded[i], value);
        // Last: a signature may cover all of it.
        attempt.Provider.Credentials.Sign(message, body, attempt.Key);
        return message;
    }

    private static async ValueTask<GatewayError> RefusalAsync(DispatchRequest request, Attempt attempt, HttpResponseMessage response)
    {
        using (response)
        {
            var provider = attempt.Provider;
            var retryAfter = response.Headers.NonValidated.TryGetValues("Retry-After", out var values) ? values.ToString() : null;
            var body = BufferPool.Rent(4096);
            try
            {
                var length = 0;
                await using var stream = await response.Content.ReadAsStreamAsync(request.Clock.Token);
                while (length < MaxErrorBytes)
                {
                    if (length == body.Length)
                    {
                        var larger = BufferPool.Rent(length * 2);
                        body.AsSpan(0, length).CopyTo(larger);
                        BufferPool.Return(body);
                        body = larger;
                    }
                    var read = await stream.ReadAsync(body.AsMemory(length), request.Clock.Token);
                    if (read == 0) break;
                    length += read;
                }
                var details = UpstreamErrors.Details(provider, attempt.Dialect, response, body.AsSpan(0, length));
                return UpstreamErrors.FromStatus(provider, (int)response.StatusCode, details, retryAfter, attempt.Key);
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && request.Clock.TimedOut))
            {
                return UpstreamErrors.FromStatus(provider, (int)response.StatusCode, default, retryAfter, attempt.Key);
            }
            finally
            {
                BufferPool.Return(body);
            }
        }
    }
}

/// <summary>Time limits of an attempt.</summary>
/// <param name="FirstToken">From sending a stream's request to its first content.</param>
/// <param name="Request">From sending a request to the end of its whole response.</param>
internal readonly record struct AttemptLimits(TimeSpan FirstToken, TimeSpan Request);
