using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Nano.Chat;
using Nano.Json;
using Nano.Upstream;

namespace Nano.Streaming;

/// <summary>
/// The caller's side of a stream. The relay writes whole events into <see cref="Output"/> and flushes; while the relay
/// waits for the provider (<see cref="Pause"/> to <see cref="ResumeAsync"/>), silence is filled with SSE comments, which
/// therefore stand between events and never inside one, also before the first.
/// </summary>
internal sealed class CallerStream : Heartbeat.Member, IAsyncDisposable
{
    private const int Busy = 0, Waiting = 1, Pinging = 2;
    private static readonly byte[] Comment = ": keep-alive\n\n"u8.ToArray();

    private readonly HttpContext _context;
    private readonly RequestClock _clock;
    private readonly Heartbeat _heartbeat;
    private readonly LossReport _losses;
    private readonly long _silence;
    private long _lastSent;
    private int _state = Busy;
    private bool _begun;
    private Task _ping = Task.CompletedTask;

    /// <param name="silence">How long nothing may be sent.</param>
    public CallerStream(HttpContext context, RequestClock clock, Heartbeat heartbeat, LossReport losses, TimeSpan silence)
    {
        _context = context;
        _clock = clock;
        _heartbeat = heartbeat;
        _losses = losses;
        _silence = (long)silence.TotalMilliseconds;
        _lastSent = heartbeat.Now;
        heartbeat.Add(this);
    }

    /// <summary>What the next flush sends: always whole events.</summary>
    public JsonOutput Output { get; } = new(512);

    /// <summary>Status and headers are gone: from here on an error is an event.</summary>
    public bool HasStarted => _context.Response.HasStarted;

    /// <summary>From here until <see cref="ResumeAsync"/> the relay does not write, and comments may.</summary>
    public void Pause() => Volatile.Write(ref _state, Waiting);

    public ValueTask ResumeAsync() =>
        Interlocked.CompareExchange(ref _state, Busy, Waiting) == Pinging ? new ValueTask(AfterPingAsync()) : default;

    /// <summary>Sends what is in <see cref="Output"/>, as one flush; raises what <see cref="CallerWriter"/> does.</summary>
    public async ValueTask FlushAsync()
    {
        if (Output.Length == 0) return;
        Start();
        Volatile.Write(ref _lastSent, _heartbeat.Now);
        await CallerWriter.WriteAsync(_context, Output.Written, _clock);
        Output.Release();
    }

    public override bool IsDue(long now) => Volatile.Read(ref _state) == Waiting && now - Volatile.Read(ref _lastSent) >= _silence;

    public override void OnDue(long now)
    {
        if (Interlocked.CompareExchange(ref _state, Pinging, Waiting) != Waiting) return;
        _ping = PingAsync();
    }

    /// <summary>Ends comments for good; after this the host may have its response back.</summary>
    public async ValueTask DisposeAsync()
    {
        _heartbeat.Remove(this);
        await ResumeAsync();
        Output.Dispose();
    }

    /// <summary>The answer's head, once: an event stream that no proxy should hold back.</summary>
    private void Start()
    {
        if (_begun) return;
        _begun = true;
        var response = _context.Response;
        if (response.HasStarted) return;
        response.StatusCode = 200;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["x-accel-buffering"] = "no";
        if (!_losses.IsEmpty) response.Headers["x-nano-loss"] = _losses.ToString();
    }

    private async Task PingAsync()
    {
        // Off the timer's thread, which other requests need.
        await Task.Yield();
        try
        {
            Start();
            Volatile.Write(ref _lastSent, _heartbeat.Now);
            await CallerWriter.WriteAsync(_context, Comment, _clock);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The caller has left; the relay learns it by its own token.
        }
        finally
        {
            Volatile.Write(ref _state, Waiting);
        }
    }

    private async Task AfterPingAsync()
    {
        while (Interlocked.CompareExchange(ref _state, Busy, Waiting) != Waiting)
        {
            // OnDue stores the task right after it has taken the state; between the two there is nothing to await yet.
            await Volatile.Read(ref _ping);
            await Task.Yield();
        }
    }
}
