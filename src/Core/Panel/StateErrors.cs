using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>Shared by routes that read and change the state store: they serve the owner, and report a store that is missing or fails.</summary>
internal static class StateErrors
{
    /// <summary>For the administrator: other callers get <see cref="Refusals.NoStore"/>, which is about their limits.</summary>
    public static readonly GatewayError NoStore =
        Refusals.NoStore with { Message =
        $"This gateway has no state store, which keeps virtual keys, policies and usage. Set {StateAddress.Setting}, for instance to {StateAddress.Example}." };

    public static Task ServeAsync(PanelGate gate, StateStore store, HttpContext context, Func<JsonOutput, ValueTask<GatewayError?>> write, int status = 200,
        string contentType = "application/json") =>
        gate.ServeOwnerAsync(context, async output => store.IsConfigured ? await GuardAsync(() => write(output)) : NoStore, status, contentType);

    /// <summary>Reports a store that fails.</summary>
    public static async ValueTask<GatewayError?> GuardAsync(Func<ValueTask<GatewayError?>> work)
    {
        try
        {
            return await work();
        }
        catch (StateUnavailableException e)
        {
            return new GatewayError(GatewayErrorKind.Overloaded, 503, "The state store does not respond. Whether a change took effect is not known; try again shortly.")
            {
                Code = "state_store_unavailable",
                RetryAfter = VirtualKeys.Seconds(e.RetryAfter),
            };
        }
    }
}
