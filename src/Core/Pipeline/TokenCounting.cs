using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Routing;
using Nano.Tokens;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// Counts the tokens of a request: the provider's own count where it has an API for it, converted like any request and response; else
/// an estimate, which its headers report (<c>x-nano-estimate: true</c>).
/// </summary>
internal static class TokenCounting
{
    public const string EstimateHeader = "x-nano-estimate";

    /// <summary>Whether the deployment's provider has no count, or turned out to be a server without one.</summary>
    /// <param name="error">What the provider's count came to; null before it was asked for.</param>
    public static bool NeedsEstimate(Exchange exchange, Deployment deployment, GatewayError? error) =>
        exchange.Operation == Operation.TokenCount
        && (error is null ? deployment.Choose(exchange.Api, Operation.TokenCount, exchange.Envelope.Needs) is null
            // A base URL may be of another server that speaks the dialect and has no such route.
            : error is { Kind: GatewayErrorKind.ProviderRejected, Status: 404 or 405 } && !Names(error, deployment.Model));

    /// <summary>The result is an error that the caller has not been sent.</summary>
    public static async ValueTask<GatewayError?> EstimateAsync(Exchange exchange, Deployment deployment)
    {
        (exchange.Record.Provider, exchange.Record.Model, exchange.Record.IsKnownModel) = (deployment.Provider.Id, deployment.Model, deployment.Info is not null);
        // Loading a tokenizer and reading all texts takes longer than anything else here.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var work = BufferBudget.ForWork(exchange.Budget, exchange.Body.Span, isEdited: false);
        var (request, unreadable) = exchange.Dialect.TryReadRequest(exchange.Body, isCount: true);
        if (unreadable is not null) return unreadable;
        if (exchange.Dialect.TryAdapt(request!, new LossReport()).Error is { } unsuitable) return unsuitable;
        await WriteAsync(exchange, TokenEstimate.Count(request!, deployment.Model), isEstimate: true);
        return null;
    }

    /// <summary>Passes a provider's count on. The result is an error that the caller has not been sent.</summary>
    public static async ValueTask<GatewayError?> RelayAsync(Exchange exchange, Attempt attempt, ReadOnlyMemory<byte> body)
    {
        if (attempt.Dialect.TokenCounts!.TryReadCount(body) is not { } tokens)
            return UpstreamErrors.BrokeOff(attempt.Provider, "is not what its API documents");
        exchange.Commit(attempt);
        if (attempt.IsPassthrough) await ResponseRelay.SendAsync(exchange, attempt, body);
        else
        {
            if (!attempt.Losses.IsEmpty) exchange.Context.Response.Headers["x-nano-loss"] = attempt.Losses.ToString();
            await WriteAsync(exchange, tokens, isEstimate: false);
        }
        return null;
    }

    private static async ValueTask WriteAsync(Exchange exchange, long tokens, bool isEstimate)
    {
        using var output = new JsonOutput(128);
        exchange.Dialect.TokenCounts!.WriteCount(tokens, output);
        if (isEstimate) exchange.Context.Response.Headers[EstimateHeader] = "true";
        await JsonResponse.WriteAsync(exchange.Context, 200, output);
    }

    /// <summary>The provider says that it has no such model, and not that it has no such route.</summary>
    private static bool Names(GatewayError error, string model) => error.Message.Contains(model, StringComparison.OrdinalIgnoreCase);
}
