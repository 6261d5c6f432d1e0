using Nano.Chat;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Errors;
using Nano.Json;
using Nano.Upstream;

namespace Nano.Pipeline.Embeddings;

/// <summary>
/// Runs one attempt to embed:
/// <list type="number">
/// <item>the caller's request is read and split into the requests that the provider accepts;</item>
/// <item>a single request of the same API is sent as the caller's bytes, and its response as the provider's;</item>
/// <item>all others are written again, sent a few at a time, and joined in order.</item>
/// </list>
/// </summary>
internal sealed class EmbeddingRelay(GatewayOptions options, ResponseRelay responses)
{
    /// <summary>Requests to a provider that one call may cause: a provider that takes one input at a time would multiply a large call.</summary>
    internal const int MaxRequests = 2048;

    public async ValueTask<GatewayError?> RunAsync(Exchange exchange, Attempt attempt, Dispatcher dispatcher)
    {
        var format = attempt.Route!.Embeddings!;
        var model = attempt.Deployment.Model;
        // :: Step 1
        var (request, malformed) = exchange.Format.Embeddings!.TryReadRequest(exchange.Body);
        if (malformed is not null) return malformed;
        var isDecoded = !format.TakesTokens && request!.Inputs.Any(input => input.Tokens.IsPresent);
        if (isDecoded && TokenTexts.Decode(request!, attempt.Losses) is { } undecodable) return undecodable;
        var parts = EmbeddingParts.Split(request!, format.MaxInputs(model));
        if (parts.Count > MaxRequests)
            return GatewayError.Invalid(
                $"{attempt.Provider.DisplayName} takes {format.MaxInputs(model)} input(s) per request for '{model}', so that this call needs {parts.Count} requests. The gateway sends at most {MaxRequests}. Send fewer inputs.", "input", "too_many_inputs");

        if (parts.Count == 1 && attempt.IsPassthrough && !isDecoded && format.TakesAsIs(request!)) return await PassThroughAsync(exchange, attempt, dispatcher, request!);
        // :: Step 3
        var work = new EmbeddingWork(exchange, attempt, dispatcher, responses, options.RequestTimeout);
        return await work.RunAsync(request!, parts);
    }

    // :: Step 2
    private async ValueTask<GatewayError?> PassThroughAsync(Exchange exchange, Attempt attempt, Dispatcher dispatcher, EmbeddingRequest request)
    {
        var written = new JsonOutput(256, exchange.Budget, expected: exchange.Body.Length + 256);
        attempt.Hold(written);
        var body = exchange.Format.Embeddings!.WriteSame(exchange.Body, exchange.Envelope, attempt.Deployment.ModelJson, written);
        var key = await attempt.Deployment.GetKeyAsync(exchange.Clock.Token);
        if (key.Error is not null) return key.Error;
        attempt.Key = key;
        var (gathered, error) = await FetchAsync(exchange, attempt, dispatcher, body);
        if (error is not null) return error;
        try
        {
            return await RelayAsync(exchange, attempt, request, gathered.Bytes);
        }
        finally
        {
            gathered.Return();
        }
    }

    private async ValueTask<(GatheredBytes Body, GatewayError? Error)> FetchAsync(Exchange exchange, Attempt attempt, Dispatcher dispatcher, BodySplice body)
    {
        exchange.Wait();
        try
        {
            var (response, refused) = await dispatcher.SendAsync(exchange, attempt, body);
            if (refused is not null) return (default, refused);
            attempt.Deployment.MarkServed();
            using (response) return await responses.GatherAsync(exchange, attempt, response!);
        }
        finally
        {
            await exchange.ResumeAsync();
        }
    }

    private static async ValueTask<GatewayError?> RelayAsync(Exchange exchange, Attempt attempt, EmbeddingRequest request, ReadOnlyMemory<byte> body)
    {
        var caller = exchange.Format.Embeddings!;
        var sketch = caller.Sketch(body);
        if (sketch.IsError) return UpstreamErrors.FromSuccess(attempt.Provider, attempt.Dialect.ReadError(body.Span), attempt.Key);
        if (!sketch.IsWhole) return UpstreamErrors.BrokeOff(attempt.Provider, "is not what its API documents");
        attempt.Record.ResponseModel = sketch.Model;
        attempt.Record.Usage = UsageOf(sketch.Tokens);
        // The provider does not support the encoding that the caller asks for, or ignores the member.
        if (sketch.IsBase64 is { } isBase64 && isBase64 != request.AsBase64)
            return await EmbeddingWork.SendAsync(exchange, attempt, request, attempt.Route!.Embeddings!.TryReadResponse(body, request.Inputs.Count));
        await ResponseRelay.SendAsync(exchange, attempt, body);
        return null;
    }

    /// <summary>Embeddings have no output tokens, which is a known zero.</summary>
    internal static Usage? UsageOf(long? tokens) => tokens is { } count ? new Usage { InputTokens = count, OutputTokens = 0 } : null;
}
