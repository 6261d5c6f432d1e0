using Nano.Chat;

namespace Nano.Dialects.OpenAIChat.Streams;

/// <summary>The state of one choice of a stream that is being written.</summary>
internal sealed class ChunkChoice(int index)
{
    public int Index { get; } = index;

    public bool HasRole { get; set; }

    /// <summary>The events' tool indexes, in order: their positions are Chat's indexes, from 0 without gaps.</summary>
    public List<int> Calls { get; } = [];

    /// <summary>The calls of custom tools; null until there is one.</summary>
    public HashSet<int>? CustomCalls { get; set; }

    /// <summary>The number of reasoning parts so far.</summary>
    public int Details { get; set; }

    public int Images { get; set; }

    public WaitingCitations Citations { get; } = new();

    public FinishReason Finish { get; set; }

    public byte[] NativeFinish { get; set; } = [];
}
