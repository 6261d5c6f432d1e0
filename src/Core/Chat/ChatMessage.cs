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

/// <summary>One turn: a role and its parts, in order.</summary>
internal sealed class ChatMessage(ChatRole role)
{
    public ChatRole Role { get; set; } = role;

    /// <summary>The participant's name (Chat <c>name</c>).</summary>
    public JsonText Name { get; set; }

    public List<ContentPart> Parts { get; } = [];

    /// <summary>How the source dialect wrote it (string or array, ...). Only that dialect understands the value.</summary>
    public int Form { get; set; }

    public Extras? Extras { get; set; }
}
