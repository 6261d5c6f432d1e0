using System.Buffers;
using System.Text;

namespace Nano.LocalHost;

/// <summary>
/// One line per log entry: time, level, category, message. Lines are gathered and written together a few times a second,
/// so that a busy gateway does not pay a system call and a thread switch per request. Lines that are not read in time are
/// dropped and counted, never waited for.
/// </summary>
internal sealed class LineLoggerProvider : ILoggerProvider
{
    private const int MaxPending = 4 * 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly int TimeLength = "yyyy-MM-ddTHH:mm:ss.fff".Length;
    private static readonly SearchValues<char> LineEnds = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(code => (char)code), '\u007f', '\u0085', '\u2028', '\u2029']);

    private readonly Lock _lock = new();
    private readonly Stream _output;
    private readonly Timer _timer;
    private ArrayBufferWriter<byte> _pending = new(16 * 1024);
    private ArrayBufferWriter<byte> _spare = new(16 * 1024);
    private long _dropped;
    private bool _scheduled;
    private bool _flushing;
    private bool _disposed;

    public LineLoggerProvider(Stream output)
    {
        _output = output;
        _timer = new Timer(static self => ((LineLoggerProvider)self!).Flush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A fault that ends the process must not lose the lines before it.
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
    }

    /// <summary>From here on, every line is written at once.</summary>
    internal bool IsDisposed => Volatile.Read(ref _disposed);

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        _timer.Dispose();
        FlushLast();
    }

    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs e) => FlushLast();

    /// <summary>Writes the last lines, after those that are being written. Unread output does not keep the process alive.</summary>
    private void FlushLast()
    {
        var last = new Thread(() =>
        {
            SpinWait.SpinUntil(() => !Volatile.Read(ref _flushing), Patience);
            Flush();
        }) { IsBackground = true };
        last.Start();
        last.Join(Patience);
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            if (_pending.WrittenCount > MaxPending)
            {
                _dropped++;
                return;
            }
            var head = _pending.GetSpan(64);
            // The round-trip format costs a tenth of one of our own. Its last four digits are dropped.
            TimeProvider.System.GetUtcNow().TryFormat(head, out _, "O", System.Globalization.CultureInfo.InvariantCulture);
            head[TimeLength] = (byte)'Z';
            _pending.Advance(TimeLength + 1);
            _pending.Write(Label(level));
            Text(category);
            _pending.Write(": "u8);
            Text(message);
            if (exception is not null)
            {
                _pending.Write("\n"u8);
                Encoding.UTF8.GetBytes(exception.ToString(), _pending);
            }
            _pending.Write("\n"u8);
            if (_flushing) return;
            if (_disposed) FlushLocked();
            else Schedule();
        }
    }

    private void Schedule()
    {
        if (_scheduled || _disposed) return;
        _scheduled = true;
        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    // A line stays one line, whatever text a caller sends: control characters, and others that end a line for some readers, become spaces.
    private void Text(string text)
    {
        if (text.AsSpan().ContainsAny(LineEnds)) text = string.Create(text.Length, text, static (line, text) => text.AsSpan().ReplaceAny(line, LineEnds, ' '));
        var length = Encoding.UTF8.GetBytes(text, _pending.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
        _pending.Advance(length);
    }

    private void Flush()
    {
        ArrayBufferWriter<byte> full;
        lock (_lock)
        {
            _scheduled = false;
            // A flush that waits for a reader occupies one thread, not one more with each tick; new lines stay pending
            // up to the limit.
            if (_flushing || _pending.WrittenCount == 0) return;
            _flushing = true;
            if (_dropped > 0) Encoding.UTF8.GetBytes($"{_dropped} log lines were dropped.\n", _pending);
            _dropped = 0;
            full = _pending;
            _pending = _spare;
        }
        try
        {
            Put(full);
        }
        finally
        {
            lock (_lock)
            {
                full.ResetWrittenCount();
                _spare = full;
                _flushing = false;
                if (_pending.WrittenCount > 0)
                {
                    // After Dispose there is no timer that would write lines that were added in the meantime.
                    if (_disposed) FlushLocked();
                    else Schedule();
                }
            }
        }
    }

    private void FlushLocked()
    {
        Put(_pending);
        _pending.ResetWrittenCount();
    }

    private void Put(ArrayBufferWriter<byte> full)
    {
        try
        {
            _output.Write(full.WrittenSpan);
            _output.Flush();
        }
        catch (IOException)
        {
            // The output is no longer read; the gateway continues to serve.
        }
    }

    private static ReadOnlySpan<byte> Label(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => " debug "u8,
        LogLevel.Information => " info  "u8,
        LogLevel.Warning => " warn  "u8,
        LogLevel.Error => " error "u8,
        _ => " fatal "u8,
    };

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) provider.Write(logLevel, category, formatter(state, exception), exception);
        }
    }
}
