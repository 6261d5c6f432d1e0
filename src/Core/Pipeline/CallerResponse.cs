using Microsoft.AspNetCore.Http;
using Nano.Chat;
using Nano.Errors;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// The caller's side of a response that may take long. While the relay waits for the provider (<see cref="Pause"/> to <see cref="ResumeAsync"/>),
/// silence is filled with keep-alives, even before an attempt commits: they are not content of the response.
/// </summary>
internal abstract class CallerResponse : Heartbeat.Member, IAsyncDisposable
{
    private const int Busy = 0, Waiting = 1, Pinging = 2;

    private readonly Heartbeat _heartbeat;
    private readonly long _silence;
    private long _lastSent;
    private int _state = Busy;
    private Task _ping = Task.CompletedTask;

    /// <param name="silence">How long nothing may be sent.</param>
    protected CallerResponse(Exchange exchange, Heartbeat heartbeat, TimeSpan silence)
    {
        Exchange = exchange;
        _heartbeat = heartbeat;
        _silence = (long)silence.TotalMilliseconds;
        _lastSent = heartbeat.Now;
        heartbeat.Add(this);
    }

    /// <summary>The losses that the response's headers report: those of the attempt that commits. Null until one has.</summary>
    public LossReport? Losses { get; set; }

    /// <summary>An error can still be written in a form that the caller's client reads.</summary>
    public abstract bool TakesErrors { get; }

    /// <summary>An error that is written to the caller ends the response; otherwise the connection has to be broken.</summary>
    public abstract bool EndsWithError { get; }

    protected Exchange Exchange { get; }

    protected abstract string ContentType { get; }

    /// <summary>The bytes to send after a silence.</summary>
    protected abstract ReadOnlyMemory<byte> KeepAlive { get; }

    /// <summary>Status and headers have been written.</summary>
    protected bool HasBegun { get; private set; }

    /// <summary>The number of losses that the headers report.</summary>
    protected int SentLosses { get; private set; }

    /// <summary>The status for the record: the one that the caller got, else the one that it would have got.</summary>
    public static int StatusOf(HttpContext context, RequestOutcome outcome) => context.Response.HasStarted ? context.Response.StatusCode : outcome switch
    {
        RequestOutcome.CallerGone => 499,
        RequestOutcome.Stopped => GatewayError.CutOff.Status,
        _ => context.Response.StatusCode,
    };

    /// <summary>Sends an error after the response has begun; raises the exceptions of <see cref="CallerWriter"/>.</summary>
    public abstract ValueTask WriteErrorAsync(GatewayError error);

    /// <summary>From here until <see cref="ResumeAsync"/> the relay does not write, and keep-alives may.</summary>
    public void Pause() => Volatile.Write(ref _state, Waiting);

    public ValueTask ResumeAsync() =>
        Interlocked.CompareExchange(ref _state, Busy, Waiting) == Pinging ? new ValueTask(AfterPingAsync()) : default;

    public override bool IsDue(long now) => Volatile.Read(ref _state) == Waiting && now - Volatile.Read(ref _lastSent) >= _silence;

    public override void OnDue(long now)
    {
        if (Interlocked.CompareExchange(ref _state, Pinging, Waiting) != Waiting) return;
        _ping = PingAsync();
    }

    /// <summary>Ends keep-alives permanently; afterwards the host may reuse its response.</summary>
    public virtual ValueTask DisposeAsync()
    {
        _heartbeat.Remove(this);
        return ResumeAsync();
    }

    /// <summary>Begins the response, if it has not, and sends bytes of it.</summary>
    protected ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Start();
        Volatile.Write(ref _lastSent, _heartbeat.Now);
        return CallerWriter.WriteAsync(Exchange.Context, bytes, Exchange.Clock);
    }

    /// <summary>Status and headers, once: a response that no proxy should hold back.</summary>
    private void Start()
    {
        if (HasBegun) return;
        HasBegun = true;
        var response = Exchange.Context.Response;
        if (response.HasStarted) return;
        response.StatusCode = 200;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["x-accel-buffering"] = "no";
        // The attempt that has committed, or the only one that can commit.
        if (Losses is null) return;
        Exchange.WriteHeaders();
        if (Losses is not { IsEmpty: false } losses) return;
        SentLosses = losses.Count;
        response.Headers["x-nano-loss"] = losses.ToString();
    }

    private async Task PingAsync()
    {
        // Leave the timer's thread, which other requests need.
        await Task.Yield();
        try
        {
            Exchange.Record.KeepAlives++;
            await SendAsync(KeepAlive);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The caller has left; the relay is notified by its own token.
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
            // OnDue stores the task right after it has taken the state; in between there is nothing to await yet.
            await Volatile.Read(ref _ping);
            await Task.Yield();
        }
    }
}
