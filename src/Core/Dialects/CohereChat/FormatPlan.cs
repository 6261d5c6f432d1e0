using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.CohereChat;

/// <summary>
/// How the answer's form is asked for: by <c>response_format</c>, where the model, the schema and the rest of the request allow
/// it ("not supported when used in combinations with the documents or tools parameters"), else by an instruction to the model.
/// </summary>
internal readonly struct FormatPlan
{
    private bool IsNative { get; init; }

    private JsonSlice Schema { get; init; }

    /// <summary>Appends the instruction to an open text; null when there is none.</summary>
    public Action<JsonOutput>? Instruction { get; private init; }

    public static FormatPlan Make(ResponseFormat? format, ModelTraits? traits, bool isBesideTools, LossReport losses)
    {
        if (format is null || format.Kind == ResponseFormatKind.Text) return default;
        losses.DropExtras(format.Extras, CohereChatDialect.DialectName, "response_format");
        var hasSchema = format.Kind == ResponseFormatKind.JsonSchema && format.Schema.HasValue;
        var isNative = !isBesideTools && traits?.JsonSchema != false;
        if (isNative && (!hasSchema || StructuredSchema.Fits(format.Schema))) return new FormatPlan { IsNative = true, Schema = hasSchema ? format.Schema : default };
        losses.Emulate("response_format");
        return new FormatPlan { IsNative = isNative && format.Schema.Member("type"u8).AsText().Is("object"u8), Instruction = hasSchema ? output => BySchema(format, output) : AnyObject };
    }

    public void Write(JsonOutput output)
    {
        if (!IsNative) return;
        output.Name("response_format"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("json_object"u8);
        if (Schema.IsPresent)
        {
            output.Name("json_schema"u8);
            output.Raw(Schema);
        }
        output.EndObject();
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
