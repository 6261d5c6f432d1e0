using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Finds out which call of a choice a streamed fragment belongs to. Providers count from 0 or above
/// (<c>anthropic-chat-sse-toolcall-4dd456</c>), leave the index out (<c>mistral-chat-sse-toolcall-2ae793</c>), repeat the id
/// in every fragment (<c>openai-chat-sse-toolcall-1ca8e7</c>), or give every parallel call the index 0.
/// </summary>
internal sealed class StreamedCalls
{
    /// <summary>More calls than this in one choice are no response; the last one takes what follows.</summary>
    private const int MostCalls = 1024;

    private readonly List<Call> _calls = [];

    public int Count => _calls.Count;

    /// <summary>The call's place in order of appearance; <paramref name="isNew"/> when it was not known before.</summary>
    public int Find(long? index, JsonText id, bool hasName, out bool isNew)
    {
        var known = Known(index, id, hasName);
        isNew = known < 0 && _calls.Count < MostCalls;
        if (!isNew)
        {
            if (known < 0) known = _calls.Count - 1;
            if (id.HasValue && _calls[known].Id.Length == 0) _calls[known].Id = id.Span.ToArray();
            return known;
        }
        _calls.Add(new Call { Index = index, Id = id.Span.ToArray() });
        return _calls.Count - 1;
    }

    public bool IsStarted(int call) => _calls[call].Started;

    /// <summary>Starts it, once; the id as it was said so far.</summary>
    public JsonText Start(int call)
    {
        _calls[call].Started = true;
        return _calls[call].Id.Length > 0 ? new JsonText(_calls[call].Id) : default;
    }

    /// <summary>Whether it is open; it is not afterwards.</summary>
    public bool End(int call)
    {
        var open = _calls[call] is { Started: true, Ended: false };
        _calls[call].Ended = true;
        return open;
    }

    private int Known(long? index, JsonText id, bool hasName)
    {
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            var call = _calls[i];
            var sameId = id.HasValue && call.Id.AsSpan().SequenceEqual(id.Span);
            if (index is { } at)
            {
                // Another id with another name under a known index is another call.
                if (call.Index == at) return id.HasValue && hasName && call.Id.Length > 0 && !sameId ? -1 : i;
            }
            else if (sameId) return i;
        }
        return index is null && !id.HasValue && !hasName ? _calls.Count - 1 : -1;
    }

    private sealed class Call
    {
        public long? Index { get; init; }

        public byte[] Id { get; set; } = [];

        public bool Started { get; set; }

        public bool Ended { get; set; }
    }
}
