using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>
/// The caller's side of a stream. The relay writes whole events into <see cref="Output"/> and flushes; while the relay waits for the
/// provider (<see cref="Pause"/> to <see cref="ResumeAsync"/>), silence is filled with keep-alives in the form of the inbound API,
/// which are therefore between events and never inside one, also before the first.
/// </summary>
internal sealed class CallerStream : Heartbeat.Member, IAsyncDisposable
{
    private const int Busy = 0, Waiting = 1, Pinging = 2;

    private readonly Exchange _exchange;
    private readonly Heartbeat _heartbeat;
    private readonly long _silence;
    private readonly JsonArrayStream? _array;
    private long _lastSent;
    private int _state = Busy;
    private bool _begun;
    private int _sentLosses;
    private Task _ping = Task.CompletedTask;

    /// <param name="silence">How long nothing may be sent.</param>
    public CallerStream(Exchange exchange, Heartbeat heartbeat, TimeSpan silence)
    {
        _exchange = exchange;
        _heartbeat = heartbeat;
        _silence = (long)silence.TotalMilliseconds;
        _lastSent = heartbeat.Now;
        Output = new JsonOutput(512, exchange.Budget);
        _array = exchange.Format.Stream.IsJsonArray ? new JsonArrayStream(new JsonOutput(512, exchange.Budget)) : null;
        heartbeat.Add(this);
    }

    /// <summary>What the next flush sends: always whole events.</summary>
    public JsonOutput Output { get; }

    /// <summary>What the response's headers report as lost: the losses of the attempt that commits. Null while that is open.</summary>
    public LossReport? Losses { get; set; }

    /// <summary>How far the events are that were written.</summary>
    public StreamPlace Place { get; set; }

    /// <summary>From here until <see cref="ResumeAsync"/> the relay does not write, and keep-alives may.</summary>
    public void Pause() => Volatile.Write(ref _state, Waiting);

    public ValueTask ResumeAsync() =>
        Interlocked.CompareExchange(ref _state, Busy, Waiting) == Pinging ? new ValueTask(AfterPingAsync()) : default;

    /// <summary>Sends what is in <see cref="Output"/>, as one flush; raises what <see cref="CallerWriter"/> does.</summary>
    /// <param name="isLast">The stream is complete.</param>
    public async ValueTask FlushAsync(bool isLast = false)
    {
        if (_exchange.Observer is { } observer && (isLast || Output.Length > 0)) observer.OnSending(Output.Written, isStream: true, isLast);
        if (_array is not null) _array.Convert(Output, isLast);
        var output = _array?.Output ?? Output;
        if (output.Length == 0) return;
        Start();
        Volatile.Write(ref _lastSent, _heartbeat.Now);
        await CallerWriter.WriteAsync(_exchange.Context, output.Written, _exchange.Clock);
        output.Release();
    }

    /// <summary>How many losses the caller knows when a provider's stream begins: those in headers that were sent, or are about to be.</summary>
    public int CountKnown(LossReport losses) => _begun ? _sentLosses : losses.Count;

    /// <summary>Appends a comment with all losses when some were found after the stream began (<see cref="CountKnown"/>).</summary>
    public void WriteLateLosses(LossReport losses, int known)
    {
        if (losses.Count <= known) return;
        Output.Bytes(": x-nano-loss: "u8);
        Output.AppendText(losses.ToString());
        Output.Bytes("\n\n"u8);
    }

    /// <summary>Appends a comment with what the response cost.</summary>
    public void WriteCost(string usd)
    {
        Output.Bytes(": x-nano-cost: "u8);
        Output.AppendText(usd);
        Output.Bytes("\n\n"u8);
    }

    /// <summary>Appends a comment with what the headers would have contained, had they not been sent before an attempt committed.</summary>
    public void WriteLateDeployment(Attempt attempt)
    {
        if (!_begun || _exchange.HasSentDeployment) return;
        Output.Bytes(": x-nano-deployment: "u8);
        Output.AppendText(attempt.Deployment.Name);
        Output.Bytes("\n\n"u8);
    }

    public override bool IsDue(long now) => Volatile.Read(ref _state) == Waiting && now - Volatile.Read(ref _lastSent) >= _silence;

    public override void OnDue(long now)
    {
        if (Interlocked.CompareExchange(ref _state, Pinging, Waiting) != Waiting) return;
        _ping = PingAsync();
    }

    /// <summary>Ends keep-alives for good; after this the host may have its response back.</summary>
    public async ValueTask DisposeAsync()
    {
        _heartbeat.Remove(this);
        await ResumeAsync();
        Output.Dispose();
        _array?.Output.Dispose();
    }

    /// <summary>Status and headers, once: an event stream that no proxy should hold back.</summary>
    private void Start()
    {
        if (_begun) return;
        _begun = true;
        var response = _exchange.Context.Response;
        if (response.HasStarted) return;
        response.StatusCode = 200;
        response.ContentType = _exchange.Format.Stream.ContentType;
        response.Headers.CacheControl = "no-cache";
        response.Headers["x-accel-buffering"] = "no";
        // The attempt that has committed, or the only one that can.
        if (Losses is null) return;
        _exchange.WriteHeaders();
        if (Losses is not { IsEmpty: false } losses) return;
        _sentLosses = losses.Count;
        response.Headers["x-nano-loss"] = losses.ToString();
    }

    private async Task PingAsync()
    {
        // Off the timer's thread, which other requests need.
        await Task.Yield();
        try
        {
            Start();
            Volatile.Write(ref _lastSent, _heartbeat.Now);
            _exchange.Record.KeepAlives++;
            await CallerWriter.WriteAsync(_exchange.Context, _exchange.Format.Stream.KeepAlive, _exchange.Clock);
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
