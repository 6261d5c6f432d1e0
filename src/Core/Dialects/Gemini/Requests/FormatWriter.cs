using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Structured output: <c>responseMimeType</c> and <c>responseJsonSchema</c> if the model supports them, else text in the
/// instructions.
/// </summary>
internal static class FormatWriter
{
    /// <param name="Native">Requested by members of <c>generationConfig</c>.</param>
    /// <param name="AskInWords">Requested in the instructions.</param>
    public readonly record struct Plan(ResponseFormat? Format, bool Native, bool AskInWords)
    {
        /// <summary>One part for the instructions.</summary>
        public void WriteWords(JsonOutput output)
        {
            output.BeginObject();
            output.Name("text"u8);
            output.BeginText();
            if (Format is { Schema.HasValue: true } format)
            {
                output.Append("Answer with one JSON value and nothing else: no explanation, no code fence. It must be valid by this JSON schema:\\n"u8);
                output.AppendUtf8(format.Schema.Span);
            }
            else
            {
                output.Append("Answer with one JSON object and nothing else: no explanation, no code fence."u8);
            }
            output.EndText();
            output.EndObject();
        }
    }

    /// <summary>
    /// Image models refuse JSON mode (<c>gemini-generatecontent-one-error-de1b56</c>; the catalogue lists them), and before Gemini 3
    /// it cannot be combined with functions (ai.google.dev/gemini-api/docs/structured-output).
    /// </summary>
    public static Plan Decide(ChatRequest request, in RequestTarget target, ModelGeneration model, bool functions, LossReport losses)
    {
        if (request.ResponseFormat is not { Kind: not ResponseFormatKind.Text } format) return default;
        losses.DropExtras(format.Extras, GeminiDialect.DialectName, "response_format");
        var native = target.Traits?.JsonSchema != false && !(functions && model.IsKnown && !model.IsThreeOrLater);
        if (!native) losses.Emulate("response_format");
        return new Plan(format, native, !native);
    }

    public static void Write(in Plan plan, JsonOutput output, LossReport losses)
    {
        if (!plan.Native || plan.Format is not { } format) return;
        output.Name("responseMimeType"u8);
        output.Literal("application/json"u8);
        if (!format.Schema.IsObject) return;
        if (format.Description.HasValue) losses.Drop("response_format.description");
        output.Name("responseJsonSchema"u8);
        new SchemaWriter(format.Schema, "response_format.schema", new SchemaBudget(), output, losses).Write(isParameters: false);
    }
}
