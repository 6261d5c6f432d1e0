using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Telemetry;

namespace Nano.Upstream;

/// <summary>
/// The state that all attempts of one exchange share and none may change: the caller's dialect, body, envelope and clock. The body stays as the
/// caller sent it, so that every attempt starts from it.
/// </summary>
internal abstract class DispatchRequest(IDialect dialect, RequestClock clock)
{
    /// <summary>The caller's dialect.</summary>
    public IDialect Dialect { get; } = dialect;

    /// <summary>The name of the caller's dialect, or of the API of an operation that has its own.</summary>
    public abstract string Api { get; }

    public RequestClock Clock { get; } = clock;

    /// <summary>Counts the large buffers of this request together with those of all others; null if nothing limits them.</summary>
    public BufferBudget? Budget { get; protected init; }

    /// <summary>The caller's body.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>The envelope of <see cref="Body"/>.</summary>
    public Envelope Envelope { get; protected set; } = null!;

    /// <summary>A loss is an error (<c>x-nano-strict</c>).</summary>
    public bool IsStrict { get; protected set; }

    /// <summary>The operation that the caller requests.</summary>
    public Operation Operation { get; protected init; }

    /// <summary>The caller wants a stream, and the operation supports streams. Decided only here.</summary>
    public bool IsStream => Envelope.Stream && Operation == Operation.Chat;

    /// <summary>Seals and opens models' state when a request changes its dialect; null until <see cref="ReadStateKeyAsync"/>.</summary>
    public StateKey? StateKey { get; protected set; }

    /// <summary>Makes <see cref="StateKey"/> available; an error when the gateway's key cannot be read.</summary>
    public abstract ValueTask<GatewayError?> ReadStateKeyAsync();

    /// <summary>A header of the caller; null when there is none.</summary>
    public abstract string? Header(string name);

    /// <summary>The caller's headers whose names begin with a prefix, without regard to case.</summary>
    public abstract IEnumerable<(string Name, string Value)> HeadersFrom(string prefix);

    /// <summary>Whether the caller's query contains this pair (<c>beta=true</c>).</summary>
    public abstract bool HasQuery(string pair);

    /// <summary>The envelope of a body that was edited for one attempt.</summary>
    public abstract GatewayError? TryReadEnvelope(ReadOnlyMemory<byte> body, out Envelope envelope);

    /// <summary>The records of the attempts so far.</summary>
    public abstract IReadOnlyList<AttemptRecord> Attempts { get; }

    /// <summary>An attempt has begun.</summary>
    public abstract void Begin(Attempt attempt);

    /// <summary>The targets of the plan that got no attempt, because they were cooling down or their breakers were open.</summary>
    public virtual void NoteSkipped(IReadOnlyList<SkippedStep> steps) { }

    /// <summary>The attempt's request is about to be sent.</summary>
    public virtual void Sending(Attempt attempt) { }

    /// <summary>The provider has responded to the attempt with a success status.</summary>
    public virtual void Responded(Attempt attempt) { }

    /// <summary>The <c>traceparent</c> of an attempt's request; null for none.</summary>
    public virtual string? TraceParentOf(Attempt attempt) => null;

    /// <summary>Reserves what the attempt may use, before it is sent. Returns an error if it may not be sent.</summary>
    public abstract ValueTask<GatewayError?> ReserveAsync(Attempt attempt);

    /// <summary>The attempt is over, whatever its outcome: its reservation is settled or released.</summary>
    public abstract ValueTask CloseAsync(Attempt attempt);

    /// <summary>
    /// Waits until a response has content, and keeps what was read for <see cref="RelayAsync"/>. Returns an error of the response.
    /// Raises <see cref="OperationCanceledException"/> when the attempt is given up.
    /// </summary>
    public abstract ValueTask<GatewayError?> AwaitContentAsync(Attempt attempt, HttpResponseMessage response);

    /// <summary>The attempt waits for its provider: until <see cref="ResumeAsync"/>, keep-alives may fill the caller's silence.</summary>
    public abstract void Wait();

    /// <summary>The wait is over.</summary>
    public abstract ValueTask ResumeAsync();

    /// <summary>No further attempt will read the body.</summary>
    public abstract void ReleaseBody(bool isBeingSent);

    /// <summary>
    /// Forwards a response with a success status to the caller. Returns an error that has not been sent to the caller. Raises only
    /// <see cref="OperationCanceledException"/>, when the caller has left, and the exceptions of writing to the caller.
    /// </summary>
    public abstract ValueTask<GatewayError?> RelayAsync(Attempt attempt, HttpResponseMessage response);

    /// <summary>
    /// Runs an attempt to embed, from the body to the caller's response, with the sends of <paramref name="dispatcher"/>: one call may
    /// need several. Otherwise like <see cref="RelayAsync"/>.
    /// </summary>
    public abstract ValueTask<GatewayError?> EmbedAsync(Attempt attempt, Dispatcher dispatcher);

    /// <summary>Whether an exception means that the caller has left. Decided only here.</summary>
    public abstract bool HasCallerLeft(Exception exception);
}
