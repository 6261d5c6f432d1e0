using Nano.Streaming;

namespace Nano.Tests.Streaming;

/// <summary>A stream whose bytes arrive in pieces. Not in tests/Testing, which does not use the gateway's own reader.</summary>
internal static class SsePieces
{
    /// <summary>The events of a stream whose bytes arrive in pieces of a size. As in production, the data of an event are valid during the call only.</summary>
    public static void Read(byte[] stream, int size, Action<SseEvent> take)
    {
        using var reader = new SseReader();
        for (var at = 0; at < stream.Length; at += size)
        {
            var piece = stream.AsMemory(at, Math.Min(size, stream.Length - at));
            piece.CopyTo(reader.GetMemory(piece.Length));
            reader.Advance(piece.Length);
            while (reader.TryRead(out var item)) take(item);
            reader.ReleaseIdleBuffer();
        }
        while (reader.TryReadLast(out var item)) take(item);
    }

    /// <inheritdoc cref="Read"/>
    /// <remarks>Without the events that have no data.</remarks>
    public static void ReadData(byte[] stream, int size, Action<SseEvent> take) => Read(stream, size, item =>
    {
        if (item.HasData) take(item);
    });
}
