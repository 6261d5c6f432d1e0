using Nano.Access;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>The services of the gateway that exchanges use. One instance.</summary>
/// <param name="KeepAlive">Silence after which the caller gets a keep-alive.</param>
/// <param name="CallerLimit">How long a write may wait for a caller that does not read.</param>
/// <param name="Relay">Forwards a response to the caller.</param>
/// <param name="Embed">Runs an attempt to embed.</param>
/// <param name="Governor">Null if no caller has a policy.</param>
/// <param name="Telemetry">Null if nothing is counted.</param>
internal sealed record ResponseServices(
    GatewayKey GatewayKey, Heartbeat Heartbeat, BufferBudget Budget, TimeSpan KeepAlive, TimeSpan CallerLimit, int MaxResponseBytes,
    Func<Exchange, Attempt, HttpResponseMessage, ValueTask<GatewayError?>> Relay,
    Func<Exchange, Attempt, Dispatcher, ValueTask<GatewayError?>> Embed, Governor? Governor = null, GatewayTelemetry? Telemetry = null);
