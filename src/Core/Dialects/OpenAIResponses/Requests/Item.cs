using System.Text.Json;
using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

internal enum ItemKind
{
    /// <summary>Items that Chat and the neutral model cannot express: calls of OpenAI's own tools, compactions, future items.</summary>
    Other,
    Message,
    Reasoning,
    FunctionCall,
    FunctionCallOutput,
    CustomToolCall,
    CustomToolCallOutput,
    ImageGenerationCall,
}

/// <summary>The members of one item of <c>input</c> or <c>output</c>, found in one scan (https://platform.openai.com/docs/api-reference/responses/object).</summary>
internal readonly ref struct Item
{
    /// <summary>The unchanged item.</summary>
    public JsonSlice Json { get; private init; }

    public ItemKind Kind { get; private init; }

    /// <summary>The wire type; absent for a message without one.</summary>
    public JsonText Type { get; private init; }

    public JsonText Id { get; private init; }

    public JsonText Role { get; private init; }

    public JsonText CallId { get; private init; }

    public JsonText Name { get; private init; }

    /// <summary>A call's arguments, or a custom tool's input.</summary>
    public JsonText Arguments { get; private init; }

    /// <summary>Text or a list of parts.</summary>
    public JsonSlice Content { get; private init; }

    public JsonSlice Summary { get; private init; }

    public JsonText EncryptedContent { get; private init; }

    /// <summary>A call's result: text or a list of parts.</summary>
    public JsonSlice Output { get; private init; }

    /// <summary>Base64 of a generated image.</summary>
    public JsonText Result { get; private init; }

    /// <summary>The image's format: png, webp, jpeg.</summary>
    public JsonText OutputFormat { get; private init; }

    /// <param name="item">An object.</param>
    /// <param name="extras">Receives the members that have a meaning but no neutral name.</param>
    public static Item Read(JsonSlice item, ref Extras? extras)
    {
        var cursor = new JsonCursor(item.Memory);
        return Read(ref cursor, ref extras);
    }

    /// <summary>Reads the object that the cursor is on, and consumes it.</summary>
    /// <inheritdoc cref="Read(JsonSlice, ref Extras?)"/>
    public static Item Read(scoped ref JsonCursor cursor, ref Extras? extras)
    {
        JsonText type = default, id = default, role = default, callId = default, name = default, arguments = default, input = default;
        JsonText encrypted = default, result = default, format = default;
        JsonSlice content = default, summary = default, output = default, argumentObject = default;
        var start = cursor.Position;
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var isText = cursor.Token == JsonTokenType.String;
            if (isText && cursor.NameIs("type"u8)) type = cursor.TakeText();
            else if (isText && cursor.NameIs("id"u8)) id = cursor.TakeText();
            else if (isText && cursor.NameIs("role"u8)) role = cursor.TakeText();
            else if (isText && cursor.NameIs("call_id"u8)) callId = cursor.TakeText();
            else if (isText && cursor.NameIs("name"u8)) name = cursor.TakeText();
            else if (isText && cursor.NameIs("arguments"u8)) arguments = cursor.TakeText();
            else if (cursor.Token == JsonTokenType.StartObject && cursor.NameIs("arguments"u8)) argumentObject = cursor.TakeValue();
            else if (isText && cursor.NameIs("input"u8)) input = cursor.TakeText();
            else if (isText && cursor.NameIs("encrypted_content"u8)) encrypted = cursor.TakeText();
            else if (isText && cursor.NameIs("result"u8)) result = cursor.TakeText();
            else if (isText && cursor.NameIs("output_format"u8)) format = cursor.TakeText();
            else if (cursor.NameIs("content"u8)) content = cursor.TakeValue();
            else if (cursor.NameIs("summary"u8)) summary = cursor.TakeValue();
            else if (cursor.NameIs("output"u8)) output = cursor.TakeValue();
            else
            {
                var other = cursor.Name;
                var value = cursor.TakeValue();
                if (value.HasValue && !SaysNothing(other)) Extras.Add(ref extras, OpenAIResponsesDialect.DialectName, other, value);
            }
        }
        // Compatible servers send a function's arguments as an object; those of a tool search always are one.
        if (argumentObject.IsPresent && type.Is("function_call"u8)) arguments = JsonText.From(argumentObject.ToString());
        else if (argumentObject.IsPresent) Extras.Add(ref extras, OpenAIResponsesDialect.DialectName, JsonText.From("arguments"), argumentObject);
        var kind = KindOf(type, role);
        return new Item
        {
            Json = cursor.ValueSince(start),
            Kind = kind,
            Type = type,
            Id = id,
            Role = role,
            CallId = callId,
            Name = name,
            Arguments = kind == ItemKind.CustomToolCall ? input : arguments,
            Content = content,
            Summary = summary,
            EncryptedContent = encrypted,
            Output = output,
            Result = result,
            OutputFormat = format,
        };
    }

    /// <summary>
    /// Members without content: status, phase and index (<c>bedrock-responses-one-toolcall-408d2f</c>), and the copy of the arguments
    /// that OpenAI's JavaScript SDK adds.
    /// </summary>
    private static bool SaysNothing(JsonText name) =>
        name.Is("parsed_arguments"u8) || name.Is("status"u8) || name.Is("phase"u8) || name.Is("item_id"u8) || name.Is("output_index"u8);

    private static ItemKind KindOf(JsonText type, JsonText role) =>
        !type.IsPresent ? role.HasValue ? ItemKind.Message : ItemKind.Other
        : type.Is("message"u8) ? ItemKind.Message
        : type.Is("reasoning"u8) ? ItemKind.Reasoning
        : type.Is("function_call"u8) ? ItemKind.FunctionCall
        : type.Is("function_call_output"u8) ? ItemKind.FunctionCallOutput
        : type.Is("custom_tool_call"u8) ? ItemKind.CustomToolCall
        : type.Is("custom_tool_call_output"u8) ? ItemKind.CustomToolCallOutput
        : type.Is("image_generation_call"u8) ? ItemKind.ImageGenerationCall
        : ItemKind.Other;
}
