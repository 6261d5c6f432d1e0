using System.Text;
using Microsoft.Extensions.Logging;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Hosting;

public sealed class LineLoggerTests
{
    [Fact]
    public async Task Unread_output_occupies_one_thread_and_a_bounded_number_of_lines()
    {
        using var output = new BlockedStream();
        using var provider = new LineLoggerProvider(output);
        var log = provider.CreateLogger("test");
        log.LogInformation("first");
        await output.Entered.Task.WaitAsync(TimeSpan.FromMinutes(2));
        // Several ticks of the timer, with lines pending at each.
        for (var tick = 0; tick < 5; tick++)
        {
            log.LogInformation("waiting");
            await Task.Delay(250);
        }
        output.Writers.ShouldBe(1);
        var line = new string('x', 100_000);
        for (var i = 0; i < 100; i++) log.LogInformation("{Line}", line);
        output.Open.Set();
        await output.Until("log lines were dropped.").WaitAsync(TimeSpan.FromMinutes(2));
        output.Text.Length.ShouldBeLessThan(5 * 1024 * 1024);
        output.MostWriters.ShouldBe(1);
        log.LogInformation("after");
        await output.Until("test: after\n").WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void A_line_stays_one_line()
    {
        using var output = new BlockedStream();
        output.Open.Set();
        var noise = string.Concat(Enumerable.Repeat("a\n\u0000", 200_000));
        using (var provider = new LineLoggerProvider(output)) provider.CreateLogger("test").LogInformation("{Noise}", noise);
        output.Text.ShouldEndWith("test: " + noise.Replace('\n', ' ').Replace('\0', ' ') + "\n");
    }

    [Fact]
    public async Task Lines_that_are_added_while_the_last_ones_are_written_are_written_too()
    {
        using var output = new BlockedStream();
        var provider = new LineLoggerProvider(output);
        var log = provider.CreateLogger("test");
        log.LogInformation("first");
        await output.Entered.Task.WaitAsync(TimeSpan.FromMinutes(2));
        var disposing = Task.Run(provider.Dispose);
        // The provider accepts lines as long as there are loggers; from here on no timer writes them.
        while (!disposing.IsCompleted && !provider.IsDisposed) await Task.Delay(5);
        log.LogInformation("second");
        output.Open.Set();
        await disposing.WaitAsync(TimeSpan.FromMinutes(2));
        await output.Until("test: second\n").WaitAsync(TimeSpan.FromMinutes(2));
        log.LogInformation("third");
        output.Text.ShouldEndWith("test: third\n");
    }

    [Fact]
    public async Task Unread_output_does_not_keep_the_process_alive()
    {
        using var output = new BlockedStream();
        var provider = new LineLoggerProvider(output);
        provider.CreateLogger("test").LogInformation("first");
        await Task.Run(provider.Dispose).WaitAsync(TimeSpan.FromSeconds(60));
        output.Open.Set();
        await output.Until("test: first\n").WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Blocks until it is opened, like a pipe without an active reader.</summary>
    private sealed class BlockedStream : MemoryStream
    {
        private readonly Lock _lock = new();
        private int _writers;

        public ManualResetEventSlim Open { get; } = new();

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Writers => Volatile.Read(ref _writers);

        public int MostWriters { get; private set; }

        public string Text
        {
            get
            {
                lock (_lock) return Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length);
            }
        }

        public Task Until(string end) => Wait.UntilAsync(() => Text.Contains(end, StringComparison.Ordinal));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            MostWriters = Math.Max(MostWriters, Interlocked.Increment(ref _writers));
            Entered.TrySetResult();
            Open.Wait();
            lock (_lock) base.Write(buffer);
            Interlocked.Decrement(ref _writers);
        }
    }
}
