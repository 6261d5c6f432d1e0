using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// Writes <c>response_format</c> if the model, the schema and the rest of the request allow it ("not supported when used in
/// combinations with the documents or tools parameters").
/// </summary>
internal static class FormatWriter
{
    public static FormatPlan Plan(ResponseFormat? format, ModelTraits? traits, bool isBesideTools, LossReport losses)
    {
        var isNative = Takes(traits, isBesideTools);
        return FormatPlan.Make(format, CohereChatDialect.DialectName, isNative, isNative, StructuredSchema.Fits, losses);
    }

    public static void Write(in FormatPlan plan, ResponseFormat? format, ModelTraits? traits, bool isBesideTools, JsonOutput output)
    {
        // With an instruction for an unsupported schema, also request a JSON object if the schema requires one.
        var isAnyObject = plan.Instruction is not null && Takes(traits, isBesideTools) && format!.Schema.Member("type"u8).AsText().Is("object"u8);
        if (!plan.IsNative && !isAnyObject) return;
        output.Name("response_format"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal("json_object"u8);
        if (plan.Schema.IsPresent)
        {
            output.Name("json_schema"u8);
            output.Raw(plan.Schema);
        }
        output.EndObject();
    }

    private static bool Takes(ModelTraits? traits, bool isBesideTools) => !isBesideTools && traits?.JsonSchema != false;
}
