using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Streaming;

namespace Nano.Pipeline;

/// <summary>Converts the events of one provider stream to the caller's. Not thread safe.</summary>
internal interface IEventRelay
{
    /// <summary>Takes one event and writes the caller's events for it. Returns an error if the stream has failed.</summary>
    GatewayError? Take(in SseEvent item, JsonOutput output);

    /// <summary>The provider's end marker was received: nothing may follow.</summary>
    bool HasEnded { get; }

    /// <summary>The stream may end here.</summary>
    bool IsComplete { get; }

    /// <summary>The number of events with content so far.</summary>
    int ContentEvents { get; }

    /// <summary>Writes the end of a successful stream, unless the provider's bytes contain it already.</summary>
    void Complete(JsonOutput output);

    /// <inheritdoc cref="IEventWriter.TryTellCost"/>
    bool TryTellCost(string usd) => false;

    /// <summary>Writes the held-back part of a failed stream; the error follows.</summary>
    void Interrupt(JsonOutput output) { }

    /// <summary>Null when the provider has not reported it.</summary>
    Usage? Usage { get; }

    /// <inheritdoc cref="ChoiceFinishes.First"/>
    FinishReason Finish { get; }

    /// <inheritdoc cref="ChoiceFinishes.All"/>
    IReadOnlyList<FinishReason>? Finishes { get; }

    /// <summary>The model that the provider reports.</summary>
    string? Model { get; }

    /// <summary>The progress of the caller's stream.</summary>
    StreamPlace Place { get; }
}
