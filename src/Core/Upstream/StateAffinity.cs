using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;

namespace Nano.Upstream;

/// <summary>
/// Sends a conversation to the deployment where its sealed reasoning state can be opened, or which stores the response that it continues: the plan begins with
/// that deployment, whatever the strategy has chosen, and also if it is a fallback that took over once. At other deployments the state would be left out, and the
/// response is unknown.
/// </summary>
internal static class StateAffinity
{
    /// <summary>Costs a search for the seal's marker if there is no state, and otherwise one read of the request per target.</summary>
    public static async ValueTask<RoutePlan> ApplyAsync(DispatchRequest request, RoutePlan plan)
    {
        if (request.Operation != Operation.Chat || !request.Dialect.MayContainSeal(request.Body.Span)) return plan;
        // Without the gateway's key, the attempt itself ends with that error.
        if (await request.ReadStateKeyAsync() is not null) return plan;
        var keeper = KeeperOf(request);
        for (var i = 0; i < plan.Count; i++)
            if (keeper is not null ? plan[i].Keeps(keeper) : IsHome(request, plan[i])) return plan.Prefer(i);
        return plan;
    }

    /// <summary>The deployment that stores the response which the request continues (<c>previous_response_id</c> of Responses); null for none.</summary>
    private static string? KeeperOf(DispatchRequest request)
    {
        var id = new JsonSlice(request.Body).Member("previous_response_id"u8);
        return id.IsText ? ResponseIds.Open(request.StateKey!, id.AsText().ToString()).Deployment : null;
    }

    private static bool IsHome(DispatchRequest request, Deployment deployment)
    {
        // A passed-through request contains no seal of this gateway.
        if (deployment.Choose(request.Api, Operation.Chat, request.Envelope.Needs) is not { } route || route.IsPassthroughFor(request.Api)) return false;
        var (conversation, unreadable) = request.Dialect.TryReadRequest(request.Body);
        if (unreadable is not null || request.Dialect.TryAdapt(conversation!, route.Dialect, new LossReport()).Error is not null) return false;
        var losses = new LossReport();
        StateOpener.Open(conversation!, request.StateKey!.Of(route.StateHome), route.Dialect.Origin, losses);
        return losses.IsEmpty;
    }
}
