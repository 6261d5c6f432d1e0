using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>Writes <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>, and their legacy forms.</summary>
internal static class ToolWriter
{
    private const string Own = OpenAIChatDialect.DialectName;

    public static void Write(ChatRequest request, JsonOutput output, LossReport losses)
    {
        var own = request.Origin == Own;
        var tools = List(output, "tools"u8, request, own && Has(request, RequestForm.Tools), legacy: false, losses);
        List(output, "functions"u8, request, own && Has(request, RequestForm.Functions), legacy: true, losses);
        if (request.ToolChoice is { } choice) Choice(output, choice, own, own || tools, losses);
        // OpenAI refuses it without tools.
        if (request.ParallelToolCalls is not { } parallel || !(own || tools)) return;
        output.Name("parallel_tool_calls"u8);
        output.Boolean(parallel);
    }

    /// <returns>Whether the list was written.</returns>
    private static bool List(JsonOutput output, ReadOnlySpan<byte> name, ChatRequest request, bool always, bool legacy, LossReport losses)
    {
        var open = false;
        if (always) Open(output, name, ref open);
        foreach (var tool in request.Tools)
        {
            if ((tool.Origin == Own && (tool.Form & (int)ToolForm.Legacy) != 0) != legacy) continue;
            if (tool.Native.IsPresent && tool.Origin != Own)
            {
                NativeTools.DropByName(tool, losses);
                continue;
            }
            Open(output, name, ref open);
            if (tool.Native.IsPresent) output.Raw(tool.Native);
            else if (tool.Origin == Own) WriteOwn(output, tool, (ToolForm)tool.Form);
            else WriteForeign(output, request, tool, losses);
        }
        if (open) output.EndArray();
        return open;
    }

    private static void Open(JsonOutput output, ReadOnlySpan<byte> name, ref bool open)
    {
        if (open) return;
        open = true;
        output.Name(name);
        output.BeginArray();
    }

    private static void WriteOwn(JsonOutput output, ToolDefinition tool, ToolForm form)
    {
        if ((form & ToolForm.Legacy) != 0)
        {
            if ((form & ToolForm.Whole) != 0) output.Raw(tool.Extras.From(Own, "function"u8));
            else Function(output, tool, tool.Strict);
            return;
        }
        output.BeginObject();
        if ((form & ToolForm.TypeAbsent) == 0) Literal(output, "type"u8, "function"u8);
        if ((form & ToolForm.Whole) == 0)
        {
            output.Name("function"u8);
            Function(output, tool, tool.Strict);
        }
        if (tool.CacheControl.IsPresent && (form & ToolForm.CacheControlInside) == 0)
        {
            output.Name("cache_control"u8);
            output.Raw(tool.CacheControl);
        }
        tool.Extras.WriteTo(output, Own);
        output.EndObject();
    }

    private static void WriteForeign(JsonOutput output, ChatRequest request, ToolDefinition tool, LossReport losses)
    {
        var strict = StrictSchema.Of(request, tool.Strict, tool.Parameters, out var isLost);
        if (isLost) losses.Drop("tools.function.strict");
        output.BeginObject();
        Literal(output, "type"u8, "function"u8);
        output.Name("function"u8);
        Function(output, tool, strict);
        output.EndObject();
        if (tool.CacheControl.HasValue) losses.Drop("tools.cache_control");
        losses.DropExtras(tool.Extras, Own, "tools");
    }

    private static void Function(JsonOutput output, ToolDefinition tool, bool? strict)
    {
        output.BeginObject();
        output.Name("name"u8);
        output.Text(tool.Name);
        if (tool.Description.IsPresent)
        {
            output.Name("description"u8);
            output.Text(tool.Description);
        }
        if (tool.Parameters.HasValue)
        {
            output.Name("parameters"u8);
            output.Raw(tool.Parameters);
        }
        if (strict is { } enforced)
        {
            output.Name("strict"u8);
            output.Boolean(enforced);
        }
        output.EndObject();
    }

    private static void Choice(JsonOutput output, ToolChoice choice, bool own, bool hasTools, LossReport losses)
    {
        losses.DropExtras(choice.Extras, Own, "tool_choice");
        // OpenAI refuses a choice without tools.
        if (!hasTools) return;
        var form = own ? (ToolChoiceForm)choice.Form : ToolChoiceForm.Plain;
        output.Name(form == ToolChoiceForm.Legacy ? "function_call"u8 : "tool_choice"u8);
        switch (choice.Mode)
        {
            case ToolChoiceMode.Auto:
                output.Literal("auto"u8);
                break;
            case ToolChoiceMode.None:
                output.Literal("none"u8);
                break;
            case ToolChoiceMode.Required:
                output.Literal(form == ToolChoiceForm.Any ? "any"u8 : "required"u8);
                break;
            case ToolChoiceMode.Allowed:
                Allowed(output, choice);
                break;
            default:
                Named(output, choice.Name, form);
                break;
        }
    }

    private static void Named(JsonOutput output, JsonText name, ToolChoiceForm form)
    {
        output.BeginObject();
        if (form != ToolChoiceForm.Legacy) Literal(output, "type"u8, form == ToolChoiceForm.Named ? "tool"u8 : "function"u8);
        if (form == ToolChoiceForm.Plain)
        {
            output.Name("function"u8);
            output.BeginObject();
        }
        output.Name("name"u8);
        output.Text(name);
        if (form == ToolChoiceForm.Plain) output.EndObject();
        output.EndObject();
    }

    private static void Allowed(JsonOutput output, ToolChoice choice)
    {
        output.BeginObject();
        Literal(output, "type"u8, "allowed_tools"u8);
        output.Name("allowed_tools"u8);
        output.BeginObject();
        Literal(output, "mode"u8, choice.MustCall ? "required"u8 : "auto"u8);
        output.Name("tools"u8);
        output.BeginArray();
        foreach (var name in choice.Allowed) Named(output, name, ToolChoiceForm.Plain);
        output.EndArray();
        output.EndObject();
        output.EndObject();
    }

    private static bool Has(ChatRequest request, RequestForm form) => (request.Form & (int)form) != 0;

    private static void Literal(JsonOutput output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.Name(name);
        output.Literal(value);
    }
}
