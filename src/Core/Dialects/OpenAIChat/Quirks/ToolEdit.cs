using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>Edits tools and the tool choice for providers with restrictions.</summary>
internal static class ToolEdit
{
    public static void Apply(RequestQuirks quirks, BodyMembers members, LossReport losses)
    {
        if (quirks.NoTools)
        {
            LeaveOut(members, losses);
            return;
        }
        switch (quirks.ToolChoice)
        {
            case ToolChoiceQuirk.SaysAny:
                SayAny(members, losses);
                break;
            case ToolChoiceQuirk.AutoOnly:
                OnlyAuto(members, losses);
                break;
        }
        if (quirks.BranchedSchemas) Schemas(members, losses);
        if (quirks.AsksForToolStream && members.Find("stream"u8).IsTrue && members.Has("tools"u8) && !members.Find("tool_stream"u8).IsPresent)
            members.Set("tool_stream"u8, "true"u8);
    }

    /// <summary>Handles a forced call if the model refuses one while it reasons (deepseek-ai/DeepSeek-V3#1376, can1357/oh-my-pi#1077).</summary>
    public static void ForcedCalls(ReasoningWords words, BodyMembers members, LossReport losses)
    {
        var choice = members.Find("tool_choice"u8);
        var isForced = choice.IsText ? !choice.AsText().Is("auto"u8) && !choice.AsText().Is("none"u8)
            : choice.IsObject && !choice.Member("allowed_tools"u8).Member("mode"u8).AsText().Is("auto"u8);
        if (!isForced || IsOff(members)) return;
        var isSaid = members.Has("thinking"u8) || members.Has("enable_thinking"u8) || members.Has("reasoning_effort"u8);
        if (isSaid || words.AlwaysOn)
        {
            members.Set("tool_choice"u8, "\"auto\""u8);
            losses.Drop("tool_choice");
            return;
        }
        if (words.Switch == ReasoningSwitch.EnableThinking) members.Set("enable_thinking"u8, "false"u8);
        else members.Set("thinking"u8, "{\"type\":\"disabled\"}"u8);
        losses.Emulate("tool_choice");
    }

    private static bool IsOff(BodyMembers members) =>
        members.Find("thinking"u8).Member("type"u8).AsText().Is("disabled"u8) || members.Find("enable_thinking"u8).IsFalse;

    /// <summary>Rewrites the schemas of all tools if one of them must change.</summary>
    private static void Schemas(BodyMembers members, LossReport losses)
    {
        var tools = members.Find("tools"u8);
        if (!tools.IsArray) return;
        var isChanged = false;
        var output = members.NewValue(tools.Span.Length + 256);
        output.BeginArray();
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var tool = cursor.TakeValue();
            var schema = tool.Member("function"u8).Member("parameters"u8);
            if (!schema.IsObject)
            {
                output.Raw(tool);
                continue;
            }
            // Everything around the schema is unchanged: the schema is a slice of the tool.
            tool.Span.Overlaps(schema.Span, out var at);
            output.Raw(tool.Span[..at]);
            output.NewValue();
            isChanged |= BranchedSchema.Write(schema, output);
            output.Bytes(tool.Span[(at + schema.Span.Length)..]);
        }
        output.EndArray();
        if (!isChanged) return;
        members.Set("tools"u8, new JsonSlice(output.Written));
        losses.Emulate("tools.function.parameters");
    }

    private static void LeaveOut(BodyMembers members, LossReport losses)
    {
        if (members.Remove("tools"u8) is { IsArray: true } tools && !IdleMember.Is(JsonText.From("tools"), tools)) losses.Drop("tools");
        if (members.Remove("functions"u8).HasValue) losses.Drop("functions");
        members.Remove("tool_choice"u8);
        members.Remove("function_call"u8);
        members.Remove("parallel_tool_calls"u8);
    }

    private static void SayAny(BodyMembers members, LossReport losses)
    {
        var choice = members.Find("tool_choice"u8);
        if (choice.AsText().Is("required"u8)) members.Set("tool_choice"u8, "\"any\""u8);
        if (!choice.IsObject) return;
        var allowed = choice.Member("allowed_tools"u8);
        var names = allowed.IsObject ? NamesOf(allowed.Member("tools"u8)) : NameOf(choice) is { HasValue: true } name ? [name] : [];
        if (names.Count == 0) return;
        KeepOnly(names, members);
        members.Set("tool_choice"u8, allowed.IsObject && !allowed.Member("mode"u8).AsText().Is("required"u8) ? "\"auto\""u8 : "\"any\""u8);
        losses.Emulate("tool_choice");
    }

    private static void KeepOnly(List<JsonText> names, BodyMembers members)
    {
        var tools = members.Find("tools"u8);
        if (!tools.IsArray) return;
        var output = members.NewValue(512);
        output.BeginArray();
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var tool = cursor.TakeValue();
            var own = NameOf(tool);
            if (names.Exists(name => own.Is(name.Span))) output.Raw(tool);
        }
        output.EndArray();
        members.Set("tools"u8, new JsonSlice(output.Written));
    }

    private static List<JsonText> NamesOf(JsonSlice tools)
    {
        var names = new List<JsonText>();
        if (!tools.IsArray) return names;
        var cursor = new JsonCursor(tools.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
            if (NameOf(cursor.TakeValue()) is { HasValue: true } name) names.Add(name);
        return names;
    }

    private static void OnlyAuto(BodyMembers members, LossReport losses)
    {
        var choice = members.Find("tool_choice"u8);
        if (!choice.HasValue || choice.AsText().Is("auto"u8)) return;
        members.Remove("tool_choice"u8);
        if (choice.AsText().Is("none"u8))
        {
            // Without tools, none can be called.
            if (members.Remove("tools"u8).HasValue) losses.Emulate("tool_choice");
        }
        else losses.Drop("tool_choice");
    }

    /// <summary>The name in a tool or a choice: <c>{"type":"function","function":{"name":...}}</c>, or <c>{"type":"tool","name":...}</c>
    /// (<c>xai-chat-one-error-b78b8d</c>).</summary>
    private static JsonText NameOf(JsonSlice value) =>
        value.Member("function"u8).Member("name"u8).AsText() is { HasValue: true } name ? name : value.Member("name"u8).AsText();
}
