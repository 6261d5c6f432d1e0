using Nano.Chat;

namespace Nano.Dialects;

/// <summary>Reads one streamed response. Not thread safe.</summary>
internal interface IEventReader
{
    /// <summary>
    /// Reads one event and sends its content to <paramref name="sink"/>, between BeginFrame and EndFrame.
    /// </summary>
    /// <param name="type">The SSE <c>event:</c> field, or its equivalent (<see cref="StreamFraming"/>); empty if there was none.</param>
    /// <param name="data">The SSE <c>data:</c> field, or a binary message's payload.</param>
    void Read(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, IChatEventSink sink);

    /// <summary>The stream may end here: its end marker has arrived, or all parts of this dialect's end.</summary>
    bool IsComplete { get; }

    /// <summary>The usage so far, if it is later than what the sink received (<see cref="IChatEventSink.TakesTextAlone"/>); else null.</summary>
    Usage? HeldUsage => null;
}
