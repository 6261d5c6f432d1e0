using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// Writes a request that <see cref="RequestReader"/> read: the same JSON with the same members, except for the model. The
/// gateway does not validate it; Anthropic does.
/// </summary>
internal static class RequestEcho
{
    private const string Own = AnthropicMessagesDialect.DialectName;

    /// <param name="hosted">As in <see cref="RequestWriter"/>.</param>
    public static void Write(ChatRequest request, in RequestTarget target, JsonOutput output, string? hosted = null)
    {
        output.BeginObject();
        HostedMessagesDialect.WriteHead(target, hosted, output);
        WriteMessages(request, output);
        WriteTools(request, output);
        WriteReasoning(request.Reasoning, output);
        WriteOutputConfig(request, hosted is not null, output);
        WriteMetadata(request, output);
        Value("max_tokens"u8, request.Sampling.MaxTokens, output);
        Value("temperature"u8, request.Sampling.Temperature, output);
        Value("top_p"u8, request.Sampling.TopP, output);
        Value("top_k"u8, request.Sampling.TopK, output);
        if ((request.Form & Forms.StopSaid) != 0)
        {
            output.Name("stop_sequences"u8);
            output.BeginArray();
            foreach (var stop in request.Sampling.Stop)
            {
                if (stop.IsPresent) output.Text(stop);
                else output.Null();
            }
            output.EndArray();
        }
        if ((request.Form & Forms.StreamSaid) != 0)
        {
            output.Name("stream"u8);
            output.Boolean(request.Stream);
        }
        WriteExtras(request.Extras, output, prefix: null);
        output.EndObject();
    }

    private static void WriteMessages(ChatRequest request, JsonOutput output)
    {
        foreach (var message in request.Messages)
        {
            if (IsTurn(message)) continue;
            output.Name("system"u8);
            WriteContent(message, output);
        }
        output.Name("messages"u8);
        output.BeginArray();
        foreach (var message in request.Messages)
        {
            if (!IsTurn(message)) continue;
            output.BeginObject();
            output.Name("role"u8);
            output.Literal(message.Role switch { ChatRole.Assistant => "assistant"u8, ChatRole.System => "system"u8, _ => "user"u8 });
            output.Name("content"u8);
            WriteContent(message, output);
            message.Extras.WriteTo(output, Own);
            output.EndObject();
        }
        output.EndArray();
    }

    private static bool IsTurn(ChatMessage message) => message.Role != ChatRole.System || (message.Form & Forms.InMessages) != 0;

    private static void WriteContent(ChatMessage message, JsonOutput output)
    {
        if ((message.Form & Forms.ContentString) != 0 && message.Parts is [TextPart only]) output.Text(only.Text);
        else BlockEcho.WriteAll(message.Parts, output);
    }

    private static void WriteTools(ChatRequest request, JsonOutput output)
    {
        if ((request.Form & Forms.ToolsSaid) != 0)
        {
            output.Name("tools"u8);
            output.BeginArray();
            foreach (var tool in request.Tools) WriteTool(tool, output);
            output.EndArray();
        }
        if (request.ToolChoice is not { } choice) return;
        output.Name("tool_choice"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(choice.Mode switch
        {
            ToolChoiceMode.None => "none"u8, ToolChoiceMode.Required => "any"u8, ToolChoiceMode.Tool => "tool"u8, _ => "auto"u8,
        });
        if (choice.Name.IsPresent)
        {
            output.Name("name"u8);
            output.Text(choice.Name);
        }
        if (request.ParallelToolCalls is { } parallel)
        {
            output.Name("disable_parallel_tool_use"u8);
            output.Boolean(!parallel);
        }
        choice.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static void WriteTool(ToolDefinition tool, JsonOutput output)
    {
        if (tool.Native.IsPresent)
        {
            output.Raw(tool.Native);
            return;
        }
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
        Value("input_schema"u8, tool.Parameters, output);
        if (tool.Strict is { } strict)
        {
            output.Name("strict"u8);
            output.Boolean(strict);
        }
        BlockEcho.WriteCacheControl(tool.CacheControl, output);
        tool.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static void WriteReasoning(ReasoningOptions? reasoning, JsonOutput output)
    {
        if (reasoning is null || (reasoning.Form & Forms.ThinkingSaid) == 0) return;
        output.Name("thinking"u8);
        output.BeginObject();
        if (reasoning.Enabled is { } enabled)
        {
            output.Name("type"u8);
            output.Literal(!enabled ? "disabled"u8 : reasoning.Adaptive ? "adaptive"u8 : "enabled"u8);
        }
        if (reasoning.BudgetTokens is { } budget)
        {
            output.Name("budget_tokens"u8);
            output.Number(budget);
        }
        reasoning.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    /// <param name="isHosted">A format is always written here: its older position needs a beta header.</param>
    private static void WriteOutputConfig(ChatRequest request, bool isHosted, JsonOutput output)
    {
        var format = request.ResponseFormat is { } asked && (isHosted || asked.Form != Forms.OutputFormat) ? asked : null;
        if ((request.Form & Forms.OutputConfigSaid) == 0 && (!isHosted || format is null)) return;
        output.Name("output_config"u8);
        output.BeginObject();
        if (request.Reasoning is { Effort.IsPresent: true } reasoning)
        {
            output.Name("effort"u8);
            output.Text(reasoning.Effort);
        }
        if (format is not null)
        {
            output.Name("format"u8);
            output.BeginObject();
            output.Name("type"u8);
            output.Literal("json_schema"u8);
            Value("schema"u8, format.Schema, output);
            format.Extras.WriteTo(output, Own);
            output.EndObject();
        }
        WriteExtras(request.Extras, output, RequestReader.OutputConfigPrefix);
        output.EndObject();
    }

    private static void WriteMetadata(ChatRequest request, JsonOutput output)
    {
        if ((request.Form & Forms.MetadataSaid) == 0) return;
        output.Name("metadata"u8);
        output.BeginObject();
        if (request.User.IsPresent)
        {
            output.Name("user_id"u8);
            output.Text(request.User);
        }
        WriteExtras(request.Extras, output, RequestReader.MetadataPrefix);
        output.EndObject();
    }

    /// <summary>The extras of the object that <paramref name="prefix"/> names, or of the request itself when it is null.</summary>
    private static void WriteExtras(Extras? extras, JsonOutput output, string? prefix)
    {
        if (extras is null) return;
        foreach (var member in extras.Members)
        {
            var owner = Owner(member.Name);
            if (owner != prefix) continue;
            output.Name(member.Name.Span[(prefix?.Length ?? 0)..]);
            output.Raw(member.Value);
        }
    }

    private static string? Owner(JsonText name) =>
        name.StartsWith("output_config."u8) ? RequestReader.OutputConfigPrefix
        : name.StartsWith("metadata."u8) ? RequestReader.MetadataPrefix
        : null;

    private static void Value(ReadOnlySpan<byte> name, JsonSlice value, JsonOutput output)
    {
        if (!value.IsPresent) return;
        output.Name(name);
        output.Raw(value);
    }
}
