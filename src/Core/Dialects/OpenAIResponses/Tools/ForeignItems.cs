using System.Text;
using Nano.Chat;
using Nano.Errors;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Tools;

/// <summary>
/// Rewrites the history of a request for a model of another dialect: calls of tools that became functions get the functions' names,
/// as do their results. Items that only their provider understands stay, and the target reports them as lost; items that are useless
/// without that provider are refused.
/// </summary>
internal sealed class ForeignItems(ChatRequest request, ForeignTools tools, LossReport losses)
{
    private const string Own = OpenAIResponsesDialect.DialectName;

    public void Run()
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            if (request.Messages[i].Role != ChatRole.Assistant || !NeedsWork(request.Messages[i].Parts)) continue;
            var rewritten = Rewrite(request.Messages[i]);
            request.Messages.RemoveAt(i);
            request.Messages.InsertRange(i, rewritten);
            i += rewritten.Count - 1;
        }
    }

    private static bool NeedsWork(List<ContentPart> parts)
    {
        foreach (var part in parts)
            if (part is OpaquePart or ToolCallPart { IsCustom: true } or ToolCallPart { Extras: not null }) return true;
        return false;
    }

    /// <summary>Splits the turn at each result among its items.</summary>
    private List<ChatMessage> Rewrite(ChatMessage message)
    {
        var turns = new List<ChatMessage>();
        ChatMessage? open = null;
        foreach (var part in message.Parts)
        {
            if (part is OpaquePart opaque && BuiltInTool.OfItem(opaque.Type.ToString(), out var isOutput) is { } known)
            {
                if (!isOutput)
                {
                    if (Call(known, opaque.Value) is { } made) Assistant().Parts.Add(made);
                }
                else if (Output(known, opaque.Value) is { } result)
                {
                    turns.Add(result);
                    open = null;
                }
                continue;
            }
            if (part is OpaquePart other && IsKeptReasoning(other))
            {
                losses.Drop("input.reasoning");
                continue;
            }
            if (part is OpaquePart { Type: var type }) Check(type);
            Assistant().Parts.Add(part is ToolCallPart call ? Call(call) : part);
        }
        return turns;

        ChatMessage Assistant()
        {
            if (open is not null) return open;
            open = new ChatMessage(ChatRole.Assistant) { Extras = turns.Count == 0 ? message.Extras : null };
            turns.Add(open);
            return open;
        }
    }

    private ToolCallPart Call(ToolCallPart call)
    {
        var space = call.Extras.From(Own, "namespace"u8).AsText();
        if (!call.IsCustom && !space.HasValue) return call;
        Extras? rest = null;
        foreach (var member in call.Extras?.Members ?? [])
            if (!member.Name.Is("namespace"u8)) Extras.Add(ref rest, Own, member.Name, member.Value);
        var name = tools.Names.Find(space, call.Name) ?? tools.Names.Give(space, call.Name);
        return new ToolCallPart(call.Id, JsonText.From(name)) { Arguments = call.IsCustom ? Argument(call.Arguments.Encoded) : call.Arguments, Extras = rest };
    }

    private static ToolArguments Argument(JsonText text)
    {
        using var output = new JsonOutput(text.Span.Length + 16);
        output.BeginObject();
        output.Name("input"u8);
        output.Text(text);
        output.EndObject();
        return new ToolArguments { Json = new JsonSlice(output.WrittenSpan.ToArray()) };
    }

    /// <summary>Null for a search that the provider has run itself: the tools that it found are offered from the start.</summary>
    private static ToolCallPart? Call(BuiltInTool known, JsonSlice item) => IdOf(item) is { HasValue: true } id
        ? new ToolCallPart(id, known.Name) { Arguments = new ToolArguments { Json = item.Member(Encoding.UTF8.GetBytes(known.Member)) } }
        : null;

    private ChatMessage? Output(BuiltInTool known, JsonSlice item)
    {
        var id = IdOf(item);
        var result = new ToolResultPart(id);
        if (known.Type == "tool_search")
        {
            var found = tools.AddFound(item.Member("tools"u8));
            if (!id.HasValue) return null;
            result.Parts.Add(new TextPart(JsonText.From(found.Count > 0 ? $"These tools can be called now: {string.Join(", ", found)}" : "No tool was found.")));
        }
        else if (!id.HasValue) return null;
        else if (item.Member("output"u8) is { IsText: true } text) result.Parts.Add(new TextPart(text.AsText()));
        else result.Parts.Add(new TextPart(TextOf(item.Member("output"u8))));
        var message = new ChatMessage(ChatRole.Tool);
        message.Parts.Add(result);
        losses.Emulate($"input.{known.OutputType}");
        return message;
    }

    private static JsonText TextOf(JsonSlice json)
    {
        if (!json.HasValue) return JsonText.From("");
        using var output = new JsonOutput(json.Span.Length + 16);
        output.TextOfJson(json);
        return new JsonText(output.WrittenSpan[1..^1].ToArray());
    }

    private static JsonText IdOf(JsonSlice item) => item.Member("call_id"u8).AsText() is { HasValue: true } id ? id : item.Member("id"u8).AsText();

    /// <summary>Whether a part is a reference to reasoning. The turn is valid without it, and its state is also in the ids of the turn's calls (the AI SDK sends
    /// it unless <c>store</c> is false).</summary>
    private static bool IsKeptReasoning(OpaquePart part) => part.Type.Is("item_reference"u8) && part.Value.Member("id"u8).AsText().StartsWith("rs_"u8);

    private static void Check(JsonText type)
    {
        if (type.Is("item_reference"u8))
            throw Refuse("An 'item_reference' names an item that the model's provider would have to keep, and this one keeps none. Send the item itself; SDKs do so with 'store' set to false.");
        if (type.Is("compaction"u8) || type.Is("compaction_trigger"u8) || type.Is("compaction_summary"u8))
            throw Refuse($"The model's provider has no '{type}' items: only OpenAI makes and reads them. Send the items of the conversation, or a summary of them as a message.");
    }

    private static DialectException Refuse(string message) => new(GatewayError.Invalid(message, "input", "unsupported_item"));
}
