using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// How a response format is requested: natively if the model and the schema allow it, else by an instruction to the
/// model.
/// </summary>
internal readonly struct FormatPlan
{
    internal const string SchemaPath = "response_format.json_schema.schema";

    /// <summary>The format is requested natively.</summary>
    public bool IsNative { get; private init; }

    /// <summary>Present if a schema is requested natively.</summary>
    public JsonSlice Schema { get; private init; }

    /// <summary>Appends the instruction to an open text; null if there is none.</summary>
    public Action<JsonOutput>? Instruction { get; private init; }

    /// <param name="own">The dialect that is written.</param>
    /// <param name="takesSchemas">Whether the model supports schemas in this request.</param>
    /// <param name="takesAnyObject">Whether the model supports a format without a schema in this request.</param>
    /// <param name="fits">Whether the dialect can express this schema.</param>
    public static FormatPlan Make(
        ResponseFormat? format, string own, bool takesSchemas, bool takesAnyObject, Func<JsonSlice, bool> fits, LossReport losses)
    {
        if (format is null || format.Kind == ResponseFormatKind.Text) return default;
        losses.DropExtras(format.Extras, own, "response_format");
        var hasSchema = format.Kind == ResponseFormatKind.JsonSchema && format.Schema.HasValue;
        if (hasSchema ? takesSchemas && fits(format.Schema) : takesAnyObject)
            return new FormatPlan { IsNative = true, Schema = hasSchema ? format.Schema : default };
        losses.Emulate("response_format");
        return new FormatPlan { Instruction = hasSchema ? output => BySchema(format, output) : AnyObject };
    }

    /// <summary>The instruction for a format without a schema.</summary>
    internal static ReadOnlySpan<byte> AnyObjectText => "Answer with exactly one JSON object and nothing else: no words around it and no code fence."u8;

    private static void AnyObject(JsonOutput output) => output.Append(AnyObjectText);

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
