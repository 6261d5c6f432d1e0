using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nano.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Nano.Export;

/// <summary>Reports items that exporters could not deliver: a counter, and a warning at most once a minute.</summary>
internal sealed partial class ExportCounts : IDisposable
{
    public const string MeterName = "Nano.Export";

    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Meter _meter;
    private readonly Counter<long> _dropped;
    private readonly Func<ILoggerFactory> _loggers;
    private readonly TimeProvider _time;
    private long _warnedAt;
    private long _unreported;
    private long _total;

    /// <param name="loggers">Called at the first drop: the factory of loggers creates the exporter of log entries, which needs this object.</param>
    public ExportCounts(IMeterFactory meters, Func<ILoggerFactory> loggers, TimeProvider time)
    {
        _meter = meters.Create(MeterName);
        _dropped = _meter.CreateCounter<long>("nano.telemetry.dropped", "{item}", "Spans, log entries and batches of metrics that were not delivered.");
        _loggers = loggers;
        _time = time;
    }

    /// <summary>All signals together.</summary>
    public long Dropped => Interlocked.Read(ref _total);

    /// <param name="reason"><c>queue_full</c> or <c>export_failed</c>.</param>
    public void Drop(string signal, string reason, long count)
    {
        if (count == 0) return;
        _dropped.Add(count, new KeyValuePair<string, object?>("nano.signal", signal), new KeyValuePair<string, object?>("nano.reason", reason));
        Interlocked.Add(ref _total, count);
        var unreported = Interlocked.Add(ref _unreported, count);
        var last = Interlocked.Read(ref _warnedAt);
        if (last != 0 && _time.GetElapsedTime(last) < Silence) return;
        if (Interlocked.CompareExchange(ref _warnedAt, _time.GetTimestamp(), last) != last) return;
        Interlocked.Add(ref _unreported, -unreported);
        try
        {
            Log.Dropped(_loggers().CreateLogger("Nano.Export"), unreported, signal, reason);
        }
        catch (ObjectDisposedException)
        {
            // The last batch may be sent when the gateway's services have ended. This is the exporter's own thread, where an exception would end the process.
        }
    }

    public void Dispose() => _meter.Dispose();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} telemetry items were not delivered, the last ones {Signal} ({Reason}). Requests are not affected.")]
        public static partial void Dropped(ILogger logger, long count, string signal, string reason);
    }
}

/// <summary>Sizes and intervals of a queue, from the standard settings.</summary>
internal sealed record QueueLimits(int Size, int Delay, int Timeout, int Batch)
{
    /// <param name="prefix"><c>OTEL_BSP_</c> for spans, <c>OTEL_BLRP_</c> for log entries.</param>
    public static QueueLimits Of(ExportSettings settings, string prefix)
    {
        var size = settings.Number(prefix + "MAX_QUEUE_SIZE", 2048);
        return new QueueLimits(size, settings.Number(prefix + "SCHEDULE_DELAY", prefix == "OTEL_BSP_" ? 5000 : 1000), settings.Number(prefix + "EXPORT_TIMEOUT", 30_000),
            Math.Min(size, settings.Number(prefix + "MAX_EXPORT_BATCH_SIZE", 512)));
    }
}

/// <summary>Counts the items of an exporter, and those that it fails to deliver.</summary>
internal sealed class CountedExporter<T>(BaseExporter<T> exporter, string signal, ExportCounts counts) : BaseExporter<T> where T : class
{
    private readonly Delivery _delivery = new();
    private bool _isAttached;
    private long _taken;

    /// <summary>Items that have left the queue.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    public override ExportResult Export(in Batch<T> batch)
    {
        // The resource is the provider's, which the SDK sets on the outer exporter only.
        if (!_isAttached) Attachment<T>.SetParentProvider(exporter, ParentProvider);
        _isAttached = true;
        var count = batch.Count;
        Interlocked.Add(ref _taken, count);
        _delivery.Begin();
        var result = exporter.Export(batch);
        if (result != ExportResult.Success) counts.Drop(signal, "export_failed", Math.Min(count, _delivery.Refused ?? count));
        return result;
    }

    protected override bool OnShutdown(int timeoutMilliseconds) => exporter.Shutdown(timeoutMilliseconds);

    protected override bool OnForceFlush(int timeoutMilliseconds) => exporter.ForceFlush(timeoutMilliseconds);

    protected override void Dispose(bool disposing)
    {
        if (disposing) exporter.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>The setter is internal to the SDK; a test fails if it changes.</summary>
internal static class Attachment<T> where T : class
{
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ParentProvider")]
    public static extern void SetParentProvider(BaseExporter<T> exporter, BaseProvider? provider);
}

/// <summary>The bound of a queue: an item that does not fit is dropped and counted, without waiting.</summary>
internal sealed class QueueRoom<T>(BaseExporter<T> exporter, string signal, QueueLimits limits, ExportCounts counts) where T : class
{
    private long _added;

    public CountedExporter<T> Exporter { get; } = new(exporter, signal, counts);

    public QueueLimits Limits => limits;

    /// <param name="isCounted">An item that does not fit is counted as dropped.</param>
    public bool TryTake(bool isCounted = true)
    {
        if (Interlocked.Increment(ref _added) - Exporter.Taken <= limits.Size) return true;
        Interlocked.Decrement(ref _added);
        if (isCounted) counts.Drop(signal, "queue_full", 1);
        return false;
    }
}

/// <summary>The queue of spans.</summary>
internal sealed class SpanQueue(QueueRoom<Activity> room)
    : BatchActivityExportProcessor(room.Exporter, room.Limits.Size, room.Limits.Delay, room.Limits.Timeout, room.Limits.Batch)
{
    private readonly QueueRoom<Activity> _room = room;

    public override void OnEnd(Activity data)
    {
        if (data.Recorded && _room.TryTake()) base.OnEnd(data);
    }
}

/// <summary>The queue of log entries.</summary>
internal sealed class LogQueue(QueueRoom<LogRecord> room)
    : BatchLogRecordExportProcessor(room.Exporter, room.Limits.Size, room.Limits.Delay, room.Limits.Timeout, room.Limits.Batch)
{
    private readonly QueueRoom<LogRecord> _room = room;

    public override void OnEnd(LogRecord data)
    {
        // The warning about dropped entries would be dropped as well, and counted again.
        if (_room.TryTake(isCounted: data.CategoryName != "Nano.Export")) base.OnEnd(data);
    }
}
