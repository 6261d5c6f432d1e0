using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>The state of one item of a streamed response.</summary>
internal sealed class OpenItem(int index)
{
    private readonly List<OpenPart> _parts = [];
    private byte[] _id = [], _callId = [];
    private SaidText? _text, _refusal, _summary, _thought, _arguments, _part;

    /// <summary>-1 for an item whose events have no index.</summary>
    public int Index { get; } = index;

    public ItemKind Kind { get; set; }

    /// <summary>Its <c>added</c> or <c>done</c> event has arrived; before that, it is known only from deltas.</summary>
    public bool IsAdded { get; set; }

    /// <summary>For a call: its index among the response's calls; -1 before it begins.</summary>
    public int Tool { get; set; } = -1;

    public bool IsDone { get; set; }

    /// <summary>For a reasoning item: the last piece that was sent; -1 before the first.</summary>
    public int LastPiece { get; set; } = -1;

    /// <summary>The number of annotations sent, over all parts.</summary>
    public int Annotations { get; set; }

    /// <summary>For each complete text, in order, the number of UTF-16 units of the message's text before it.</summary>
    public List<long> Starts { get; } = [];

    public SaidText Text => _text ??= new();

    /// <summary>The text since the last complete part.</summary>
    public SaidText OpenText => _part ??= new();

    public SaidText Refusal => _refusal ??= new();

    public SaidText Summary => _summary ??= new();

    public SaidText Thought => _thought ??= new();

    public SaidText Arguments => _arguments ??= new();

    /// <summary>For a call: arguments that arrived before its item.</summary>
    public List<byte> Early { get; } = [];

    public bool HasId => _id.Length > 0;

    public bool HasCallId => _callId.Length > 0;

    public void Named(JsonText id, JsonText callId)
    {
        if (id.HasValue && _id.Length == 0) _id = id.Span.ToArray();
        if (callId.HasValue && _callId.Length == 0) _callId = callId.Span.ToArray();
    }

    public bool IsNamed(JsonText id) => id.HasValue && id.Span.SequenceEqual(_id);

    public bool IsCall(JsonText callId) => callId.HasValue && callId.Span.SequenceEqual(_callId);

    public OpenPart Part(int index)
    {
        foreach (var part in _parts)
            if (part.Index == index) return part;
        // More parts than any real response has: further ones are merged into the last.
        if (_parts.Count >= 256) return _parts[^1];
        _parts.Add(new OpenPart(index));
        return _parts[^1];
    }
}

/// <summary>The state of one part of a message, or of one piece of reasoning.</summary>
internal sealed class OpenPart(int index)
{
    public int Index { get; } = index;

    /// <summary>The number of UTF-16 units of the response's text before it; -1 until its text is counted.</summary>
    public long Before { get; set; } = -1;
}
