using System.Text.Json;
using Nano.Chat;
using Nano.Dialects.OpenAIChat.Responses;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>The last chunk of a choice whose stream ends without a finish reason.</summary>
internal static class MissingFinish
{
    /// <summary>The members that all chunks of the stream have, and the begin of the list of choices; empty for an event that is not a chunk.</summary>
    /// <param name="data">The data of any event.</param>
    public static byte[] HeadOf(ReadOnlyMemory<byte> data)
    {
        using var head = new JsonOutput(256);
        var hasChoices = false;
        try
        {
            head.Bytes("data: "u8);
            head.BeginObject();
            var cursor = new JsonCursor(data);
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                hasChoices |= cursor.NameIs("choices"u8);
                if (cursor.NameIs("id"u8) || cursor.NameIs("object"u8) || cursor.NameIs("created"u8) || cursor.NameIs("model"u8) || cursor.NameIs("system_fingerprint"u8))
                {
                    head.Name(cursor.Name);
                    head.Raw(cursor.TakeValue());
                }
                else cursor.Skip();
            }
            head.Name("choices"u8);
        }
        catch (JsonException)
        {
            // Other code reports invalid JSON.
            return [];
        }
        return hasChoices ? head.WrittenSpan.ToArray() : [];
    }

    /// <summary>Writes the chunk, a whole event.</summary>
    /// <param name="head">See <see cref="HeadOf"/>.</param>
    public static void Write(ReadOnlySpan<byte> head, int index, EditedChoice choice, JsonOutput output)
    {
        var start = output.Length;
        output.Bytes(head);
        output.NewValue();
        output.BeginArray();
        output.BeginObject();
        output.Name("index"u8);
        output.Number(index);
        output.Name("delta"u8);
        output.BeginObject();
        output.EndObject();
        output.Name("finish_reason"u8);
        output.Literal(FinishReasons.Word(FinishReason.None, choice.Calls.Count > 0));
        output.EndObject();
        output.EndArray();
        output.Bytes("}"u8);
        output.PutOnOneLine(start);
        output.Bytes("\n\n"u8);
        output.NewValue();
    }
}
