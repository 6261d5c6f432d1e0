using Nano.Chat;

namespace Nano.Dialects.AnthropicMessages.Streams;

/// <summary>Which block an event belongs to: its kind and, for calls, which call.</summary>
internal readonly record struct BlockKey(PartKind Kind, int Tool);

/// <summary>A block that waits until the open one ends, with its pending content.</summary>
internal sealed class WaitingBlock(BlockKey key)
{
    public BlockKey Key { get; } = key;

    public bool Ended { get; set; }

    /// <summary>The start's <c>content_block</c>, then each <c>delta</c>, without their envelopes.</summary>
    public List<byte[]> Pieces { get; } = [];
}
