using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Streaming;

namespace Nano.Pipeline;

/// <summary>How the events of one provider stream become the caller's. Not thread safe.</summary>
internal interface IEventRelay
{
    /// <summary>Takes one event and writes what the caller gets of it. A result means that the stream has failed.</summary>
    GatewayError? Take(in SseEvent item, JsonOutput output);

    /// <summary>The provider's end marker was seen: nothing may follow.</summary>
    bool HasEnded { get; }

    /// <summary>The stream may end here.</summary>
    bool IsComplete { get; }

    /// <summary>Events with content so far.</summary>
    int ContentEvents { get; }

    /// <summary>Writes what ends a good stream, where the provider's bytes do not contain it already.</summary>
    void Complete(JsonOutput output);

    /// <summary>Writes what was held back of a stream that failed; the error follows.</summary>
    void Interrupt(JsonOutput output) { }

    /// <summary>Null when the provider has not reported it.</summary>
    Usage? Usage { get; }

    FinishReason Finish { get; }

    /// <summary>The model that the provider reports.</summary>
    string? Model { get; }

    /// <summary>How far the caller's stream is.</summary>
    StreamPlace Place { get; }
}
