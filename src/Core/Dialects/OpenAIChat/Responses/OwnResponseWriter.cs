using Nano.Chat;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Responses;

/// <summary>Writes a whole response that was read from this dialect, unchanged.</summary>
internal static class OwnResponseWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    public static void Write(ChatResponse response, JsonOutput output)
    {
        var form = (ResponseForm)response.Form;
        output.BeginObject();
        Text(output, "id"u8, response.Id);
        if ((form & ResponseForm.Object) != 0)
        {
            output.Name("object"u8);
            output.Literal("chat.completion"u8);
        }
        Raw(output, "created"u8, response.Created);
        Text(output, "model"u8, response.Model);
        if ((form & ResponseForm.Choices) != 0)
        {
            output.Name("choices"u8);
            output.BeginArray();
            foreach (var choice in response.Choices) Choice(choice, output);
            output.EndArray();
        }
        if (response.Usage is { } usage)
        {
            output.Name("usage"u8);
            output.BeginObject();
            usage.Extras.WriteTo(output, Own);
            output.EndObject();
        }
        response.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static void Choice(ChatChoice choice, JsonOutput output)
    {
        var form = (ChoiceForm)choice.Form;
        output.BeginObject();
        if (!Has(form, ChoiceForm.IndexAbsent))
        {
            output.Name("index"u8);
            output.Number(choice.Index);
        }
        if (!Has(form, ChoiceForm.MessageAbsent))
        {
            output.Name(Has(form, ChoiceForm.Delta) ? "delta"u8 : "message"u8);
            OwnMessageWriter.Write(output, choice.Message);
        }
        if (!Has(form, ChoiceForm.FinishAbsent | ChoiceForm.FinishKept))
        {
            output.Name("finish_reason"u8);
            output.Literal(Has(form, ChoiceForm.LegacyFunctionCall) ? "function_call"u8 : FinishReasons.Word(choice.Finish));
        }
        if (Has(form, ChoiceForm.NativeFinish)) Text(output, "native_finish_reason"u8, choice.NativeFinish);
        Raw(output, "logprobs"u8, choice.Logprobs);
        choice.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static bool Has(ChoiceForm form, ChoiceForm flag) => (form & flag) != 0;

    private static void Text(JsonOutput output, ReadOnlySpan<byte> name, JsonText value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Text(value);
    }

    private static void Raw(JsonOutput output, ReadOnlySpan<byte> name, JsonSlice value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Raw(value);
    }
}
