using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Telemetry;

namespace Nano.Upstream;

/// <summary>
/// What all attempts of one exchange share and none may change: the caller's dialect, body, envelope and clock. The body stays as the
/// caller sent it, so that every attempt starts from it.
/// </summary>
internal abstract class DispatchRequest(IDialect dialect, RequestClock clock)
{
    /// <summary>The caller's dialect.</summary>
    public IDialect Dialect { get; } = dialect;

    /// <summary>The name of what the caller speaks: the dialect, or the API of an operation that has one of its own.</summary>
    public abstract string Api { get; }

    public RequestClock Clock { get; } = clock;

    /// <summary>Counts the large buffers of this request together with those of all others; null where nothing limits them.</summary>
    public BufferBudget? Budget { get; protected init; }

    /// <summary>The caller's body.</summary>
    public abstract ReadOnlyMemory<byte> Body { get; }

    /// <summary>The envelope of <see cref="Body"/>.</summary>
    public Envelope Envelope { get; protected set; } = null!;

    /// <summary>A loss is an error (<c>x-nano-strict</c>).</summary>
    public bool IsStrict { get; protected set; }

    /// <summary>What the caller wants done with the model.</summary>
    public Operation Operation { get; protected init; }

    /// <summary>The caller wants a stream, and the operation has streams. Decided here and nowhere else.</summary>
    public bool IsStream => Envelope.Stream && Operation == Operation.Chat;

    /// <summary>Seals and opens models' state where a request changes its dialect; null until <see cref="ReadStateKeyAsync"/>.</summary>
    public StateKey? StateKey { get; protected set; }

    /// <summary>Makes <see cref="StateKey"/> available; an error when the gateway's key cannot be read.</summary>
    public abstract ValueTask<GatewayError?> ReadStateKeyAsync();

    /// <summary>A header of the caller; null when there is none.</summary>
    public abstract string? Header(string name);

    /// <summary>The caller's headers whose names begin so, without regard to case.</summary>
    public abstract IEnumerable<(string Name, string Value)> HeadersFrom(string prefix);

    /// <summary>Whether the caller's query contains this pair (<c>beta=true</c>).</summary>
    public abstract bool HasQuery(string pair);

    /// <summary>The envelope of a body that was edited for one attempt.</summary>
    public abstract GatewayError? TryReadEnvelope(ReadOnlyMemory<byte> body, out Envelope envelope);

    /// <summary>What is recorded of the attempts so far.</summary>
    public abstract IReadOnlyList<AttemptRecord> Attempts { get; }

    /// <summary>An attempt has begun.</summary>
    public abstract void Begin(Attempt attempt);

    /// <summary>The attempt's request is about to be sent.</summary>
    public virtual void Sending(Attempt attempt) { }

    /// <summary>The <c>traceparent</c> of an attempt's request; null for none.</summary>
    public virtual string? TraceParentOf(Attempt attempt) => null;

    /// <summary>Sets aside what the attempt may use, before it is sent. The result is why it may not be sent.</summary>
    public abstract ValueTask<GatewayError?> ReserveAsync(Attempt attempt);

    /// <summary>The attempt is over, in whatever way: what was set aside for it is charged or given back.</summary>
    public abstract ValueTask CloseAsync(Attempt attempt);

    /// <summary>
    /// Waits until a response has content, and keeps what was read for <see cref="RelayAsync"/>. The result is an error of the response.
    /// Raises <see cref="OperationCanceledException"/> when the attempt is given up.
    /// </summary>
    public abstract ValueTask<GatewayError?> AwaitContentAsync(Attempt attempt, HttpResponseMessage response);

    /// <summary>The attempt waits for its provider: from here until <see cref="ResumeAsync"/> the caller's silence may be filled.</summary>
    public abstract void Wait();

    /// <summary>The wait is over.</summary>
    public abstract ValueTask ResumeAsync();

    /// <summary>No further attempt will read the body.</summary>
    public abstract void ReleaseBody(bool isBeingSent);

    /// <summary>
    /// Passes a response with a success status on to the caller. The result is an error that the caller has not been sent. Raises only
    /// <see cref="OperationCanceledException"/>, when the caller has left, and what writing to the caller raises.
    /// </summary>
    public abstract ValueTask<GatewayError?> RelayAsync(Attempt attempt, HttpResponseMessage response);

    /// <summary>
    /// Makes an attempt to embed, from the body to the caller's response, with the sends of <paramref name="dispatcher"/>: one call may
    /// need several. As <see cref="RelayAsync"/> otherwise.
    /// </summary>
    public abstract ValueTask<GatewayError?> EmbedAsync(Attempt attempt, Dispatcher dispatcher);

    /// <summary>Whether an exception means that the caller has left. Decided here and nowhere else.</summary>
    public abstract bool HasCallerLeft(Exception exception);
}
