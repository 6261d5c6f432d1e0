using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini;

/// <summary>Writes a request that was read from Gemini exactly as it stood.</summary>
internal static class GeminiOwnRequest
{
    public static void Write(ChatRequest request, JsonOutput output)
    {
        output.BeginObject();
        WriteMessages(request, output);
        if ((request.Form & GeminiRequestForm.HasTools) != 0) WriteTools(request, output);
        if (request.ToolChoice is { } choice && (choice.Form & GeminiForm.InExtras) == 0) WriteChoice(choice, request.Form, output);
        if ((request.Form & GeminiRequestForm.HasConfig) != 0)
        {
            output.Name(GeminiRequestForm.GenerationConfig.In(request.Form));
            output.BeginObject();
            WriteConfig(request, output);
            output.EndObject();
        }
        if (request.Extras is { } extras)
        {
            foreach (var member in extras.Members)
            {
                if (member.Name.StartsWith(GeminiRequestForm.ConfigPrefix)) continue;
                output.Name(member.Name);
                output.Raw(member.Value);
            }
        }
        output.EndObject();
    }

    private static void WriteMessages(ChatRequest request, JsonOutput output)
    {
        foreach (var message in request.Messages)
        {
            if (message.Role != ChatRole.System) continue;
            output.Name(GeminiRequestForm.SystemInstruction.In(request.Form));
            if ((message.Form & GeminiRequestForm.SystemText) != 0 && message.Parts is [TextPart text]) output.Text(text.Text);
            else GeminiContent.WriteOwn(message, output);
        }
        if ((request.Form & GeminiRequestForm.NoContents) != 0) return;
        var list = (request.Form & GeminiRequestForm.ContentsObject) == 0;
        output.Name("contents"u8);
        if (list) output.BeginArray();
        foreach (var message in request.Messages)
            if (message.Role != ChatRole.System) GeminiContent.WriteOwn(message, output);
        if (list) output.EndArray();
    }

    private static void WriteTools(ChatRequest request, JsonOutput output)
    {
        var list = (request.Form & GeminiRequestForm.ToolsObject) == 0;
        output.Name("tools"u8);
        if (list) output.BeginArray();
        var tools = request.Tools;
        for (var i = 0; i < tools.Count;)
        {
            var group = tools[i].Form >> GeminiRequestForm.GroupShift & GeminiRequestForm.GroupMask;
            if ((tools[i].Form & GeminiRequestForm.NativeWhole) != 0)
            {
                output.Raw(tools[i++].Native);
                continue;
            }
            output.BeginObject();
            while (i < tools.Count && (tools[i].Form >> GeminiRequestForm.GroupShift & GeminiRequestForm.GroupMask) == group) i = WriteMember(tools, i, group, output);
            output.EndObject();
        }
        if (list) output.EndArray();
    }

    private static int WriteMember(List<ToolDefinition> tools, int i, int group, JsonOutput output)
    {
        var tool = tools[i];
        if ((tool.Form & GeminiRequestForm.NativeMember) != 0)
        {
            output.Name(tool.Name);
            if ((tool.Form & GeminiRequestForm.NativeNull) != 0) output.Null();
            else output.Raw(tool.Native);
            return i + 1;
        }
        output.Name(GeminiRequestForm.FunctionDeclarations.In(tool.Form));
        output.BeginArray();
        for (; i < tools.Count && (tools[i].Form >> GeminiRequestForm.GroupShift & GeminiRequestForm.GroupMask) == group
            && (tools[i].Form & GeminiRequestForm.NativeMember) == 0; i++)
            WriteFunction(tools[i], output);
        output.EndArray();
        return i;
    }

    private static void WriteFunction(ToolDefinition tool, JsonOutput output)
    {
        output.BeginObject();
        if (tool.Name.IsPresent)
        {
            output.Name("name"u8);
            output.Text(tool.Name);
        }
        if (tool.Description.IsPresent)
        {
            output.Name("description"u8);
            output.Text(tool.Description);
        }
        if (tool.Parameters.IsPresent)
        {
            output.Name((tool.Form & GeminiRequestForm.JsonSchemaParameters) != 0 ? GeminiRequestForm.ParametersJsonSchema.In(tool.Form) : "parameters"u8);
            output.Raw((tool.Form & GeminiRequestForm.UpperTypes) != 0 ? GeminiSchemaTypes.Upper(tool.Parameters) : tool.Parameters);
        }
        tool.Extras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
    }

    private static void WriteChoice(ToolChoice choice, int requestForm, JsonOutput output)
    {
        output.Name(GeminiRequestForm.ToolConfig.In(requestForm));
        output.BeginObject();
        output.Name(GeminiRequestForm.FunctionCallingConfig.In(choice.Form));
        output.BeginObject();
        output.Name("mode"u8);
        output.Literal(choice.Mode switch
        {
            ToolChoiceMode.None => "NONE"u8,
            ToolChoiceMode.Required or ToolChoiceMode.Tool => "ANY"u8,
            _ => choice.MustCall ? "ANY"u8 : (choice.Form & GeminiRequestForm.Validated) != 0 ? "VALIDATED"u8 : "AUTO"u8,
        });
        if (choice.Mode is ToolChoiceMode.Tool or ToolChoiceMode.Allowed)
        {
            output.Name(GeminiRequestForm.AllowedFunctionNames.In(choice.Form));
            output.BeginArray();
            if (choice.Mode == ToolChoiceMode.Tool) output.Text(choice.Name);
            else foreach (var name in choice.Allowed) output.Text(name);
            output.EndArray();
        }
        output.EndObject();
        output.EndObject();
    }

    private static void WriteConfig(ChatRequest request, JsonOutput output)
    {
        var sampling = request.Sampling;
        var form = request.Form;
        Number(output, "temperature"u8, sampling.Temperature);
        Number(output, GeminiRequestForm.TopP.In(form), sampling.TopP);
        Number(output, GeminiRequestForm.TopK.In(form), sampling.TopK);
        Number(output, GeminiRequestForm.MaxOutputTokens.In(form), sampling.MaxTokens);
        Number(output, GeminiRequestForm.CandidateCount.In(form), sampling.Count);
        Number(output, "seed"u8, sampling.Seed);
        Number(output, GeminiRequestForm.FrequencyPenalty.In(form), sampling.FrequencyPenalty);
        Number(output, GeminiRequestForm.PresencePenalty.In(form), sampling.PresencePenalty);
        Number(output, "logprobs"u8, sampling.TopLogprobs);
        if (sampling.Logprobs is { } logprobs)
        {
            output.Name(GeminiRequestForm.ResponseLogprobs.In(form));
            output.Boolean(logprobs);
        }
        if (sampling.Stop.Count > 0)
        {
            output.Name(GeminiRequestForm.StopSequences.In(form));
            output.BeginArray();
            foreach (var stop in sampling.Stop) output.Text(stop);
            output.EndArray();
        }
        if (request.ResponseFormat is { } format) WriteFormat(format, form, output);
        if (request.Reasoning is { } reasoning) WriteThinking(reasoning, form, output);
        GeminiConfigReader.WriteLeftovers(request.Extras, output);
    }

    private static void WriteFormat(ResponseFormat format, int form, JsonOutput output)
    {
        if ((format.Form & GeminiRequestForm.WithMimeType) != 0)
        {
            output.Name(GeminiRequestForm.ResponseMimeType.In(form));
            output.Literal(format.Kind == ResponseFormatKind.Text ? "text/plain"u8 : "application/json"u8);
        }
        if (!format.Schema.IsPresent) return;
        output.Name((format.Form & GeminiRequestForm.WithJsonSchema) != 0 ? GeminiRequestForm.ResponseJsonSchema.In(form) : GeminiRequestForm.ResponseSchema.In(form));
        output.Raw((format.Form & GeminiRequestForm.UpperTypes) != 0 ? GeminiSchemaTypes.Upper(format.Schema) : format.Schema);
    }

    private static void WriteThinking(ReasoningOptions reasoning, int form, JsonOutput output)
    {
        output.Name(GeminiRequestForm.ThinkingConfig.In(form));
        output.BeginObject();
        if (reasoning.IncludeThoughts is { } include)
        {
            output.Name(GeminiRequestForm.IncludeThoughts.In(reasoning.Form));
            output.Boolean(include);
        }
        if (reasoning.Adaptive || reasoning.BudgetTokens is not null)
        {
            output.Name(GeminiRequestForm.ThinkingBudget.In(reasoning.Form));
            output.Number(reasoning.BudgetTokens ?? -1);
        }
        if (reasoning.Effort.IsPresent)
        {
            output.Name(GeminiRequestForm.ThinkingLevel.In(reasoning.Form));
            output.Text((reasoning.Form & GeminiRequestForm.UpperLevel) == 0 ? reasoning.Effort : Upper(reasoning.Effort));
        }
        output.EndObject();
    }

    private static JsonText Upper(JsonText word)
    {
        var upper = new byte[word.Span.Length];
        System.Text.Ascii.ToUpper(word.Span, upper, out _);
        return new JsonText(upper);
    }

    private static void Number(JsonOutput output, ReadOnlySpan<byte> name, JsonSlice value)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Raw(value);
    }
}
