using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>
/// Determines which call of a choice a streamed fragment belongs to. Providers count from 0 or above
/// (<c>anthropic-chat-sse-toolcall-4dd456</c>), omit the index (<c>mistral-chat-sse-toolcall-2ae793</c>), repeat the id
/// in every fragment (<c>openai-chat-sse-toolcall-1ca8e7</c>), or give every parallel call the index 0, with different ids or with none.
/// </summary>
internal sealed class StreamedCalls
{
    /// <summary>The maximum number of calls in one choice; further fragments belong to the last one.</summary>
    private const int MostCalls = 1024;

    private readonly List<Call> _calls = [];

    public int Count => _calls.Count;

    /// <summary>The call's index in order of appearance; <paramref name="isNew"/> is true for its first fragment.</summary>
    public int Find(long? index, JsonText id, JsonText name, out bool isNew)
    {
        var known = Known(index, id, name);
        isNew = known < 0 && _calls.Count < MostCalls;
        if (!isNew)
        {
            if (known < 0) known = _calls.Count - 1;
            if (id.HasValue && _calls[known].Id.Length == 0) _calls[known].Id = id.Span.ToArray();
            if (name.HasValue && _calls[known].Name.Length == 0) _calls[known].Name = name.Span.ToArray();
            return known;
        }
        _calls.Add(new Call { Index = index, Id = id.Span.ToArray(), Name = name.Span.ToArray() });
        return _calls.Count - 1;
    }

    /// <summary>The call's id so far; empty if there is none.</summary>
    public ReadOnlySpan<byte> IdOf(int call) => _calls[call].Id;

    public bool IsStarted(int call) => _calls[call].Started;

    /// <summary>Starts a call, once, and returns its id so far.</summary>
    public JsonText Start(int call)
    {
        _calls[call].Started = true;
        return _calls[call].Id.Length > 0 ? new JsonText(_calls[call].Id) : default;
    }

    public HeldNull ArgumentsOf(int call) => _calls[call].Arguments;

    /// <summary>Ends a call; returns whether it was open.</summary>
    public bool End(int call)
    {
        var open = _calls[call] is { Started: true, Ended: false };
        _calls[call].Ended = true;
        return open;
    }

    private int Known(long? index, JsonText id, JsonText name)
    {
        int byIndex = -1, byId = -1;
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            if (byIndex < 0 && index is { } at && _calls[i].Index == at) byIndex = i;
            if (byId < 0 && id.HasValue && _calls[i].Id.AsSpan().SequenceEqual(id.Span)) byId = i;
        }
        // Without a name it continues a call, whose index on the wire may differ from its index here.
        if (!name.HasValue)
        {
            if (byId >= 0) return byId;
            if (byIndex >= 0) return byIndex;
            if (id.HasValue || _calls.Count == 0) return -1;
            return index is >= 0 and var place && place < _calls.Count ? (int)place : _calls.Count - 1;
        }
        if (index is null || (byId >= 0 && _calls[byId].Index == index)) return byId;
        if (byIndex < 0) return -1;
        // A different id and name with a known index is another call; without any id, a different name is.
        var known = _calls[byIndex];
        var isOther = id.HasValue ? known.Id.Length > 0 : known.Id.Length == 0 && known.Name.Length > 0 && !name.Span.SequenceEqual(known.Name);
        return isOther ? -1 : byIndex;
    }

    private sealed class Call
    {
        public long? Index { get; init; }

        public byte[] Id { get; set; } = [];

        public byte[] Name { get; set; } = [];

        public HeldNull Arguments { get; } = new();

        public bool Started { get; set; }

        public bool Ended { get; set; }
    }
}
