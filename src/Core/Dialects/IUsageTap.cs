using Nano.Chat;

namespace Nano.Dialects;

/// <summary>Observes a response on the passthrough. Not thread safe.</summary>
internal interface IUsageTap
{
    /// <summary>A whole 200 body, read to its end: a body that is not exactly one JSON value (truncated, or followed by more) is not complete.</summary>
    void OnBody(ReadOnlyMemory<byte> body);

    /// <summary>One SSE event of a stream; the result decides whether the bytes are relayed.</summary>
    TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data);

    Usage? Usage { get; }

    /// <inheritdoc cref="ChoiceFinishes.First"/>
    FinishReason Finish { get; }

    /// <inheritdoc cref="ChoiceFinishes.All"/>
    IReadOnlyList<FinishReason>? Finishes => null;

    /// <summary>The model that the provider reports.</summary>
    string? Model { get; }

    /// <inheritdoc cref="IEventReader.IsComplete"/>
    bool IsComplete { get; }

    /// <summary>Set when the body or an event was an error although the status was 200.</summary>
    ErrorDetails? Error { get; }

    /// <summary>The choices of a stream that have begun and have no finish reason yet, as bits by their index.</summary>
    ulong OpenChoices => 0;

    /// <summary>The stream's progress.</summary>
    StreamPlace Place => default;
}

/// <summary>What to do with an event of a passthrough stream.</summary>
public enum TapVerdict
{
    /// <summary>Pass it on. It has content: the time to the first token ends here.</summary>
    Content,
    /// <summary>Pass it on.</summary>
    Relay,
    /// <summary>It has only usage: do not send it to a caller who did not request usage.</summary>
    UsageOnly,
    /// <summary>It is the dialect's end marker: pass it on.</summary>
    End,
    /// <summary>It is an error: see <see cref="IUsageTap.Error"/>.</summary>
    Error,
}
