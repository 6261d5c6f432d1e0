using Nano.Chat;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// How the answer's form is asked for: natively by a schema, where model and schema allow it, else by an instruction in
/// the system prompt.
/// </summary>
internal readonly struct FormatPlan
{
    internal const string SchemaPath = "response_format.json_schema.schema";

    /// <summary>Present when it is said natively.</summary>
    public JsonSlice Schema { get; private init; }

    /// <summary>Appends the instruction to an open text; null when there is none.</summary>
    public Action<JsonOutput>? Instruction { get; private init; }

    public static FormatPlan Make(ResponseFormat? format, ModelTraits? traits, LossReport losses)
    {
        if (format is null || format.Kind == ResponseFormatKind.Text) return default;
        losses.DropExtras(format.Extras, AnthropicMessagesDialect.DialectName, "response_format");
        if (format.Kind == ResponseFormatKind.JsonSchema && format.Schema.HasValue)
        {
            if (traits?.JsonSchema != false && OutputSchema.Fits(format.Schema)) return new FormatPlan { Schema = format.Schema };
            losses.Emulate("response_format");
            return new FormatPlan { Instruction = output => BySchema(format, output) };
        }
        losses.Emulate("response_format");
        return new FormatPlan { Instruction = AnyObject };
    }

    private static void AnyObject(JsonOutput output) =>
        output.Append("Answer with exactly one JSON object and nothing else: no words around it and no code fence."u8);

    private static void BySchema(ResponseFormat format, JsonOutput output)
    {
        output.Append("Answer with exactly one JSON value and nothing else: no words around it and no code fence. "u8);
        if (format.Description.HasValue)
        {
            output.Append("It is: "u8);
            output.Append(format.Description);
            output.Append(" "u8);
        }
        output.Append("It must be valid by this JSON schema:\\n"u8);
        output.AppendUtf8(format.Schema.Span);
    }
}
