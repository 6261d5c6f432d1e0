using System.Diagnostics;
using OpenTelemetry;

namespace Nano.Export;

/// <summary>Keeps server spans from the exporters that are added after it: those before it have them in their queues already.</summary>
internal sealed class WithoutServerSpans : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.Kind == ActivityKind.Server) data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
