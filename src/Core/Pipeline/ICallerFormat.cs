using Nano.Dialects;
using Nano.Dialects.Embeddings;
using Nano.Errors;

namespace Nano.Pipeline;

/// <summary>The parts of an inbound API that the pipeline needs. Stateless.</summary>
internal interface ICallerFormat
{
    /// <summary>The dialect that callers of the API speak.</summary>
    IDialect Dialect { get; }

    /// <summary>The embeddings API of the callers; null for other operations.</summary>
    IEmbeddingCaller? Embeddings => null;

    /// <summary>The name of the dialect or API that its callers use.</summary>
    string Name => Embeddings?.Name ?? Dialect.Name;

    /// <summary>The framing of its streams.</summary>
    StreamFormat Stream { get; }

    /// <summary>The headers in which its clients read their rate limits.</summary>
    RateHeaders RateHeaders => RateHeaders.OpenAI;

    /// <summary>The header in which the API's clients read a request's id, besides <c>x-request-id</c>; null for none.</summary>
    string? RequestIdHeader => null;

    /// <summary>An empty envelope for a request of the API.</summary>
    /// <param name="parameter">The parameter of the request's path, decoded; empty when the route has none.</param>
    Envelope CreateEnvelope(string parameter);
}

/// <summary>The framing of an inbound API's streams for its callers.</summary>
internal sealed record StreamFormat
{
    /// <summary>For operations that never stream.</summary>
    public static StreamFormat None { get; } = new() { KeepAlive = default };

    public string ContentType { get; init; } = "text/event-stream";

    /// <summary>Sent after <c>KEEP_ALIVE_SECONDS</c> of silence, in a form that the API's clients tolerate and that resets their idle timers.</summary>
    public required ReadOnlyMemory<byte> KeepAlive { get; init; }

    /// <summary>Written after a passed-through stream whose provider omits the dialect's end marker; empty for dialects without one.</summary>
    public ReadOnlyMemory<byte> EndMarker { get; init; }

    /// <summary>The stream is not SSE but one JSON array of its events' data (<see cref="JsonArrayStream"/>).</summary>
    public bool IsJsonArray { get; init; }

    /// <summary>False: clients of the API break on SSE comments.</summary>
    public bool AllowsComments { get; init; } = true;
}
