using Microsoft.AspNetCore.Http;

namespace Nano.Pipeline;

/// <summary>When a request arrived in this process. A feature of requests where metrics are exported; else none has it.</summary>
/// <param name="Timestamp">Of the time provider.</param>
internal sealed record Arrival(long Timestamp)
{
    /// <summary>
    /// Milliseconds from the arrival until now, which is when the request is admitted: what it waited for a thread, for the Functions host's invocation, and for
    /// a key that was read from Key Vault or the state store. Null where nothing wants to know.
    /// </summary>
    public static double? Waited(HttpContext context, TimeProvider time) =>
        context.Features.Get<Arrival>() is { } arrival ? time.GetElapsedTime(arrival.Timestamp).TotalMilliseconds : null;
}
