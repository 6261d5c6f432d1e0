using Nano.Dialects;
using Nano.Json;

namespace Nano.Streaming;

/// <summary>Cuts a byte stream into events, whatever the borders of the pieces it arrives in. Not thread safe.</summary>
/// <remarks>Use: write into <see cref="GetMemory"/>, <see cref="Advance"/>, then <c>TryRead</c> until it is false.</remarks>
internal interface IFrameReader : IDisposable
{
    /// <summary>Why nothing more can be read, as what a response does ("has an event that is too large"); null while all is well.</summary>
    string? Fault { get; }

    /// <summary>Bytes of an unfinished event are waiting.</summary>
    bool HasRest { get; }

    /// <summary>The buffer may be given back while the stream is silent; it is kept while bytes are waiting.</summary>
    void ReleaseIdleBuffer();

    /// <summary>Room for the next bytes, at least <paramref name="minimum"/>.</summary>
    /// <remarks>Raises <see cref="BufferBudgetException"/> when the budget for large buffers is spent; the bytes so far are kept.</remarks>
    Memory<byte> GetMemory(int minimum = 1024);

    /// <summary>Says that <paramref name="count"/> bytes were written into the memory.</summary>
    void Advance(int count);

    /// <summary>The next whole event; false when more bytes are needed, or none will help (<see cref="Fault"/>).</summary>
    bool TryRead(out SseEvent item);

    /// <summary>At the stream's end: what was left without its mark, where the framing has one that is left out at times.</summary>
    bool TryReadLast(out SseEvent item);

    /// <summary>False for what a stream's end left without its mark.</summary>
    bool IsWhole(in SseEvent item);
}

/// <summary>Each way of framing, by what it is called.</summary>
internal static class FrameReaders
{
    public const string TooLong = "has an event that is too large";

    /// <param name="maxEventBytes">A longer event is a fault.</param>
    /// <param name="budget">Counts a large buffer; null for none.</param>
    public static IFrameReader Create(StreamFraming framing, int maxEventBytes, BufferBudget? budget) => framing switch
    {
        StreamFraming.AmazonEventStream => new AmazonEventStreamReader(maxEventBytes, budget),
        _ => new SseReader(maxEventBytes, budget),
    };

    public static string ContentType(StreamFraming framing) => framing switch
    {
        StreamFraming.AmazonEventStream => "application/vnd.amazon.eventstream",
        _ => "text/event-stream",
    };

    /// <summary>For a stream without that content type.</summary>
    public static bool LooksLike(StreamFraming framing, ReadOnlySpan<byte> body) => framing switch
    {
        // The first byte of a message's length: the first message of a stream is less than 16 MiB. No JSON begins so.
        StreamFraming.AmazonEventStream => body is [0, ..],
        _ => IsEventStream(body.TrimStart(" \t\r\n"u8)),
    };

    /// <summary>Some servers label a stream as JSON (openai-chat-sse-basic-7977ed); no JSON begins with a word of SSE or a colon.</summary>
    private static bool IsEventStream(ReadOnlySpan<byte> body) =>
        body.StartsWith("data:"u8) || body.StartsWith("event:"u8) || body.StartsWith(":"u8) || body.StartsWith("id:"u8) || body.StartsWith("retry:"u8);
}
