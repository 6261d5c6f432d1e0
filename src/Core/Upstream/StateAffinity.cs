using Nano.Chat;
using Nano.Dialects;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;

namespace Nano.Upstream;

/// <summary>
/// Sends a conversation back to where its sealed reasoning state opens: the plan begins with that deployment, whatever the strategy has
/// chosen. Elsewhere the state would be left out.
/// </summary>
internal static class StateAffinity
{
    /// <summary>Costs a search for the seal's marker where there is no state, and a reading of the request per target where there is.</summary>
    public static async ValueTask<RoutePlan> ApplyAsync(DispatchRequest request, RoutePlan plan)
    {
        if (request.Operation != Operation.Chat || StateSeal.IndexOf(request.Body.Span) < 0) return plan;
        // Without the gateway's key, the attempt itself ends with that error.
        if (await request.ReadStateKeyAsync() is not null) return plan;
        for (var i = 0; i < plan.Count; i++)
            if (!plan.Steps[i].IsFallback && IsHome(request, plan[i])) return plan.Prefer(i);
        return plan;
    }

    private static bool IsHome(DispatchRequest request, Deployment deployment)
    {
        // What is passed through carries no seal of this gateway's.
        if (deployment.Choose(request.Dialect, Operation.Chat, request.Envelope.Needs) is not { } route || route.IsPassthroughFor(request.Dialect)) return false;
        var (conversation, unreadable) = request.Dialect.TryReadRequest(request.Body);
        if (unreadable is not null || request.Dialect.TryAdapt(conversation!, new LossReport()).Error is not null) return false;
        var losses = new LossReport();
        StateOpener.Open(conversation!, request.StateKey!.Of(route.StateHome), route.Dialect.Origin, losses);
        return losses.IsEmpty;
    }
}
