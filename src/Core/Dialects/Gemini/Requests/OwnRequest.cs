using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>Writes a request that was read from Gemini, unchanged.</summary>
internal static class OwnRequest
{
    public static void Write(ChatRequest request, JsonOutput output)
    {
        output.BeginObject();
        WriteMessages(request, output);
        if ((request.Form & RequestForms.HasTools) != 0) WriteTools(request, output);
        if (request.ToolChoice is { } choice && (choice.Form & Forms.InExtras) == 0) WriteChoice(choice, request.Form, output);
        if ((request.Form & RequestForms.HasConfig) != 0)
        {
            output.Name(RequestForms.GenerationConfig.In(request.Form));
            output.BeginObject();
            WriteConfig(request, output);
            output.EndObject();
        }
        if (request.Extras is { } extras)
        {
            foreach (var member in extras.Members)
            {
                if (member.Name.StartsWith(RequestForms.ConfigPrefix)) continue;
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
            output.Name(RequestForms.SystemInstruction.In(request.Form));
            if ((message.Form & RequestForms.SystemText) != 0 && message.Parts is [TextPart text]) output.Text(text.Text);
            else ContentCodec.WriteOwn(message, output);
        }
        if ((request.Form & RequestForms.NoContents) != 0) return;
        var list = (request.Form & RequestForms.ContentsObject) == 0;
        output.Name("contents"u8);
        if (list) output.BeginArray();
        foreach (var message in request.Messages)
            if (message.Role != ChatRole.System) ContentCodec.WriteOwn(message, output);
        if (list) output.EndArray();
    }

    private static void WriteTools(ChatRequest request, JsonOutput output)
    {
        var list = (request.Form & RequestForms.ToolsObject) == 0;
        output.Name("tools"u8);
        if (list) output.BeginArray();
        var tools = request.Tools;
        for (var i = 0; i < tools.Count;)
        {
            var group = tools[i].Form >> RequestForms.GroupShift & RequestForms.GroupMask;
            if ((tools[i].Form & RequestForms.NativeWhole) != 0)
            {
                output.Raw(tools[i++].Native);
                continue;
            }
            output.BeginObject();
            while (i < tools.Count && (tools[i].Form >> RequestForms.GroupShift & RequestForms.GroupMask) == group) i = WriteMember(tools, i, group, output);
            output.EndObject();
        }
        if (list) output.EndArray();
    }

    private static int WriteMember(List<ToolDefinition> tools, int i, int group, JsonOutput output)
    {
        var tool = tools[i];
        if ((tool.Form & RequestForms.NativeMember) != 0)
        {
            output.Name(tool.Name);
            if ((tool.Form & RequestForms.NativeNull) != 0) output.Null();
            else output.Raw(tool.Native);
            return i + 1;
        }
        output.Name(RequestForms.FunctionDeclarations.In(tool.Form));
        output.BeginArray();
        for (; i < tools.Count && (tools[i].Form >> RequestForms.GroupShift & RequestForms.GroupMask) == group
            && (tools[i].Form & RequestForms.NativeMember) == 0; i++)
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
            output.Name((tool.Form & RequestForms.JsonSchemaParameters) != 0 ? RequestForms.ParametersJsonSchema.In(tool.Form) : "parameters"u8);
            output.Raw((tool.Form & RequestForms.UpperTypes) != 0 ? SchemaTypes.Upper(tool.Parameters) : tool.Parameters);
        }
        tool.Extras.WriteTo(output, GeminiDialect.DialectName);
        output.EndObject();
    }

    private static void WriteChoice(ToolChoice choice, int requestForm, JsonOutput output)
    {
        output.Name(RequestForms.ToolConfig.In(requestForm));
        output.BeginObject();
        output.Name(RequestForms.FunctionCallingConfig.In(choice.Form));
        output.BeginObject();
        output.Name("mode"u8);
        output.Literal(choice.Mode switch
        {
            ToolChoiceMode.None => "NONE"u8,
            ToolChoiceMode.Required or ToolChoiceMode.Tool => "ANY"u8,
            _ => choice.MustCall ? "ANY"u8 : (choice.Form & RequestForms.Validated) != 0 ? "VALIDATED"u8 : "AUTO"u8,
        });
        if (choice.Mode is ToolChoiceMode.Tool or ToolChoiceMode.Allowed)
        {
            output.Name(RequestForms.AllowedFunctionNames.In(choice.Form));
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
        Number(output, RequestForms.TopP.In(form), sampling.TopP);
        Number(output, RequestForms.TopK.In(form), sampling.TopK);
        Number(output, RequestForms.MaxOutputTokens.In(form), sampling.MaxTokens);
        Number(output, RequestForms.CandidateCount.In(form), sampling.Count);
        Number(output, "seed"u8, sampling.Seed);
        Number(output, RequestForms.FrequencyPenalty.In(form), sampling.FrequencyPenalty);
        Number(output, RequestForms.PresencePenalty.In(form), sampling.PresencePenalty);
        Number(output, "logprobs"u8, sampling.TopLogprobs);
        if (sampling.Logprobs is { } logprobs)
        {
            output.Name(RequestForms.ResponseLogprobs.In(form));
            output.Boolean(logprobs);
        }
        if (sampling.Stop.Count > 0)
        {
            output.Name(RequestForms.StopSequences.In(form));
            output.BeginArray();
            foreach (var stop in sampling.Stop) output.Text(stop);
            output.EndArray();
        }
        if (request.ResponseFormat is { } format) WriteFormat(format, form, output);
        if (request.Reasoning is { } reasoning) WriteThinking(reasoning, form, output);
        ConfigReader.WriteExtras(request.Extras, output);
    }

    private static void WriteFormat(ResponseFormat format, int form, JsonOutput output)
    {
        if ((format.Form & RequestForms.WithMimeType) != 0)
        {
            output.Name(RequestForms.ResponseMimeType.In(form));
            output.Literal(format.Kind == ResponseFormatKind.Text ? "text/plain"u8 : "application/json"u8);
        }
        if (!format.Schema.IsPresent) return;
        output.Name((format.Form & RequestForms.WithJsonSchema) != 0 ? RequestForms.ResponseJsonSchema.In(form) : RequestForms.ResponseSchema.In(form));
        output.Raw((format.Form & RequestForms.UpperTypes) != 0 ? SchemaTypes.Upper(format.Schema) : format.Schema);
    }

    private static void WriteThinking(ReasoningOptions reasoning, int form, JsonOutput output)
    {
        output.Name(RequestForms.ThinkingConfig.In(form));
        output.BeginObject();
        if (reasoning.IncludeReasoning is { } include)
        {
            output.Name(RequestForms.IncludeReasoning.In(reasoning.Form));
            output.Boolean(include);
        }
        if (reasoning.Adaptive || reasoning.BudgetTokens is not null)
        {
            output.Name(RequestForms.ThinkingBudget.In(reasoning.Form));
            output.Number(reasoning.BudgetTokens ?? -1);
        }
        if (reasoning.Effort.IsPresent)
        {
            output.Name(RequestForms.ThinkingLevel.In(reasoning.Form));
            output.Text((reasoning.Form & RequestForms.UpperLevel) == 0 ? reasoning.Effort : Upper(reasoning.Effort));
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
