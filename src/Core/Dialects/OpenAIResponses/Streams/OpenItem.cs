using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>What was said so far of one item of a streamed response.</summary>
internal sealed class OpenItem(int index)
{
    private readonly List<OpenPart> _parts = [];
    private byte[] _id = [], _callId = [];
    private SaidText? _text, _refusal, _summary, _thought, _arguments, _part;

    /// <summary>-1 for an item whose events name no place.</summary>
    public int Index { get; } = index;

    public ItemKind Kind { get; set; }

    /// <summary>Its <c>added</c> or <c>done</c> event came; before, it is known by deltas alone.</summary>
    public bool IsAdded { get; set; }

    /// <summary>Of a call: which one of the response's; -1 before it began.</summary>
    public int Tool { get; set; } = -1;

    public bool IsDone { get; set; }

    /// <summary>Of a reasoning item: the piece that was said last; -1 before the first.</summary>
    public int LastPiece { get; set; } = -1;

    /// <summary>Annotations that were told, of all parts.</summary>
    public int Annotations { get; set; }

    /// <summary>UTF-16 units of the message's text before each text that is whole, in their order.</summary>
    public List<long> Starts { get; } = [];

    public SaidText Text => _text ??= new();

    /// <summary>The text that came since the last part that was said whole.</summary>
    public SaidText OpenText => _part ??= new();

    public SaidText Refusal => _refusal ??= new();

    public SaidText Summary => _summary ??= new();

    public SaidText Thought => _thought ??= new();

    public SaidText Arguments => _arguments ??= new();

    /// <summary>Of a call: arguments that came before its item.</summary>
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
        // More parts than any response has: what is beyond belongs to the last.
        if (_parts.Count >= 256) return _parts[^1];
        _parts.Add(new OpenPart(index));
        return _parts[^1];
    }
}

/// <summary>What was said so far of one part of a message, or of one piece of reasoning.</summary>
internal sealed class OpenPart(int index)
{
    public int Index { get; } = index;

    /// <summary>UTF-16 units of the response's text before it; -1 until its text was counted.</summary>
    public long Before { get; set; } = -1;
}
