using Nano.Chat;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>System and developer turns of another dialect's conversation, for a provider that takes one such turn, at the beginning.</summary>
internal static class SystemTurns
{
    /// <summary>Joins their parts into one first turn, in order; the same list if the conversation is like that already.</summary>
    public static List<ChatMessage> Join(List<ChatMessage> messages, LossReport losses)
    {
        var count = 0;
        foreach (var message in messages)
            if (Is(message)) count++;
        if (count == 0 || (count == 1 && Is(messages[0]))) return messages;
        losses.Emulate("messages.system");
        var first = new ChatMessage(ChatRole.System);
        var joined = new List<ChatMessage>(messages.Count) { first };
        foreach (var message in messages)
        {
            if (!Is(message))
            {
                joined.Add(message);
                continue;
            }
            first.Parts.AddRange(message.Parts);
            losses.DropExtras(message.Extras, OpenAIChatDialect.DialectName, "messages");
        }
        return joined;
    }

    /// <summary>A turn of which nothing can be written is left to the writer, which leaves it out and names it.</summary>
    private static bool Is(ChatMessage message) => message.Role is ChatRole.System or ChatRole.Developer && message.Parts.Exists(part => part is TextPart or MediaPart);
}
