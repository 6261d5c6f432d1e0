using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nano.Secrets;

namespace Nano.Tests.Secrets;

/// <summary>A vault with scripted responses that counts its calls.</summary>
internal sealed class FakeVault : IVaultReader
{
    private readonly ConcurrentQueue<string> _asked = new();

    public string Host => "kv.vault.azure.net";

    /// <summary>The secrets' names, in the order of the calls.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    /// <summary>The vault's current responses; other names are missing.</summary>
    public ConcurrentDictionary<string, VaultReading> Answers { get; } = new();

    /// <summary>If set, the vault does not respond before this is complete. Cancellation has no effect on it.</summary>
    public TaskCompletionSource? Silence { get; set; }

    /// <summary>If set, every call throws it.</summary>
    public Exception? Broken { get; set; }

    public async Task<VaultReading> ReadAsync(string name, CancellationToken cancellationToken)
    {
        _asked.Enqueue(name);
        if (Silence is { } silence) await silence.Task;
        if (Broken is { } broken) throw broken;
        return Answers.TryGetValue(name, out var answer) ? answer : VaultReading.Missing;
    }

    /// <summary>The text of log entries.</summary>
    internal sealed class Log : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)}{exception}");
    }
}
