using System.Text;
using Nano.Chat;
using Nano.Dialects.OpenAIResponses.Tools;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Responses;

/// <summary>Writes the call items of another dialect's model, with the caller's own tool names and forms.</summary>
internal sealed class CallWriter(ItemWriter items, JsonOutput output)
{
    /// <summary>The prefix of the item's id.</summary>
    public static string PrefixOf(CallerTool? tool, bool isCustom) => tool?.BuiltIn?.IdPrefix ?? (isCustom || tool?.Kind == CallerToolKind.Custom ? "ctc" : "fc");

    /// <param name="name">The name that the model uses.</param>
    /// <param name="tool">The caller's tool for that name; null if the name needs no translation.</param>
    /// <param name="arguments">For a free-form tool its text (<see cref="TextOf"/>); empty for an item that is not done.</param>
    /// <param name="isCustom">Whether the model itself called a free-form tool.</param>
    public void Write(int index, JsonText id, JsonText name, CallerTool? tool, in ToolArguments arguments, bool isCustom, bool isDone)
    {
        if (tool is { BuiltIn: { } known })
        {
            BuiltIn(index, id, known, arguments, isDone);
            return;
        }
        isCustom |= tool?.Kind == CallerToolKind.Custom;
        Begin(index, id, isCustom ? "custom_tool_call"u8 : "function_call"u8, isCustom ? "ctc" : "fc", isDone);
        output.Name("name"u8);
        if (tool is null) output.Text(name);
        else output.Text(new JsonText(tool.Name));
        if (tool is { Namespace.Length: > 0 })
        {
            output.Name("namespace"u8);
            output.Text(new JsonText(tool.Namespace));
        }
        output.Name(isCustom ? "input"u8 : "arguments"u8);
        arguments.WriteEncoded(output);
        output.EndObject();
    }

    /// <summary>The text of a call of a free-form tool, whose model called a function with the text as its argument.</summary>
    public static JsonText TextOf(in ToolArguments arguments)
    {
        var json = JsonOf(arguments);
        if (json.IsPresent && CallerTool.TextOf(json) is { IsPresent: true } text) return text;
        // The arguments do not have the required form: use the model's own text.
        return arguments.Encoded.IsPresent ? arguments.Encoded : Encoded(arguments.Json);
    }

    private void BuiltIn(int index, JsonText id, BuiltInTool known, in ToolArguments arguments, bool isDone)
    {
        Begin(index, id, Encoding.UTF8.GetBytes(known.CallType), known.IdPrefix, isDone);
        if (known.More.Length > 0) output.Raw(Encoding.UTF8.GetBytes(known.More));
        output.Name(Encoding.UTF8.GetBytes(known.Member));
        if (isDone) arguments.WriteObject(output);
        else output.Raw(Encoding.UTF8.GetBytes(known.Placeholder));
        output.EndObject();
    }

    private void Begin(int index, JsonText id, ReadOnlySpan<byte> type, string prefix, bool isDone)
    {
        items.Begin(type, items.Id(prefix, index));
        output.Name("status"u8);
        output.Literal(isDone ? "completed"u8 : "in_progress"u8);
        output.Name("call_id"u8);
        if (id.HasValue) output.Text(id);
        else output.Text(items.Id("call", index));
    }

    private static JsonSlice JsonOf(in ToolArguments arguments)
    {
        if (arguments.Json.IsPresent) return arguments.Json;
        using var scratch = new JsonOutput(arguments.Encoded.Span.Length + 1);
        return scratch.TryJsonOfText(arguments.Encoded) ? new JsonSlice(scratch.WrittenSpan.ToArray()) : default;
    }

    private static JsonText Encoded(JsonSlice json)
    {
        if (!json.IsPresent) return JsonText.From("");
        using var scratch = new JsonOutput(json.Span.Length + 16);
        scratch.AppendUtf8(json.Span);
        return new JsonText(scratch.WrittenSpan.ToArray());
    }
}
