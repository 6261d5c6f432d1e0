using System.Text.Json;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>Reads a Messages request body. Members that are <c>null</c> or unknown become extras.</summary>
internal static class RequestReader
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    /// <summary>Prefixes of extras inside <c>output_config</c> and <c>metadata</c>.</summary>
    internal const string OutputConfigPrefix = "output_config.", MetadataPrefix = "metadata.";

    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        var request = new ChatRequest(Own) { StreamUsage = true };
        var thinking = new ReasoningReader();
        Extras? extras = null;
        JsonSlice messages = default;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            // Null means the same as absence; it is written back in its place.
            if (cursor.IsNull) Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
            else if (cursor.NameIs("model"u8)) request.Model = cursor.TakeText();
            else if (cursor.NameIs("stream"u8))
            {
                request.Stream = cursor.TakeBoolean() == true;
                request.Form |= Forms.StreamSaid;
            }
            else if (cursor.NameIs("system"u8)) ReadSystem(cursor.TakeValue(), request);
            else if (cursor.NameIs("messages"u8)) messages = cursor.TakeValue();
            else if (cursor.NameIs("max_tokens"u8)) request.Sampling.MaxTokens = cursor.TakeValue();
            else if (cursor.NameIs("temperature"u8)) request.Sampling.Temperature = cursor.TakeValue();
            else if (cursor.NameIs("top_p"u8)) request.Sampling.TopP = cursor.TakeValue();
            else if (cursor.NameIs("top_k"u8)) request.Sampling.TopK = cursor.TakeValue();
            else if (cursor.NameIs("stop_sequences"u8)) ReadStops(ref cursor, request);
            else if (cursor.NameIs("tools"u8)) ReadTools(ref cursor, request);
            else if (cursor.NameIs("tool_choice"u8)) ReadToolChoice(cursor.TakeValue(), request);
            else if (cursor.NameIs("thinking"u8)) thinking.ReadThinking(cursor.TakeValue());
            else if (cursor.NameIs("output_config"u8)) ReadOutputConfig(cursor.TakeValue(), request, ref thinking, ref extras);
            else if (cursor.NameIs("output_format"u8)) ReadOutputFormat(ref cursor, request, ref extras);
            else if (cursor.NameIs("metadata"u8)) ReadMetadata(cursor.TakeValue(), request, ref extras);
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        cursor.ExpectEnd();
        if (!request.Model.IsPresent) throw Missing("model");
        if (!messages.IsArray) throw Missing("messages");
        ReadMessages(messages, request);
        request.Reasoning = thinking.Result();
        request.Extras = extras;
        return request;
    }

    private static void ReadSystem(JsonSlice system, ChatRequest request)
    {
        var message = new ChatMessage(ChatRole.System);
        ReadContent(system, message, "system");
        request.Messages.Add(message);
    }

    private static void ReadMessages(JsonSlice messages, ChatRequest request)
    {
        var cursor = new JsonCursor(messages.Memory);
        cursor.EnterArray();
        while (cursor.NextElement()) request.Messages.Add(ReadMessage(cursor.TakeValue()));
    }

    private static ChatMessage ReadMessage(JsonSlice value)
    {
        JsonText role = default;
        JsonSlice content = default;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("role"u8)) role = cursor.TakeText();
            else if (cursor.NameIs("content"u8)) content = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        var message = new ChatMessage(Role(role)) { Extras = extras };
        ReadContent(content, message, "messages.content");
        if (message.Role == ChatRole.System) message.Form |= Forms.InMessages;
        return message;
    }

    private static ChatRole Role(JsonText role) =>
        role.Is("user"u8) ? ChatRole.User
        : role.Is("assistant"u8) ? ChatRole.Assistant
        : role.Is("system"u8) ? ChatRole.System
        : throw new DialectException(GatewayError.Invalid("A message's 'role' must be 'user' or 'assistant'.", "messages.role"));

    private static void ReadContent(JsonSlice content, ChatMessage message, string param)
    {
        if (content.IsText)
        {
            message.Form |= Forms.ContentString;
            message.Parts.Add(new TextPart(content.AsText()));
        }
        else if (content.IsArray) BlockReader.ReadAll(content, message.Parts, tolerant: false);
        else throw new DialectException(GatewayError.Invalid($"'{param}' must be a string or an array of content blocks.", param));
    }

    private static void ReadStops(ref JsonCursor cursor, ChatRequest request)
    {
        request.Form |= Forms.StopSaid;
        cursor.EnterArray();
        while (cursor.NextElement()) request.Sampling.Stop.Add(cursor.TakeText());
    }

    private static void ReadTools(ref JsonCursor cursor, ChatRequest request)
    {
        request.Form |= Forms.ToolsSaid;
        cursor.EnterArray();
        while (cursor.NextElement()) request.Tools.Add(ToolReader.Read(ref cursor));
    }

    private static void ReadToolChoice(JsonSlice value, ChatRequest request)
    {
        JsonText type = default, name = default;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) type = cursor.TakeText();
            else if (cursor.NameIs("name"u8) && !cursor.IsNull) name = cursor.TakeText();
            else if (cursor.NameIs("disable_parallel_tool_use"u8) && !cursor.IsNull) request.ParallelToolCalls = !cursor.TakeBoolean();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        var mode = type.Is("auto"u8) ? ToolChoiceMode.Auto
            : type.Is("any"u8) ? ToolChoiceMode.Required
            : type.Is("tool"u8) ? ToolChoiceMode.Tool
            : type.Is("none"u8) ? ToolChoiceMode.None
            : throw new DialectException(GatewayError.Invalid("'tool_choice.type' must be auto, any, tool or none.", "tool_choice.type"));
        request.ToolChoice = new ToolChoice(mode) { Name = name, Extras = extras };
    }

    private static void ReadOutputConfig(JsonSlice value, ChatRequest request, ref ReasoningReader thinking, ref Extras? extras)
    {
        request.Form |= Forms.OutputConfigSaid;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("effort"u8) && cursor.Token == JsonTokenType.String) thinking.Effort = cursor.TakeText();
            else if (cursor.NameIs("format"u8) && !cursor.IsNull)
            {
                var name = cursor.Name;
                var format = cursor.TakeValue();
                request.ResponseFormat = ReadFormat(format);
                if (request.ResponseFormat is null) Nested(ref extras, OutputConfigPrefix, name, format);
            }
            else Nested(ref extras, OutputConfigPrefix, cursor.Name, cursor.TakeValue());
        }
    }

    /// <summary>The older position of <c>output_config.format</c>, with the beta <c>structured-outputs</c>.</summary>
    private static void ReadOutputFormat(ref JsonCursor cursor, ChatRequest request, ref Extras? extras)
    {
        var name = cursor.Name;
        var value = cursor.TakeValue();
        var format = value.IsObject && request.ResponseFormat is null ? ReadFormat(value) : null;
        if (format is null)
        {
            Extras.Add(ref extras, Own, name, value);
            return;
        }
        format.Form = Forms.OutputFormat;
        request.ResponseFormat = format;
        Extras.AddCarried(ref extras, Own, name, value, lost: null);
    }

    private static ResponseFormat? ReadFormat(JsonSlice value)
    {
        JsonText type = default;
        JsonSlice schema = default;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("type"u8)) type = cursor.TakeText();
            else if (cursor.NameIs("schema"u8)) schema = cursor.TakeValue();
            else Extras.Add(ref extras, Own, cursor.Name, cursor.TakeValue());
        }
        return type.Is("json_schema"u8) && schema.IsPresent
            ? new ResponseFormat(ResponseFormatKind.JsonSchema) { Schema = schema, Strict = true, Extras = extras }
            : null;
    }

    private static void ReadMetadata(JsonSlice value, ChatRequest request, ref Extras? extras)
    {
        request.Form |= Forms.MetadataSaid;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("user_id"u8) && cursor.Token == JsonTokenType.String) request.User = cursor.TakeText();
            else Nested(ref extras, MetadataPrefix, cursor.Name, cursor.TakeValue());
        }
    }

    private static void Nested(ref Extras? extras, string prefix, JsonText name, JsonSlice value) =>
        Extras.Add(ref extras, Own, new JsonText((byte[])[.. System.Text.Encoding.ASCII.GetBytes(prefix), .. name.Span]), value);

    private static DialectException Missing(string member) =>
        new(GatewayError.Invalid($"'{member}' is missing or of the wrong kind.", member));
}
