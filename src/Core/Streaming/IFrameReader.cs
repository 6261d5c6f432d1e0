using Nano.Dialects;
using Nano.Json;

namespace Nano.Streaming;

/// <summary>Splits a byte stream into events, however the bytes are chunked. Not thread safe.</summary>
/// <remarks>Use: write into <see cref="GetMemory"/>, <see cref="Advance"/>, then <c>TryRead</c> until it is false.</remarks>
internal interface IFrameReader : IDisposable
{
    /// <summary>Why reading cannot continue, as a predicate of the response ("has an event that is too large"); null if there is no fault.</summary>
    string? Fault { get; }

    /// <summary>Bytes of an unfinished event are waiting.</summary>
    bool HasRest { get; }

    /// <summary>The buffer may be given back while the stream is silent; it is kept while bytes are waiting.</summary>
    void ReleaseIdleBuffer();

    /// <summary>Memory for the next bytes, at least <paramref name="minimum"/> long.</summary>
    /// <remarks>Raises <see cref="BufferBudgetException"/> when the budget for large buffers is spent; the bytes so far are kept.</remarks>
    Memory<byte> GetMemory(int minimum = 1024);

    /// <summary>Reports that <paramref name="count"/> bytes were written into the memory.</summary>
    void Advance(int count);

    /// <summary>The next whole event; false when more bytes are needed or after a <see cref="Fault"/>.</summary>
    bool TryRead(out SseEvent item);

    /// <summary>At the end of the stream: the last event without its end marker, for framings where servers sometimes omit it.</summary>
    bool TryReadLast(out SseEvent item);

    /// <summary>False for an event that the end of the stream left without its end marker.</summary>
    bool IsWhole(in SseEvent item);
}

/// <summary>Creates the reader of each framing.</summary>
internal static class FrameReaders
{
    public const string TooLong = "has an event that is too large";

    /// <param name="maxEventBytes">A longer event is a fault.</param>
    /// <param name="budget">Counts a large buffer; null for no limit.</param>
    public static IFrameReader Create(StreamFraming framing, int maxEventBytes, BufferBudget? budget) => framing switch
    {
        StreamFraming.AmazonEventStream => new AmazonEventStreamReader(maxEventBytes, budget),
        _ => new SseReader(maxEventBytes, budget),
    };

    /// <summary>Whether the end of the stream cut an event: it may lack its blank line, but not a part of its data.</summary>
    public static bool IsCut(this IFrameReader reader, in SseEvent item) => !reader.IsWhole(item) && item.HasData && !IsComplete(item.Data.Span);

    private static bool IsComplete(ReadOnlySpan<byte> data) =>
        SseEvent.IsBlank(data) || data.Trim(" \t\r\n"u8).SequenceEqual("[DONE]"u8) || JsonSlice.IsValid(data);

    public static string ContentType(StreamFraming framing) => framing switch
    {
        StreamFraming.AmazonEventStream => "application/vnd.amazon.eventstream",
        _ => "text/event-stream",
    };

    /// <summary>Recognizes a stream that lacks the content type.</summary>
    public static bool LooksLike(StreamFraming framing, ReadOnlySpan<byte> body) => framing switch
    {
        // The first byte of a message's length is 0: the first message of a stream is less than 16 MiB. No JSON begins with 0.
        StreamFraming.AmazonEventStream => body is [0, ..],
        _ => IsEventStream(body.TrimStart(" \t\r\n"u8)),
    };

    /// <summary>Some servers label a stream as JSON (openai-chat-sse-basic-7977ed); no JSON begins with an SSE field name or a colon.</summary>
    private static bool IsEventStream(ReadOnlySpan<byte> body) =>
        body.StartsWith("data:"u8) || body.StartsWith("event:"u8) || body.StartsWith(":"u8) || body.StartsWith("id:"u8) || body.StartsWith("retry:"u8);
}
