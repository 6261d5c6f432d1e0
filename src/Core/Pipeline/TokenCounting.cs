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
/// Counts the tokens of a request: with the provider's own API if it has one, converted like any request and response; otherwise
/// an estimate, which its headers report (<c>x-nano-estimate: true</c>).
/// </summary>
internal static class TokenCounting
{
    public const string EstimateHeader = "x-nano-estimate";

    /// <summary>Whether the deployment's provider has no API for counting, or turned out to be a server without one.</summary>
    /// <param name="error">The error of the provider's count; null before it was asked for.</param>
    public static bool NeedsEstimate(Exchange exchange, Deployment deployment, GatewayError? error) =>
        exchange.Operation == Operation.TokenCount
        && (error is null ? deployment.Choose(exchange.Api, Operation.TokenCount, exchange.Envelope.Needs) is null
            // A base URL may point to another server that speaks the dialect and lacks the route.
            : error is { Kind: GatewayErrorKind.ProviderRejected, Status: 404 or 405 } && !Names(error, deployment.Model));

    /// <summary>Returns an error that has not been sent to the caller.</summary>
    public static async ValueTask<GatewayError?> EstimateAsync(Exchange exchange, Deployment deployment)
    {
        (exchange.Record.Provider, exchange.Record.Model, exchange.Record.ListedModel) = (deployment.Provider.Id, deployment.Model, deployment.ListedName);
        // Loading a tokenizer and reading all texts takes longer than anything else here.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var work = BufferBudget.ForWork(exchange.Budget, exchange.Body.Span, isEdited: false);
        var (request, unreadable) = exchange.Dialect.TryReadRequest(exchange.Body, isCount: true);
        if (unreadable is not null) return unreadable;
        if (exchange.Dialect.TryAdapt(request!, exchange.Dialect, new LossReport()).Error is { } unsuitable) return unsuitable;
        await WriteAsync(exchange, TokenEstimate.Count(request!, deployment.Model), isEstimate: true);
        return null;
    }

    /// <summary>Forwards a provider's count. Returns an error that has not been sent to the caller.</summary>
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
        if (isEstimate)
        {
            exchange.Context.Response.Headers[EstimateHeader] = "true";
            exchange.WriteHeaders();
        }
        await JsonResponse.WriteAsync(exchange.Context, 200, output);
    }

    /// <summary>The provider reports that the model is missing, not the route.</summary>
    private static bool Names(GatewayError error, string model) => error.Message.Contains(model, StringComparison.OrdinalIgnoreCase);
}
