using Nano.Chat;

namespace Nano.Dialects;

/// <summary>What a byte-lane answer reveals while it passes. Not thread safe.</summary>
internal interface IUsageTap
{
    /// <summary>A whole 200 body, read to its end: one that is not exactly one JSON value (it was cut off, or more follows it) is not complete.</summary>
    void OnBody(ReadOnlyMemory<byte> body);

    /// <summary>One SSE event of a stream; the bytes themselves are relayed by the caller as the result says.</summary>
    TapVerdict OnEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data);

    Usage? Usage { get; }

    FinishReason Finish { get; }

    /// <summary>The model that the provider reports.</summary>
    string? Model { get; }

    /// <inheritdoc cref="IEventReader.IsComplete"/>
    bool IsComplete { get; }

    /// <summary>Set when the body or an event was an error although the status was 200.</summary>
    ErrorDetails? Error { get; }

    /// <summary>How far the stream is.</summary>
    StreamPlace Place => default;
}

/// <summary>What to do with an event of a byte-lane stream.</summary>
public enum TapVerdict
{
    /// <summary>Pass it on. It carries content: the time to the first token counts to here.</summary>
    Content,
    /// <summary>Pass it on.</summary>
    Relay,
    /// <summary>It carries nothing but usage: keep it from a caller who did not ask.</summary>
    UsageOnly,
    /// <summary>It is the dialect's end marker: pass it on.</summary>
    End,
    /// <summary>It is an error: see <see cref="IUsageTap.Error"/>.</summary>
    Error,
}
