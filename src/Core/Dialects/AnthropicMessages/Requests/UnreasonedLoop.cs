using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.AnthropicMessages.Requests;

/// <summary>
/// A request with a token budget for reasoning, inside a tool loop whose last assistant turn has no reasoning, because another model made it: "When `thinking`
/// is enabled, a final `assistant` message must start with a thinking block" (anomalyco/opencode#3077). Such a request is sent without <c>thinking</c>,
/// until the loop ends. Converted requests follow the same rule (<see cref="Shared.ClaudeReasoningPlan"/>).
/// </summary>
internal static class UnreasonedLoop
{
    /// <summary>The name of the dropped member in the loss report.</summary>
    public const string Lost = "thinking";

    private static ReadOnlySpan<byte> ResultId => "\"tool_use_id\""u8;

    /// <summary>
    /// Whether a request has a budget and another model may have made one of its calls: Anthropic's own ids begin with <c>toolu_</c> or <c>srvtoolu_</c>. A very
    /// cheap check.
    /// </summary>
    public static bool MayBe(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\"budget_tokens\""u8) < 0) return false;
        for (int at; (at = body.IndexOf(ResultId)) >= 0;)
        {
            body = body[(at + ResultId.Length)..].TrimStart(": \t\r\n"u8);
            if (body.StartsWith("\""u8) && !body.StartsWith("\"toolu_"u8) && !body.StartsWith("\"srvtoolu_"u8)) return true;
        }
        return false;
    }

    /// <param name="isReasoning">Whether a block is reasoning that is sent.</param>
    public static bool Is(ReadOnlyMemory<byte> body, Func<JsonSlice, bool> isReasoning)
    {
        JsonSlice thinking = default, messages = default;
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            if (cursor.NameIs("thinking"u8)) thinking = cursor.TakeValue();
            else if (cursor.NameIs("messages"u8)) messages = cursor.TakeValue();
            else cursor.Skip();
        }
        return thinking.Member("type"u8).AsText().Is("enabled"u8) && messages.IsArray && IsOpen(messages, isReasoning);
    }

    /// <summary>The same for a request that was read, whose reasoning without state was removed.</summary>
    public static bool Is(ChatRequest request)
    {
        if (request.Reasoning is not { Enabled: true, Adaptive: false }) return false;
        var (isAssistants, hasReasoning, hasResult) = (false, true, false);
        foreach (var message in request.Messages)
        {
            if (message.Role == ChatRole.System) continue;
            if (message.Role == ChatRole.Assistant)
            {
                hasReasoning = (isAssistants && hasReasoning) || message.Parts.Exists(part => part is ReasoningPart);
                (isAssistants, hasResult) = (true, false);
            }
            else
            {
                isAssistants = false;
                hasResult |= message.Parts.Exists(part => part is ToolResultPart);
            }
        }
        return !isAssistants && hasResult && !hasReasoning;
    }

    /// <summary>
    /// Writes <c>context_management</c> without the edits that need reasoning ("`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive").
    /// </summary>
    /// <returns>False, and nothing is written, if it has no such edit.</returns>
    public static bool TryWriteEdits(JsonText name, JsonSlice management, JsonOutput output)
    {
        if (management.Member("edits"u8) is not { IsArray: true } edits) return false;
        var others = new List<JsonSlice>();
        var count = 0;
        var list = new JsonCursor(edits.Memory);
        list.EnterArray();
        for (; list.NextElement(); count++)
        {
            var edit = list.TakeValue();
            if (!edit.Member("type"u8).AsText().StartsWith("clear_thinking_"u8)) others.Add(edit);
        }
        if (others.Count == count) return false;
        output.Name(name);
        output.BeginObject();
        var cursor = new JsonCursor(management.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var isEdits = cursor.NameIs("edits"u8);
            output.Name(cursor.Name);
            var value = cursor.TakeValue();
            if (!isEdits)
            {
                output.Raw(value);
                continue;
            }
            output.BeginArray();
            foreach (var edit in others) output.Raw(edit);
            output.EndArray();
        }
        output.EndObject();
        return true;
    }

    private static bool IsOpen(JsonSlice messages, Func<JsonSlice, bool> isReasoning)
    {
        // The content of the last assistant turns and of what follows them; system turns may be between.
        var (assistants, others) = (new List<JsonSlice>(), new List<JsonSlice>());
        var cursor = new JsonCursor(messages.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var message = cursor.TakeValue();
            var role = message.Member("role"u8).AsText();
            if (role.Is("system"u8)) continue;
            if (!role.Is("assistant"u8))
            {
                others.Add(message.Member("content"u8));
                continue;
            }
            if (others.Count > 0) assistants.Clear();
            others.Clear();
            assistants.Add(message.Member("content"u8));
        }
        return assistants.Count > 0 && Has(others, block => block.Member("type"u8).AsText().Is("tool_result"u8)) && !Has(assistants, isReasoning);
    }

    private static bool Has(List<JsonSlice> contents, Func<JsonSlice, bool> isIt)
    {
        foreach (var content in contents)
        {
            if (!content.IsArray) continue;
            var cursor = new JsonCursor(content.Memory);
            cursor.EnterArray();
            while (cursor.NextElement())
                if (isIt(cursor.TakeValue())) return true;
        }
        return false;
    }
}
