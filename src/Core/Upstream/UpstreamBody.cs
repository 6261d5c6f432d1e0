using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Tokens;

namespace Nano.Upstream;

/// <summary>Creates the provider's request body from the caller's: by splicing (passthrough) or by reading and writing (conversion).</summary>
internal static class UpstreamBody
{
    /// <summary>Exactly one of the result and <paramref name="body"/> is usable. The pieces borrow from the caller's body and the attempt.</summary>
    public static GatewayError? Write(Attempt attempt, out BodySplice body)
    {
        var request = attempt.Request;
        if ((attempt.IsPassthrough ? PassThrough(attempt, out body) : Convert(attempt, out body)) is { } error) return error;
        if (!attempt.Provider.ForwardsFeatures) request.Dialect.DropHeaders(request.Header, attempt.Losses);
        if (RefuseLosses(attempt) is { } lossy) return lossy;
        // A copy is sent: nothing borrows from the caller's body any more, and the provider may take minutes.
        if (attempt.Converted is not null && attempt.IsLast && request.Operation == Operation.Chat) request.ReleaseBody(isBeingSent: attempt.Content is { IsBeingSent: true });
        return null;
    }

    /// <summary>With <c>x-nano-strict</c>, losses are an error. Called before anything is sent.</summary>
    public static GatewayError? RefuseLosses(Attempt attempt) => attempt.Request.IsStrict && !attempt.Losses.IsEmpty
        ? GatewayError.Invalid($"x-nano-strict is set, and this request cannot be sent to {attempt.Deployment.Name} without losses: {attempt.Losses}.", code: "lossy_conversion")
        : null;

    /// <summary>The caller's bytes, without another model's state and with the provider's quirks applied.</summary>
    private static GatewayError? PassThrough(Attempt attempt, out BodySplice body)
    {
        body = default;
        var request = attempt.Request;
        var bytes = request.Body;
        if (request.Dialect.MayContainSealedState(bytes.Span))
        {
            var stateless = new JsonOutput(bytes.Length, request.Budget);
            var isChanged = false;
            try
            {
                if (request.Dialect.TryRemoveState(bytes, stateless, attempt.Losses, out isChanged) is { } unreadable) return unreadable;
            }
            finally
            {
                if (!isChanged) stateless.Dispose();
            }
            if (isChanged) bytes = attempt.Hold(stateless);
        }
        var quirks = attempt.Dialect.Quirks;
        var traits = quirks is not null && quirks.AsksTraits(request.Envelope) ? attempt.Deployment.Traits : null;
        if (quirks is not null && quirks.MayEdit(bytes.Span, request.Envelope, traits))
        {
            var target = new RequestTarget { Model = attempt.Deployment.Model, Traits = traits };
            var edited = new JsonOutput(256, request.Budget, expected: bytes.Length + 256);
            var isEdited = false;
            try
            {
                if (quirks.TryEdit(bytes, target, edited, attempt.Losses, out isEdited) is { } refused) return refused;
            }
            finally
            {
                if (!isEdited) edited.Dispose();
            }
            if (isEdited) bytes = attempt.Hold(edited);
        }
        // The members have moved where something was edited.
        var envelope = request.Envelope;
        if (attempt.Converted is not null && request.TryReadEnvelope(bytes, out envelope) is { } malformed) return malformed;
        body = envelope.Splice(bytes, attempt.Deployment.ModelJson, envelope.Stream && attempt.Route!.StreamUsageOnRequest);
        return null;
    }

    private static GatewayError? Convert(Attempt attempt, out BodySplice body)
    {
        body = default;
        using var work = BufferBudget.ForWork(attempt.Request.Budget, attempt.Request.Body.Span, isEdited: false);
        var isCount = attempt.Request.Operation == Operation.TokenCount;
        var (request, unreadable) = attempt.Request.Dialect.TryReadRequest(attempt.Request.Body, isCount);
        if (unreadable is not null) return unreadable;
        // Gemini's path decides, not its body; a converted stream always needs usage.
        request!.Stream = attempt.Request.IsStream;
        request.StreamUsage = request.Stream && attempt.Route?.StreamUsageOnRequest == true;
        // First, because state in the ids of calls is bound to the names that the model knows.
        (attempt.Memo, var unsuitable) = attempt.Request.Dialect.TryAdapt(request, attempt.Dialect, attempt.Losses);
        if (unsuitable is not null) return unsuitable;
        if (attempt.Request.IsStream) attempt.InputEstimate = TokenEstimate.Guess(request);
        StateOpener.Open(request, attempt.Seal, attempt.Dialect.Origin, attempt.Losses);
        var target = new RequestTarget { Model = attempt.Deployment.Model, Traits = attempt.Deployment.Traits };
        if (attempt.Dialect.Origin != request.Origin) attempt.Request.Dialect.Generalize(request, target.Traits, attempt.Losses);
        var converted = new JsonOutput(attempt.Request.Body.Length + 1024, attempt.Request.Budget);
        attempt.Hold(converted);
        if (attempt.Dialect.TryWriteRequest(request, target, converted, attempt.Losses) is { } inexpressible) return inexpressible;
        if (isCount)
        {
            var count = new JsonOutput(converted.Length + 256, attempt.Request.Budget);
            attempt.Dialect.TokenCounts!.WriteRequest(converted.Written, attempt.Deployment.Model, count);
            attempt.Hold(converted = count);
        }
        converted.ReplaceHalves();
        body = BodySplice.Of(converted.Written);
        return null;
    }
}
