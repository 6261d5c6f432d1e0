using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>The readable text of a reasoning item: its summary, or the reasoning itself for open models (<c>reasoning_text</c>).</summary>
internal static class ReasoningTexts
{
    /// <summary>Between two pieces of one item: each is a paragraph, most with a heading.</summary>
    public static readonly JsonText Gap = JsonText.From("\n\n");

    /// <summary>Null if it has neither text nor state.</summary>
    public static ReasoningPart? Read(in Item item)
    {
        var text = Join(item.Summary, item.Content);
        if (!text.HasValue && !item.EncryptedContent.HasValue) return null;
        return new ReasoningPart(OpenAIResponsesDialect.DialectName) { Text = text, Opaque = item.EncryptedContent };
    }

    /// <summary>One piece unchanged; several are joined by blank lines.</summary>
    private static JsonText Join(JsonSlice summary, JsonSlice content)
    {
        JsonText text = default;
        JsonOutput? joined = null;
        Add(summary, ref text, ref joined);
        Add(content, ref text, ref joined);
        if (joined is null) return text;
        text = new JsonText(joined.Written.ToArray());
        joined.Dispose();
        return text;
    }

    private static void Add(JsonSlice list, ref JsonText text, ref JsonOutput? joined)
    {
        if (!list.IsArray) return;
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var piece = cursor.TakeValue().Member("text"u8).AsText();
            if (!piece.HasValue) continue;
            if (!text.HasValue)
            {
                text = piece;
                continue;
            }
            if (joined is null)
            {
                joined = new JsonOutput();
                joined.Append(text);
            }
            joined.Append(Gap);
            joined.Append(piece);
        }
    }
}
