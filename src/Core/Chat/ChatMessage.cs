using Nano.Json;

namespace Nano.Chat;

internal enum ChatRole
{
    System,
    Developer,
    User,
    Assistant,
    /// <summary>Carries <see cref="ToolResultPart"/>s only. Dialects that put results into user turns read those as <see cref="User"/>.</summary>
    Tool,
}

/// <summary>One turn: a role and its parts in the order they are in.</summary>
internal sealed class ChatMessage(ChatRole role)
{
    public ChatRole Role { get; set; } = role;

    /// <summary>The participant's name (Chat <c>name</c>).</summary>
    public JsonText Name { get; set; }

    public List<ContentPart> Parts { get; } = [];

    /// <summary>A note of the dialect that read it about how it was written (string or array, ...). Means nothing to other dialects.</summary>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}
