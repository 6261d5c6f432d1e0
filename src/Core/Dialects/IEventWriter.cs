using Nano.Chat;

namespace Nano.Dialects;

/// <summary>Writes one streamed response as SSE. Not thread safe.</summary>
internal interface IEventWriter : IChatEventSink
{
    /// <summary>Writes the end of a successful stream in this dialect. Called once, after the reader is complete.</summary>
    void Complete();

    /// <summary>Takes what the response cost in USD, for the usage that <see cref="Complete"/> writes.</summary>
    /// <returns>False where the caller gets no usage, or its dialect has no member for it.</returns>
    bool TryTellCost(string usd) => false;

    /// <summary>Writes what the writer still holds back; an error follows instead of <see cref="Complete"/>.</summary>
    void Interrupt() { }

    /// <summary>The usage so far, in the normal form; null if none was reported.</summary>
    Usage? Usage { get; }

    /// <summary>The stream's progress.</summary>
    StreamPlace Place => default;
}
