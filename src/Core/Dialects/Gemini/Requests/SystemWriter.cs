using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes <c>systemInstruction</c> for a request of another dialect. Gemini has one place for instructions, before all turns:
/// later instructions move there and are reported.
/// </summary>
internal static class SystemWriter
{
    public static bool IsSystem(ChatMessage message) => message.Role is ChatRole.System or ChatRole.Developer;

    /// <summary>Reports the members of a turn besides its content.</summary>
    public static void ReportMembers(ChatMessage message, LossReport losses)
    {
        losses.DropExtras(message.Extras, GeminiDialect.DialectName, "messages");
        if (message.Name.HasValue) losses.Drop("messages.name");
    }

    /// <summary>Reports parts that cannot be expressed here.</summary>
    public static void Report(ContentPart part, LossReport losses)
    {
        if (part.CacheControl.HasValue) losses.Drop("messages.cache_control");
        losses.DropExtras(part.Extras, GeminiDialect.DialectName, part is ToolCallPart ? "messages.tool_calls" : "messages.content");
    }

    public static void Write(ChatRequest request, in FormatWriter.Plan format, JsonOutput output, LossReport losses)
    {
        var any = false;
        var turns = false;
        foreach (var message in request.Messages)
        {
            if (!IsSystem(message))
            {
                turns = true;
                continue;
            }
            ReportMembers(message, losses);
            if (turns) losses.Emulate($"messages.{(message.Role == ChatRole.System ? "system" : "developer")}");
            foreach (var part in message.Parts)
            {
                Report(part, losses);
                if (part is not TextPart { Text: var text })
                {
                    losses.Drop("messages.content");
                    continue;
                }
                if (!text.HasValue) continue;
                Open(ref any, output);
                ForeignParts.WriteText(text, default, output);
            }
        }
        if (format.AskInWords)
        {
            Open(ref any, output);
            format.WriteWords(output);
        }
        if (!any) return;
        output.EndArray();
        output.EndObject();
    }

    private static void Open(ref bool any, JsonOutput output)
    {
        if (any) return;
        any = true;
        output.Name("systemInstruction"u8);
        output.BeginObject();
        output.Name("parts"u8);
        output.BeginArray();
    }
}
