using System.Diagnostics;
using Azure.Monitor.OpenTelemetry.Exporter;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Nano.Export;

/// <summary>
/// Azure Monitor's standard metrics, which its application map and its pages of performance and failures read. The package measures them in a processor that it
/// adds together with a queue of its own, which counts nothing: spans are kept out of it, and leave by <see cref="SpanQueue"/>.
/// </summary>
internal static class StandardMetrics
{
    public static void Add(TracerProviderBuilder traces, Action<AzureMonitorExporterOptions> configure)
    {
        traces.AddProcessor(new Recorded(isRecorded: false));
        traces.AddAzureMonitorTraceExporter(configure);
        traces.AddProcessor(new Recorded(isRecorded: true));
    }

    /// <summary>Only sampled spans get here: no sampler of <see cref="Samplers"/> records a span without sampling it.</summary>
    private sealed class Recorded(bool isRecorded) : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (isRecorded) data.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            else data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
