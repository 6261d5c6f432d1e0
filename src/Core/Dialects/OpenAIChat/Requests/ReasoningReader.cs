using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Reads the reasoning of a message: <c>reasoning_details</c> (OpenRouter), <c>reasoning_content</c> (DeepSeek, xAI,
/// Moonshot, ...), <c>reasoning</c> (Groq, Cerebras, vLLM), <c>thinking</c> content parts (Mistral). Several of them
/// usually repeat the same text (<c>gpustack-chat-one-toolres-1249ee</c>), which is read only once.
/// </summary>
internal static class ReasoningReader
{
    private static readonly JsonText ContentName = JsonText.From("reasoning_content");
    private static readonly JsonText PlainName = JsonText.From("reasoning");
    private static readonly JsonText DetailsName = JsonText.From("reasoning_details");
    private static readonly JsonText ThinkingName = JsonText.From("thinking");

    public static void Read(JsonSlice content, JsonSlice plain, JsonSlice details, List<ContentPart> parts, ref MessageForm form, ref Extras? extras)
    {
        if (details.IsPresent)
        {
            if (!ReasoningDetails.TryRead(details, parts, out var inPieces)) Extras.Add(ref extras, OpenAIChatDialect.DialectName, DetailsName, details);
            else if (inPieces) Extras.AddCarried(ref extras, OpenAIChatDialect.DialectName, DetailsName, details, lost: null);
            else form |= MessageForm.ReasoningDetails;
        }
        Plain(content, ContentName, MessageForm.ReasoningContent, MessageForm.ReasoningContentEmpty, parts, ref form, ref extras);
        Plain(plain, PlainName, MessageForm.Reasoning, MessageForm.ReasoningEmpty, parts, ref form, ref extras);
    }

    /// <summary>Mistral's <c>{"type":"thinking","thinking":[{"type":"text","text":...}]}</c>; null if the list contains anything but text.</summary>
    public static ReasoningPart? ReadContent(JsonSlice thinking, ref Extras? extras)
    {
        JsonText text = default;
        var pieces = 0;
        JsonOutput? joined = null;
        var cursor = new JsonCursor(thinking.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var item = cursor.TakeValue();
            var piece = item.Member("text"u8).AsText();
            if (!piece.IsPresent || !item.Member("type"u8).AsText().Is("text"u8) || Members(item) != 2)
            {
                joined?.Dispose();
                return null;
            }
            pieces++;
            if (pieces == 1) text = piece;
            else
            {
                if (joined is null)
                {
                    joined = new JsonOutput();
                    joined.Append(text);
                }
                joined.Append(piece);
            }
        }
        if (joined is not null)
        {
            text = new JsonText(joined.Written.ToArray());
            joined.Dispose();
        }
        if (pieces != 1) Extras.AddCarried(ref extras, OpenAIChatDialect.DialectName, ThinkingName, thinking, lost: null);
        return new ReasoningPart(OpenAIChatDialect.DialectName) { Text = text, Form = (int)ReasoningForm.Content };
    }

    private static void Plain(JsonSlice value, JsonText name, MessageForm there, MessageForm empty, List<ContentPart> parts, ref MessageForm form, ref Extras? extras)
    {
        var text = value.AsText();
        if (!text.IsPresent) return;
        if (text.IsEmpty) form |= empty;
        else if (TryAdd(text, parts) || ReasoningWriter.TextOf(parts, text)) form |= there;
        else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, value);
    }

    /// <summary>Adds the text if no part has any; a single detail that has only a signature is joined with it.</summary>
    private static bool TryAdd(JsonText text, List<ContentPart> parts)
    {
        ReasoningPart? signed = null;
        foreach (var part in parts)
        {
            if (part is not ReasoningPart reasoning) continue;
            if (reasoning.Text.HasValue) return false;
            if (!reasoning.Signature.HasValue) continue;
            if (signed is not null) return false;
            signed = reasoning;
        }
        if (signed is null || (signed.Form & (int)ReasoningForm.TextNull) != 0)
        {
            parts.Insert(0, new ReasoningPart(OpenAIChatDialect.DialectName) { Text = text });
            return true;
        }
        parts[parts.IndexOf(signed)] = new ReasoningPart(signed.Origin)
        {
            Text = text,
            Signature = signed.Signature,
            Form = signed.Form | (int)ReasoningForm.TextApart,
            Extras = signed.Extras,
        };
        return true;
    }

    private static int Members(JsonSlice item)
    {
        var count = 0;
        var cursor = new JsonCursor(item.Memory);
        cursor.EnterObject();
        for (; cursor.NextMember(); count++) cursor.Skip();
        return count;
    }
}
