using System.Text.Json;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>The members of a turn that edits depend on, found in one scan.</summary>
internal readonly ref struct TurnMembers
{
    public TurnMembers(JsonSlice message)
    {
        var cursor = new JsonCursor(message.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("role"u8)) Role = cursor.TakeValue().AsText();
            else if (cursor.NameIs("reasoning_content"u8)) ReasoningContent = cursor.TakeValue();
            else if (cursor.NameIs("reasoning"u8)) Reasoning = cursor.TakeValue();
            else if (cursor.NameIs("reasoning_details"u8)) Details = cursor.TakeValue();
            else
            {
                HasCalls |= cursor.NameIs("tool_calls"u8) && cursor.Token == JsonTokenType.StartArray;
                HasIds |= cursor.NameIs("tool_calls"u8) || cursor.NameIs("tool_call_id"u8);
                HasPrefix |= cursor.NameIs("prefix"u8);
                HasName |= cursor.NameIs("name"u8);
                HasContent |= cursor.NameIs("content"u8);
                cursor.Skip();
            }
        }
    }

    public JsonText Role { get; }
    public JsonSlice ReasoningContent { get; }
    public JsonSlice Reasoning { get; }
    public JsonSlice Details { get; }
    public bool HasCalls { get; }
    public bool HasIds { get; }
    public bool HasPrefix { get; }
    public bool HasName { get; }
    public bool HasContent { get; }

    /// <summary>The text of the turn's reasoning; callers return one of the two members, or the same text in both.</summary>
    public JsonText Text => ReasoningContent.AsText() is { HasValue: true } text ? text : Reasoning.AsText();

    /// <summary>Whether the provider's own member is present and complete.</summary>
    public bool Has(ReadOnlySpan<byte> member) =>
        (member.SequenceEqual("reasoning"u8) ? Reasoning : ReasoningContent).AsText() is { HasValue: true } text && text.Span == Text.Span;
}
