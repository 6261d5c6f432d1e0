using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Telemetry;

namespace Nano.Panel;

/// <summary>
/// <c>GET /api/activity</c>: the last requests of this instance, or the one with the id <c>request_id</c>. Other
/// instances have their own lists.
/// </summary>
internal sealed class ActivityEndpoint(PanelGate gate, RecentRequests recent, TimeProvider time)
{
    /// <summary>Lets a page detect that another instance responds, or that this one has restarted.</summary>
    private readonly string _instance = Random.Shared.GetHexString(8, lowercase: true);
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public Task GetAsync(HttpContext context) => gate.ServeOwnerAsync(context, output =>
    {
        if (context.Request.Query["request_id"].ToString() is { Length: > 0 } id)
        {
            PanelWriter.WriteActivity(recent.Find(id), _instance, output);
            return default;
        }
        long after = 0;
        if (context.Request.Query["after"].ToString() is { Length: > 0 } asked && !long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return new(GatewayError.Invalid("'after' must be the 'next' of an earlier response.", "after"));
        PanelWriter.WriteActivity(recent.Since(after), _instance, _startedAt, output);
        return default;
    });
}
