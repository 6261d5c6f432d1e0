using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Requests;

/// <summary>
/// Reads the reasoning options: <c>reasoning_effort</c>, OpenRouter's <c>reasoning</c> object, and <c>thinking</c> in the form
/// of DeepSeek and Zhipu, or of Anthropic. The first one applies; false if the value stays an extra.
/// </summary>
internal static class ReasoningOptionsReader
{
    public static bool ReadEffort(JsonSlice value, ChatRequest request)
    {
        if (!value.IsText || request.Reasoning is not null) return false;
        var effort = value.AsText();
        request.Reasoning = new ReasoningOptions { Effort = effort, Enabled = effort.Is("none"u8) ? false : null };
        return true;
    }

    /// <summary><c>{"effort":...,"max_tokens":...,"enabled":...,"exclude":...}</c>.</summary>
    public static bool Read(JsonSlice value, ChatRequest request)
    {
        if (!value.IsObject || request.Reasoning is not null) return false;
        JsonText effort = default;
        long? budget = null;
        bool? enabled = null, exclude = null;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (member.IsText && name.Is("effort"u8)) effort = member.AsText();
            else if (name.Is("max_tokens"u8) && member.AsInt64() is { } tokens) budget = tokens;
            else if (name.Is("enabled"u8) && member.AsBoolean() is { } on) enabled = on;
            else if (name.Is("exclude"u8) && member.AsBoolean() is { } hidden) exclude = hidden;
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, member);
        }
        request.Reasoning = new ReasoningOptions
        {
            Effort = effort,
            BudgetTokens = budget,
            Enabled = enabled,
            IncludeReasoning = !exclude,
            Form = (int)ReasoningOptionsForm.Reasoning,
            Extras = extras,
        };
        return true;
    }

    /// <summary>
    /// <c>{"type":"enabled"}</c>, <c>{"type":"disabled"}</c>, with or without <c>budget_tokens</c>, and Anthropic's own options
    /// in Chat clients: <c>{"type":"adaptive"}</c> and <c>display</c>
    /// (https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking).
    /// </summary>
    public static bool ReadThinking(JsonSlice value, ChatRequest request)
    {
        if (!value.IsObject || request.Reasoning is not null) return false;
        JsonText type = default;
        long? budget = null;
        bool? told = null;
        Extras? extras = null;
        var cursor = new JsonCursor(value.Memory);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            var name = cursor.Name;
            var member = cursor.TakeValue();
            if (member.IsText && name.Is("type"u8)) type = member.AsText();
            else if (name.Is("budget_tokens"u8) && member.AsInt64() is { } tokens) budget = tokens;
            else if (name.Is("display"u8) && Display(member.AsText()) is { } display) told = display;
            else Extras.Add(ref extras, OpenAIChatDialect.DialectName, name, member);
        }
        var adaptive = type.Is("adaptive"u8);
        var enabled = adaptive || type.Is("enabled"u8);
        if (!enabled && !type.Is("disabled"u8)) return false;
        request.Reasoning = new ReasoningOptions
        {
            Adaptive = adaptive,
            Enabled = enabled,
            BudgetTokens = budget,
            IncludeReasoning = told,
            Form = (int)ReasoningOptionsForm.Thinking,
            Extras = extras,
        };
        return true;
    }

    private static bool? Display(JsonText word) => word.Is("summarized"u8) ? true : word.Is("omitted"u8) ? false : null;
}
