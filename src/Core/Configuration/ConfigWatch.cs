using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Nano.Configuration;

/// <summary>
/// Reads <c>nano.json</c> again when it has changed. A file with mistakes leaves the previous one in force, and each mistake is logged once. A file
/// that cannot be read is tried again. It polls the file: file system watches are limited per user, and some file systems do not support them.
/// </summary>
/// <param name="apply">Puts the new configuration in force; returns the mistakes, in which case nothing has changed.</param>
internal sealed partial class ConfigWatch(ConfigSource source, Func<IReadOnlyList<string>> apply, TimeProvider time, ILogger log) : BackgroundService
{
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>Why the file could not be read at the last attempt, as it was logged.</summary>
    private string? _unreadable;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (source.HasChanged) Apply();
                else _unreadable = null;
            }
        }
        catch (OperationCanceledException)
        {
            // The host is stopping.
        }
    }

    private void Apply()
    {
        try
        {
            var mistakes = apply();
            var former = _unreadable;
            _unreadable = source.IsUnreadable ? string.Join('\n', mistakes) : null;
            if (_unreadable is not null && _unreadable == former) return;
            foreach (var mistake in mistakes) Log.Mistake(log, mistake);
            if (mistakes.Count > 0) Log.Kept(log, source.Name);
            else Log.Applied(log, source.Name);
        }
        catch (Exception e)
        {
            Log.Failed(log, e, source.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Information, "{File} has changed and is in force now.")]
        public static partial void Applied(ILogger logger, string file);

        [LoggerMessage(31, LogLevel.Error, "{Mistake}")]
        public static partial void Mistake(ILogger logger, string mistake);

        [LoggerMessage(32, LogLevel.Error, "{File} has changed and is not used because of its mistakes; the configuration from before stays in force.")]
        public static partial void Kept(ILogger logger, string file);

        [LoggerMessage(33, LogLevel.Error, "{File} has changed and could not be put in force; the configuration from before stays in force.")]
        public static partial void Failed(ILogger logger, Exception exception, string file);
    }
}
