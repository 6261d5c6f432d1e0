using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// The rules of Messages and Converse for tools: names, schemas, strictness, and a choice among some tools, which is
/// expressed by offering only those. A dialect adds the form.
/// </summary>
/// <param name="own">The dialect that is written.</param>
/// <param name="platform">The provider's name in error messages.</param>
internal abstract class BlockToolWriter(
    string own, string platform, int maxNameLength, ChatRequest request, ModelTraits? traits, StrictBudget budget, JsonOutput output, LossReport losses)
{
    private readonly Dictionary<string, ToolDefinition> _offered = [];

    /// <summary>The caller requires a call, and the model supports that.</summary>
    public bool IsForced => HasAnyTool && TakesForcedChoice && Mode is ToolChoiceMode.Required or ToolChoiceMode.Tool;

    protected virtual bool HasAnyTool => request.Tools.Count > 0;

    protected ChatRequest Request => request;

    protected JsonOutput Output => output;

    protected LossReport Losses => losses;

    protected bool TakesForcedChoice => traits?.ForcedToolChoice != false;

    /// <summary>The tool choice among the offered tools.</summary>
    protected ToolChoiceMode Mode => request.ToolChoice switch
    {
        null => ToolChoiceMode.Auto,
        { Mode: ToolChoiceMode.Allowed, MustCall: true } => ToolChoiceMode.Required,
        { Mode: ToolChoiceMode.Allowed } => ToolChoiceMode.Auto,
        { Mode: var mode } => mode,
    };

    public int CountCacheMarkers()
    {
        var count = 0;
        foreach (var tool in request.Tools)
            if (!tool.Native.IsPresent && tool.CacheControl.HasValue && IsAllowed(tool)) count++;
        return count;
    }

    /// <summary>False if the tool is dropped and reported as a loss. Raises <see cref="DialectException"/> if the provider refuses the name.</summary>
    protected bool Offers(ToolDefinition tool, int index)
    {
        if (tool.Native.IsPresent)
        {
            NativeTools.Drop(tool, losses);
            return false;
        }
        if (!IsAllowed(tool)) return false;
        if (!ToolIds.IsGood(tool.Name.Span, maxNameLength))
            throw new DialectException(GatewayError.Invalid(
                $"{platform} takes tool names of 1 to {maxNameLength} letters, digits, '_' and '-'; '{Brief(tool.Name)}' is not one.", $"tools[{index}].function.name"));
        return IsFirst(tool, index) && TakesProperties(tool, index);
    }

    /// <summary>Names must be unique: a repeated tool is offered once; two different tools with the same name are an error.</summary>
    private bool IsFirst(ToolDefinition tool, int index)
    {
        if (_offered.TryAdd(tool.Name.ToString(), tool)) return true;
        var first = _offered[tool.Name.ToString()];
        if (first.Parameters.Span.SequenceEqual(tool.Parameters.Span) && first.Description.Span.SequenceEqual(tool.Description.Span)) return false;
        if (!first.Parameters.HasValue || !tool.Parameters.HasValue)
        {
            // Chat's older functions beside its tools.
            losses.Drop("tools");
            return false;
        }
        throw new DialectException(GatewayError.Invalid($"{platform} takes each tool name once; '{Brief(tool.Name)}' is the name of two tools.", $"tools[{index}].function.name"));
    }

    private bool TakesProperties(ToolDefinition tool, int index)
    {
        if (InputSchema.RefusedProperty(tool.Parameters) is not { } property) return true;
        var brief = property.Length > 100 ? property[..100] + "..." : property;
        throw new DialectException(GatewayError.Invalid(
            $"{platform} takes property names of 1 to 64 letters, digits, '_', '.' and '-' at the top of a tool's schema; '{brief}' of the tool '{Brief(tool.Name)}' is not one.",
            $"tools[{index}].function.parameters.properties.{brief}"));
    }

    protected bool IsAllowed(ToolDefinition tool)
    {
        if (request.ToolChoice?.Allows(tool.Name) != false) return true;
        losses.Emulate("tool_choice.allowed_tools");
        return false;
    }

    /// <param name="description">Absent if it is empty.</param>
    protected void WriteTool(ToolDefinition tool, JsonText description)
    {
        losses.DropExtras(tool.Extras, own, "tools");
        var parameters = SchemaRepair.Of(tool.Parameters);
        var isRepaired = !parameters.Span.SequenceEqual(tool.Parameters.Span);
        var strict = IsStrict(tool, parameters);
        var schema = strict ? default : InputSchema.Read(parameters);
        BeginTool(tool.Name);
        WriteDescription(description, schema.Unsayable);
        BeginSchema();
        if (strict) OutputSchema.Write(parameters, output, losses, "tools.function.parameters");
        else schema.Write(output);
        EndSchema();
        if (schema.IsChanged || isRepaired) losses.Emulate("tools.function.parameters");
        if (strict)
        {
            output.Name("strict"u8);
            output.Boolean(true);
        }
        EndTool(tool.CacheControl);
    }

    /// <summary>Opens a tool and writes its name.</summary>
    protected abstract void BeginTool(JsonText name);

    /// <summary>Writes everything up to the value of the schema.</summary>
    protected abstract void BeginSchema();

    protected abstract void EndSchema();

    protected abstract void EndTool(JsonSlice marker);

    /// <summary>Strictness requires a schema within the compiler's limits.</summary>
    private bool IsStrict(ToolDefinition tool, JsonSlice parameters)
    {
        if (tool.Strict != true) return false;
        if (traits?.JsonSchema != false && OutputSchema.Fits(parameters) && !InputSchema.Read(parameters).IsChanged && budget.Take(parameters, isTool: true)) return true;
        losses.Drop("tools.function.strict");
        return false;
    }

    private void WriteDescription(JsonText description, List<ExtraMember>? unsayable)
    {
        if (!description.HasValue && unsayable is null) return;
        output.Name("description"u8);
        output.BeginText();
        output.Append(description);
        if (unsayable is not null)
        {
            output.Append(description.HasValue ? "\\n\\n"u8 : ""u8);
            output.Append("The arguments must also match this JSON schema: "u8);
            SchemaText.AppendMembers(unsayable, output);
        }
        output.EndText();
    }

    private static string Brief(JsonText name) => name.ToString() is { Length: > 150 } text ? text[..150] + "..." : name.ToString();
}
