using Nano.Dialects.OpenAIResponses.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>What was said so far of one item of a streamed response.</summary>
internal sealed class OpenItem(int index)
{
    private readonly List<OpenPart> _parts = [];
    private byte[] _id = [];

    public int Index { get; } = index;

    public ItemKind Kind { get; set; }

    /// <summary>Of a call: which one of the response's; -1 before it began.</summary>
    public int Tool { get; set; } = -1;

    /// <summary>Of a call: its arguments were said. Of a reasoning item: its state was.</summary>
    public bool HasSaid { get; set; }

    public bool IsDone { get; set; }

    /// <summary>Of a reasoning item: the piece that was said last; -1 before the first.</summary>
    public int LastPiece { get; set; } = -1;

    public void Named(JsonText id)
    {
        if (id.HasValue && _id.Length == 0) _id = id.Span.ToArray();
    }

    public bool IsNamed(JsonText id) => id.HasValue && id.Span.SequenceEqual(_id);

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

    /// <summary>Its text has begun.</summary>
    public bool HasSaid { get; set; }

    /// <summary>UTF-16 units of the response's text before it; -1 until its text was counted.</summary>
    public long Before { get; set; } = -1;

    /// <summary>Annotations that were told.</summary>
    public int Annotations { get; set; }
}
