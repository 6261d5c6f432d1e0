using System.Text;
using Microsoft.AspNetCore.Http;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Reasoning;
using Nano.Routing;

namespace Nano.Upstream;

/// <summary>
/// Sends one exchange to its deployment: splices or converts the body, sends, and classifies what came back. A request
/// that never reached the provider is sent once more; one that may have is not, since it may have been served. A request
/// whose key was refused was not served: it is sent once more when there is a newer key.
/// </summary>
internal sealed class Dispatcher(UpstreamClient client)
{
    private const int MaxErrorBytes = 256 * 1024;

    /// <summary>Makes the provider's request body, from the caller's bytes or by converting them.</summary>
    public static GatewayError? Write(ChatExchange exchange, out BodySplice body)
    {
        body = default;
        var deployment = exchange.Deployment!;
        var hasState = exchange.IsByteLane && StateSeal.IndexOf(exchange.Body.Span) >= 0;
        if (exchange.IsByteLane && !hasState && exchange.Dialect!.Quirks?.MayEdit(exchange.Body.Span) != true)
        {
            body = Splice(exchange, exchange.Body, exchange.Envelope);
            return null;
        }
        if (IsStrict(exchange.Context.Request.Headers["x-nano-strict"].ToString()) is not { } strict)
            return GatewayError.Invalid("x-nano-strict must be 'true' or 'false'.", "x-nano-strict");
        if ((exchange.IsByteLane ? Edit(exchange, hasState, out body) : Convert(exchange, out body)) is { } unsayable) return unsayable;
        if (strict && !exchange.Losses.IsEmpty)
            return GatewayError.Invalid($"x-nano-strict is set and {deployment.Name} cannot be told everything: {exchange.Losses}.", code: "lossy_conversion");
        // A copy is sent: nothing borrows from the caller's body any more, and the provider may take minutes.
        if (exchange.Converted is not null) exchange.ReturnBody();
        return null;
    }

    private static BodySplice Splice(ChatExchange exchange, ReadOnlyMemory<byte> body, in Envelope envelope)
    {
        var deployment = exchange.Deployment!;
        return BodySplice.Create(body, envelope, deployment.ModelJson, envelope.Stream && !envelope.StreamUsage && deployment.Provider.StreamUsageOnRequest);
    }

    /// <summary>The byte lane: the caller's bytes, but for another model's state and the members that the provider takes in another way.</summary>
    private static GatewayError? Edit(ChatExchange exchange, bool hasState, out BodySplice body)
    {
        body = default;
        var bytes = exchange.Body;
        if (hasState)
        {
            var stateless = new JsonOutput(bytes.Length, exchange.Budget);
            var isLess = false;
            try
            {
                if (exchange.FrontDoor.TryLeaveOut(bytes, stateless, exchange.Losses, out isLess) is { } unreadable) return unreadable;
            }
            finally
            {
                if (!isLess) stateless.Dispose();
            }
            if (isLess) bytes = exchange.Hold(stateless);
        }
        if (exchange.Dialect!.Quirks is { } quirks && quirks.MayEdit(bytes.Span))
        {
            var target = new RequestTarget { Model = exchange.Deployment!.Model, Traits = quirks.AsksTraits ? exchange.Deployment.Traits : null };
            var edited = new JsonOutput(256, exchange.Budget, expected: bytes.Length + 256);
            var isEdited = false;
            try
            {
                if (quirks.TryEdit(bytes, target, edited, exchange.Losses, out isEdited) is { } unsayable) return unsayable;
            }
            finally
            {
                if (!isEdited) edited.Dispose();
            }
            if (isEdited) bytes = exchange.Hold(edited);
        }
        // The members have moved where something was edited.
        var envelope = exchange.Envelope;
        if (exchange.Converted is not null && Envelope.TryRead(bytes, out envelope) is { } malformed) return malformed;
        body = Splice(exchange, bytes, envelope);
        return null;
    }

    private static GatewayError? Convert(ChatExchange exchange, out BodySplice body)
    {
        body = default;
        var deployment = exchange.Deployment!;
        using var work = BufferBudget.ForWork(exchange.Budget, exchange.Body.Span, isEdited: false);
        var (request, unreadable) = exchange.FrontDoor.TryReadRequest(exchange.Body);
        if (unreadable is not null) return unreadable;
        StateOpener.Open(request!, exchange.Seal, exchange.Dialect!.Origin, exchange.Losses);
        var converted = new JsonOutput(exchange.Body.Length + 1024, exchange.Budget);
        exchange.Hold(converted);
        var target = new RequestTarget { Model = deployment.Model, Traits = deployment.Traits };
        if (exchange.Dialect!.TryWriteRequest(request!, target, converted, exchange.Losses) is { } unsayable) return unsayable;
        body = BodySplice.Of(converted.Written);
        return null;
    }

    /// <summary>
    /// Sends until there is an answer with a good status, or an error. Raises only
    /// <see cref="OperationCanceledException"/>, when the caller has left.
    /// </summary>
    public async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> SendAsync(ChatExchange exchange, BodySplice body)
    {
        if (UnsendableHeader(exchange) is { } header)
            return (null, GatewayError.Invalid($"The header '{header}' holds characters that cannot be sent on.", header));
        var wasUnsent = false;
        while (true)
        {
            exchange.Record.Attempts++;
            var outcome = await client.SendAsync(Message(exchange, body), exchange.Deployment!.Provider, exchange.Clock);
            if (outcome.Response is { } response)
            {
                if (response.IsSuccessStatusCode) return (response, null);
                var refusal = await RefusalAsync(exchange, response);
                if (refusal.Kind != GatewayErrorKind.ProviderAuthFailed || !await TakeNewerKeyAsync(exchange)) return (null, refusal);
                continue;
            }
            if (!outcome.NothingSent || wasUnsent) return (null, outcome.Error);
            wasUnsent = true;
        }
    }

    /// <summary>Once per exchange.</summary>
    private static async ValueTask<bool> TakeNewerKeyAsync(ChatExchange exchange)
    {
        if (exchange.RefusedKey is not null || exchange.Key is not { } refused) return false;
        try
        {
            if (await exchange.Deployment!.FindNewerKeyAsync(refused, exchange.Clock.Token) is not { } newer) return false;
            (exchange.RefusedKey, exchange.Key) = (refused, newer);
            return true;
        }
        catch (OperationCanceledException) when (exchange.Clock.TimedOut && !exchange.Clock.CallerGone.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool? IsStrict(string header) =>
        header.Length == 0 || header.Equals("false", StringComparison.OrdinalIgnoreCase) ? false
        : header.Equals("true", StringComparison.OrdinalIgnoreCase) ? true
        : null;

    /// <summary>The first header to forward that is not visible ASCII: sending it would fail and look like the provider's fault.</summary>
    private static string? UnsendableHeader(ChatExchange exchange)
    {
        var forwarded = exchange.Deployment!.Provider.ForwardedHeaders;
        for (var i = 0; i < forwarded.Count; i++)
            if (exchange.Context.Request.Headers.TryGetValue(forwarded[i], out var value) && value.ToString().AsSpan().ContainsAnyExceptInRange(' ', '~')) return forwarded[i];
        return null;
    }

    private static HttpRequestMessage Message(ChatExchange exchange, in BodySplice body)
    {
        var deployment = exchange.Deployment!;
        var provider = deployment.Provider;
        exchange.Upstream = new SplicedContent(body, exchange.Upstream);
        var message = new HttpRequestMessage(HttpMethod.Post, deployment.Address(exchange.Envelope.Stream, exchange.Dialect)) { Content = exchange.Upstream };
        message.Headers.TryAddWithoutValidation("User-Agent", "nano");
        var forwarded = provider.ForwardedHeaders;
        for (var i = 0; i < forwarded.Count; i++)
            if (exchange.Context.Request.Headers.TryGetValue(forwarded[i], out var value)) message.Headers.TryAddWithoutValidation(forwarded[i], value.ToString());
        // Last: a signature may cover all of it.
        provider.Sign(message, body, exchange.Key);
        return message;
    }

    private static async ValueTask<GatewayError> RefusalAsync(ChatExchange exchange, HttpResponseMessage response)
    {
        using (response)
        {
            var provider = exchange.Deployment!.Provider;
            var retryAfter = response.Headers.NonValidated.TryGetValues("Retry-After", out var values) ? values.ToString() : null;
            var body = BufferPool.Rent(4096);
            try
            {
                var length = 0;
                await using var stream = await response.Content.ReadAsStreamAsync(exchange.Clock.Token);
                while (length < MaxErrorBytes)
                {
                    if (length == body.Length)
                    {
                        var larger = BufferPool.Rent(length * 2);
                        body.AsSpan(0, length).CopyTo(larger);
                        BufferPool.Return(body);
                        body = larger;
                    }
                    var read = await stream.ReadAsync(body.AsMemory(length), exchange.Clock.Token);
                    if (read == 0) break;
                    length += read;
                }
                var details = UpstreamErrors.Details(provider, exchange.Dialect!, response, body.AsSpan(0, length));
                return UpstreamErrors.FromStatus(provider, (int)response.StatusCode, details, retryAfter, exchange.Key);
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && exchange.Clock.TimedOut))
            {
                return UpstreamErrors.FromStatus(provider, (int)response.StatusCode, default, retryAfter, exchange.Key);
            }
            finally
            {
                BufferPool.Return(body);
            }
        }
    }
}
