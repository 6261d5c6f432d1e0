using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>One turn as it will be written.</summary>
internal sealed class Turn(ChatRole role, List<TurnBlock> blocks)
{
    /// <summary>User, Assistant or System.</summary>
    public ChatRole Role { get; } = role;

    public List<TurnBlock> Blocks { get; } = blocks;
}

internal enum TurnBlockKind
{
    /// <summary>Text, media or reasoning, by the type of the part.</summary>
    Content,
    /// <summary>A <see cref="ToolCallPart"/>.</summary>
    Call,
    /// <summary>A <see cref="ToolResultPart"/>.</summary>
    Result,
    /// <summary>A placeholder for the missing result of a call. Without a part.</summary>
    MissingResult,
    /// <summary>A <see cref="ToolResultPart"/> without a call: written as text.</summary>
    StrayResult,
}

/// <param name="Id">The call's id in Anthropic's alphabet, for calls and results.</param>
internal readonly record struct TurnBlock(TurnBlockKind Kind, ContentPart? Part, JsonText Id);
