using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Reads one element of <c>tools</c>: a caller's tool (no type, or <c>custom</c>), or one that Anthropic runs.</summary>
internal static class ToolReader
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    /// <summary>Reads the tool under the cursor in place: tools are most of an agent's request, so each further scan is expensive.</summary>
    public static ToolDefinition Read(ref JsonCursor cursor)
    {
        JsonText name = default, description = default;
        JsonSlice schema = default, cache = default;
        bool? strict = null;
        Extras? extras = null;
        var (start, isNative) = (cursor.Position, false);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            isNative |= cursor.NameIs("type"u8) && cursor.Token == JsonTokenType.String && !cursor.TakeText().Is("custom"u8);
            if (isNative) cursor.Skip();
            else if (cursor.NameIs("name"u8)) name = cursor.TakeText();
            else if (cursor.NameIs("description"u8) && cursor.Token == JsonTokenType.String) description = cursor.TakeText();
            else if (cursor.NameIs("input_schema"u8)) schema = cursor.TakeValue();
            else if (cursor.NameIs("strict"u8) && cursor.Token is JsonTokenType.True or JsonTokenType.False) strict = cursor.TakeBoolean();
            else if (cursor.NameIs("cache_control"u8) && !cursor.IsNull) cache = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        if (isNative) return new ToolDefinition { Native = cursor.ValueSince(start), Origin = Own };
        return new ToolDefinition
        {
            Name = name, Description = description, Parameters = schema, Strict = strict, CacheControl = cache, Origin = Own, Extras = extras,
        };
    }
}
