using System.Buffers;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>System and developer turns of another dialect's conversation, for a provider that takes one such turn, at the beginning.</summary>
internal static class SystemTurns
{
    /// <summary>
    /// Joins their parts into one first turn, in order, and its texts into one: Ollama makes a system turn of each part (openai/openai.go, FromChatRequest), and some servers take
    /// only a string. The same list if the conversation is like that already, or if the provider takes the turns at their places.
    /// </summary>
    public static List<ChatMessage> Join(List<ChatMessage> messages, ForeignQuirks quirks, LossReport losses)
    {
        var count = 0;
        foreach (var message in messages)
            if (Is(message)) count++;
        if (count == 0 || (quirks.SystemAfterUser && !HasRefused(messages))) return messages;
        var isFirst = count == 1 && Is(messages[0]);
        if (isFirst && (messages[0].Parts.Count == 1 || !AreTexts(messages[0].Parts))) return messages;
        if (!isFirst) losses.Emulate("messages.system");
        var first = new ChatMessage(ChatRole.System);
        if (isFirst) (first.Role, first.Name) = (messages[0].Role, messages[0].Name);
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
        if (first.Parts.Count > 1 && AreTexts(first.Parts)) JoinTexts(first.Parts, losses);
        return joined;
    }

    /// <summary>A turn of which nothing can be written is left to the writer, which leaves it out and names it.</summary>
    private static bool Is(ChatMessage message) => message.Role is ChatRole.System or ChatRole.Developer && message.Parts.Exists(part => part is TextPart or MediaPart);

    /// <summary>One of them follows a response or the results of tools.</summary>
    private static bool HasRefused(List<ChatMessage> messages)
    {
        for (var i = 1; i < messages.Count; i++)
        {
            if (!Is(messages[i])) continue;
            var before = messages[i - 1];
            if (before.Role is ChatRole.Assistant or ChatRole.Tool) return true;
            // Results without a text after them.
            if (before.Parts.Count > 0 && before.Parts.TrueForAll(part => part is ToolResultPart)) return true;
        }
        return false;
    }

    private static bool AreTexts(List<ContentPart> parts) => parts.TrueForAll(part => part is TextPart);

    private static void JoinTexts(List<ContentPart> parts, LossReport losses)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var part in parts)
        {
            if (part.CacheControl.HasValue) losses.Drop("messages.content.cache_control");
            losses.DropExtras(part.Extras, OpenAIChatDialect.DialectName, "messages.content");
            var more = ((TextPart)part).Text;
            if (!more.HasValue) continue;
            if (text.WrittenCount > 0) text.Write("\\n\\n"u8);
            text.Write(more.Span);
        }
        parts.Clear();
        parts.Add(new TextPart(new JsonText(text.WrittenMemory)));
    }
}
