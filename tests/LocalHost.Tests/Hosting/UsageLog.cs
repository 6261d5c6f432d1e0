using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Nano.LocalHost.Tests.Hosting;

/// <summary>Catches the log: usage records as the members that an operator's log store would see, and all lines as text.</summary>
public sealed class UsageLog : ILoggerProvider
{
    private readonly ConcurrentQueue<IReadOnlyDictionary<string, object?>> _records = new();
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Records => [.. _records];

    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>The id of the last request with a response that contains one.</summary>
    public string? LastRequestId { get; set; }

    /// <summary>
    /// Waits for the record of the last request: it is written when the request is over, which may be after the caller left. For
    /// the same reason a record of an earlier request may still arrive, and is skipped.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, object?>> OneAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var own = _records.Where(record => LastRequestId is null || (string?)record["RequestId"] == LastRequestId).ToList();
            if (own.Count > 0) return own.Single();
            await Task.Delay(5, limit.Token);
        }
    }

    public void Clear()
    {
        LastRequestId = null;
        _records.Clear();
        _lines.Clear();
    }

    public ILogger CreateLogger(string categoryName) => new Catcher(this, categoryName == "Nano.Usage");

    public void Dispose() { }

    private sealed class Catcher(UsageLog log, bool usage) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            log._lines.Enqueue(formatter(state, exception) + exception);
            if (usage && state is IReadOnlyList<KeyValuePair<string, object?>> members)
                log._records.Enqueue(members.DistinctBy(m => m.Key).ToDictionary(m => m.Key, m => m.Value));
        }
    }
}
