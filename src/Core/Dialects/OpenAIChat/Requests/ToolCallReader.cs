using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Reads the tool calls of a whole message. Calls of custom tools stay opaque.</summary>
internal static class ToolCallReader
{
    private static readonly JsonText FunctionName = JsonText.From("function");
    internal static readonly JsonText FunctionCallName = JsonText.From("function_call");

    /// <param name="calls">An array.</param>
    public static void Read(JsonSlice calls, List<ContentPart> parts, in Place place)
    {
        var cursor = new JsonCursor(calls.Memory);
        cursor.EnterArray();
        for (var i = 0; cursor.NextElement(); i++) parts.Add(ReadCall(ref cursor, i, place.Inner("tool_calls", i)));
    }

    /// <summary>Legacy <c>function_call</c>: one call, without an id. Null if it has no name.</summary>
    public static ToolCallPart? ReadLegacy(JsonSlice call, in Place place, LegacyCalls ids)
    {
        var function = new Function(call);
        place.Expect(function.Name.IsPresent, "function_call.name", "a string");
        if (!function.Name.HasValue) return null;
        Extras? extras = null;
        if (!function.IsPlain) Extras.AddCarried(ref extras, OpenAIChatDialect.DialectName, FunctionCallName, call, function.Lost);
        return new ToolCallPart(ids.Next(), function.Name)
        {
            Arguments = function.Arguments,
            Form = (int)(ToolCallForm.Legacy | function.Form),
            Extras = extras,
        };
    }

    private static ContentPart ReadCall(ref JsonCursor cursor, int ordinal, in Place place)
    {
        if (cursor.Token != JsonTokenType.StartObject)
        {
            place.Expect(false, "", "an object");
            return Opaque(default, cursor.TakeValue());
        }
        JsonText id = default, signature = default;
        JsonSlice type = default, function = default;
        Extras? extras = null;
        var form = ToolCallForm.TypeAbsent;
        var start = cursor.Position;
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var value = cursor.TakeValue();
            if (value.IsText && name.Is("id"u8)) id = value.AsText();
            else if (value.IsText && name.Is("type"u8)) (type, form) = (value, form & ~ToolCallForm.TypeAbsent);
            else if (value.IsObject && name.Is("function"u8)) function = value;
            else if (name.Is("index"u8) && value.AsInt64() == ordinal) form |= ToolCallForm.Index;
            else if (name.Is("extra_content"u8) && ThoughtSignature(value, out signature)) form |= ToolCallForm.ExtraContent;
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, value);
        }
        var word = type.AsText();
        if (!function.IsPresent || (word.HasValue && !word.Is("function"u8)))
        {
            place.Expect(word.HasValue && !word.Is("function"u8), "function", "an object");
            return Opaque(word, cursor.ValueSince(start));
        }
        var called = new Function(function);
        place.Expect(called.Name.IsPresent, "function.name", "a string");
        if (!called.IsPlain) Extras.AddCarried(ref extras, OpenAIChatDialect.DialectName, FunctionName, function, called.Lost);
        // gemini-chat-one-toolcall-4fb0ca: "" if the model has no ids.
        if (id is { IsPresent: true, IsEmpty: true }) (id, form) = (default, form | ToolCallForm.IdEmpty);
        return new ToolCallPart(id, called.Name)
        {
            Arguments = called.Arguments,
            Signature = signature,
            Form = (int)(form | called.Form),
            Extras = extras,
        };
    }

    /// <summary>
    /// <c>{"google":{"thought_signature":...}}</c>, Google's own form of a call's signature in Chat
    /// (https://ai.google.dev/gemini-api/docs/thought-signatures). False if there are other members; the value then stays an extra.
    /// </summary>
    private static bool ThoughtSignature(JsonSlice content, out JsonText signature)
    {
        signature = default;
        if (!content.IsObject) return false;
        var google = content.Member("google"u8);
        signature = google.Member("thought_signature"u8).AsText();
        return signature.IsPresent && HasOneMember(content) && HasOneMember(google);
    }

    private static bool HasOneMember(JsonSlice value)
    {
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        if (!cursor.NextMember()) return false;
        cursor.Skip();
        return !cursor.NextMember();
    }

    private static OpaquePart Opaque(JsonText type, JsonSlice value) =>
        new(OpenAIChatDialect.DialectName, type, value) { Form = (int)OpaqueForm.ToolCalls };

    /// <summary><c>{"name":...,"arguments":...}</c>.</summary>
    private readonly struct Function
    {
        public readonly JsonText Name;
        public readonly ToolArguments Arguments;
        public readonly ToolCallForm Form;

        /// <summary>The members without a neutral name; null if there are none.</summary>
        public readonly Extras? Lost;

        public Function(JsonSlice function)
        {
            var plain = true;
            var cursor = new JsonCursor(function.Memory);
            Form = ToolCallForm.ArgumentsAbsent;
            cursor.EnterObject();
            while (cursor.NextMember())
            {
                var name = cursor.Name;
                var value = cursor.TakeValue();
                if (value.IsText && name.Is("name"u8)) Name = value.AsText();
                else if (name.Is("arguments"u8) && (value.IsText || value.IsObject))
                {
                    Arguments = value.IsText ? new ToolArguments { Encoded = value.AsText() } : new ToolArguments { Json = value };
                    Form &= ~ToolCallForm.ArgumentsAbsent;
                }
                else
                {
                    plain = false;
                    Extras.Add(ref Lost, OpenAIChatDialect.DialectName, name, value);
                }
            }
            if (!plain || !Name.IsPresent) Form |= ToolCallForm.Whole;
        }

        public bool IsPlain => (Form & ToolCallForm.Whole) == 0;
    }
}
