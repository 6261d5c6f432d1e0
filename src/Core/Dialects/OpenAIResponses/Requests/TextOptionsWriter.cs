using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>Writes <c>text</c>: the response format (Chat's <c>response_format</c>) and the verbosity.</summary>
internal static class TextOptionsWriter
{
    public static void Write(ChatRequest request, JsonSlice verbosity, JsonOutput output, LossReport losses)
    {
        var format = request.ResponseFormat;
        if (format is not null) losses.DropExtras(format.Extras, OpenAIResponsesDialect.DialectName, "response_format");
        if (format is null or { Kind: ResponseFormatKind.Text } && !verbosity.HasValue) return;
        output.Name("text"u8);
        output.BeginObject();
        if (format is { Kind: not ResponseFormatKind.Text })
        {
            output.Name("format"u8);
            output.BeginObject();
            output.Name("type"u8);
            output.Literal(format.Kind == ResponseFormatKind.JsonSchema ? "json_schema"u8 : "json_object"u8);
            if (format.Kind == ResponseFormatKind.JsonSchema) Schema(request, format, output, losses);
            output.EndObject();
        }
        if (verbosity.HasValue)
        {
            output.Name("verbosity"u8);
            output.Raw(verbosity);
        }
        output.EndObject();
    }

    private static void Schema(ChatRequest request, ResponseFormat format, JsonOutput output, LossReport losses)
    {
        output.Name("name"u8);
        // Mandatory here; Anthropic and Gemini have no such member.
        if (format.Name.HasValue) output.Text(format.Name);
        else output.Literal("response"u8);
        if (format.Description.IsPresent)
        {
            output.Name("description"u8);
            output.Text(format.Description);
        }
        output.Name("schema"u8);
        // Chat accepts a format without a schema: any JSON.
        if (format.Schema.IsPresent) SchemaPattern.Write(format.Schema, output, losses, FormatPlan.SchemaPath);
        else output.Raw("{}"u8);
        if (StrictSchema.Of(request, format.Strict, format.Schema, out var isLost) is not { } strict) return;
        // The model sees the schema, and nothing enforces it.
        if (isLost) losses.Emulate("response_format");
        output.Name("strict"u8);
        output.Boolean(strict);
    }
}
