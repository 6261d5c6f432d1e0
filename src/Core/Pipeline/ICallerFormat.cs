using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Errors;

namespace Nano.Pipeline;

/// <summary>What the pipeline needs of the inbound API that a request came through. Stateless.</summary>
internal interface ICallerFormat
{
    /// <summary>The dialect that callers of the API speak.</summary>
    IDialect Dialect { get; }

    /// <summary>The API of callers who embed; null for those of other operations.</summary>
    IEmbeddingCaller? Embeddings => null;

    /// <summary>The name of what its callers speak.</summary>
    string Name => Embeddings?.Name ?? Dialect.Name;

    /// <summary>How its streams are framed.</summary>
    StreamFormat Stream { get; }

    /// <summary>How its clients read the limits on their rates.</summary>
    RateHeaders RateHeaders => RateHeaders.OpenAI;

    /// <summary>Where the API's clients read a request's id, besides <c>x-request-id</c>; null for nowhere else.</summary>
    string? RequestIdHeader => null;

    /// <summary>An empty envelope for a request of the API.</summary>
    /// <param name="parameter">The parameter of the request's path, decoded; empty when the route has none.</param>
    Envelope CreateEnvelope(string parameter);

    /// <summary>An error response with the status that the API's clients react to in the right way; before a stream has begun.</summary>
    GatewayError AsToldTo(GatewayError error) => error;
}

/// <summary>How the streams of an inbound API are framed for its callers.</summary>
internal sealed record StreamFormat
{
    /// <summary>For operations that never stream.</summary>
    public static StreamFormat None { get; } = new() { KeepAlive = default };

    public string ContentType { get; init; } = "text/event-stream";

    /// <summary>Sent after <c>KEEP_ALIVE_SECONDS</c> of silence, in the form that the API's clients survive and that resets their idle timers.</summary>
    public required ReadOnlyMemory<byte> KeepAlive { get; init; }

    /// <summary>Written after a passed-through stream whose provider leaves out the dialect's end marker; empty for dialects without one.</summary>
    public ReadOnlyMemory<byte> EndMarker { get; init; }

    /// <summary>The stream is not SSE but one JSON array of its events' data (<see cref="JsonArrayStream"/>).</summary>
    public bool IsJsonArray { get; init; }

    /// <summary>False: clients of the API break on SSE comments.</summary>
    public bool AllowsComments { get; init; } = true;
}
