using Nano.Chat;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>What a choice of a stream that is being written has said so far.</summary>
internal sealed class ChunkChoice(int index)
{
    public int Index { get; } = index;

    public bool HasRole { get; set; }

    /// <summary>The events' tool indexes, in order: their places are Chat's indexes, from 0 and without gaps.</summary>
    public List<int> Calls { get; } = [];

    /// <summary>Of the calls, those of custom tools; null until there is one.</summary>
    public HashSet<int>? CustomCalls { get; set; }

    /// <summary>Reasoning parts begun.</summary>
    public int Details { get; set; }

    public int Images { get; set; }

    public WaitingCitations Citations { get; } = new();

    public FinishReason Finish { get; set; }

    public byte[] NativeFinish { get; set; } = [];
}
