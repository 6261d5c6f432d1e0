using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>What the routes share that read and change the state store: they serve the owner, and report a store that is missing or fails.</summary>
internal static class StateErrors
{
    private static readonly GatewayError NoStore = new(GatewayErrorKind.NotConfigured, 503, $"This gateway has no state store, which keeps virtual keys, policies and usage. Set {StateAddress.Setting}, for instance to sqlite:nano.db.")
    {
        Code = "state_store_not_configured",
        IsFinal = true,
    };

    public static Task ServeAsync(PanelGate gate, StateStore store, HttpContext context, Func<JsonOutput, ValueTask<GatewayError?>> write, int status = 200, string contentType = "application/json") =>
        gate.ServeOwnerAsync(context, async output =>
        {
            if (!store.IsConfigured) return NoStore;
            try
            {
                return await write(output);
            }
            catch (StateUnavailableException e)
            {
                return new GatewayError(GatewayErrorKind.Overloaded, 503, "The state store does not answer. Whether a change took effect is not known; try again shortly.")
                {
                    Code = "state_store_unavailable",
                    RetryAfter = VirtualKeys.Seconds(e.RetryAfter),
                };
            }
        }, status, contentType);
}
