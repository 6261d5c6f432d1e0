using Nano.Chat;
using Nano.Dialects.OpenAIChat.Requests;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIChat.Quirks;

/// <summary>
/// Converts the reasoning settings to a provider's own form: reads <c>reasoning_effort</c>, OpenRouter's <c>reasoning</c> and
/// <c>thinking</c>, and writes by <see cref="ReasoningWords"/>.
/// </summary>
internal static class ReasoningEdit
{
    /// <summary>The form for a model without efforts or a switch.</summary>
    private static readonly ReasoningWords Unset = new();

    /// <summary>The model's form is known.</summary>
    public static bool Applies(RequestQuirks quirks, in RequestTarget target) => Of(quirks, target) is not null;

    /// <summary>The model has a switch.</summary>
    public static bool Switches(RequestQuirks quirks, in RequestTarget target) => Of(quirks, target) is { Switch: not ReasoningSwitch.None };

    /// <returns>The model's form; null if it is unknown.</returns>
    public static ReasoningWords? Apply(RequestQuirks quirks, BodyMembers members, in RequestTarget target, LossReport losses)
    {
        var isNever = quirks.EffortsOfModel && target.Traits?.Reasons == false;
        if (Of(quirks, target) is not { } words) return null;
        var (source, asked) = Read(members);
        LeaveOutOthers(words, source, members, losses);
        if (source is null) return words;
        if (isNever && IsOff(asked!))
        {
            // A model that cannot reason satisfies "off" anyway.
            members.Remove(source);
            members.Remove("reasoning_effort"u8);
            losses.Emulate(source);
        }
        else Write(words, asked!, source, members, target.Traits, losses);
        return words;
    }

    /// <summary>The provider's entry for the model, limited by the model's own traits.</summary>
    private static ReasoningWords? Of(RequestQuirks quirks, in RequestTarget target)
    {
        ReasoningWords? row = null;
        foreach (var words in quirks.Reasoning)
        {
            if (!words.Takes(target.Model)) continue;
            row = words;
            break;
        }
        if (!quirks.EffortsOfModel || target.Traits is not { Reasons: { } reasons } traits) return row;
        if (!reasons) return Unset;
        var isOfRow = traits.Efforts.Count == 0 && row is not null && (traits.ThinkingByLevel || row.Switch != ReasoningSwitch.None);
        var efforts = isOfRow ? row!.Efforts : ModelEfforts.Of(traits);
        return (row ?? Unset) with { Efforts = efforts, AlwaysOn = row?.AlwaysOn == true || traits.ThinkingAlwaysOn };
    }

    /// <summary>If several members set reasoning, one is enough; members that the provider does not know are removed, even if they are null.</summary>
    private static void LeaveOutOthers(ReasoningWords words, string? source, BodyMembers members, LossReport losses)
    {
        if (source != "reasoning_effort" && words is { Efforts.Count: 0, Switch: ReasoningSwitch.None }) LeaveOut("reasoning_effort", members, losses);
        if (source != "reasoning") LeaveOut("reasoning", members, losses);
        if (source != "thinking" && words.Switch != ReasoningSwitch.Thinking) LeaveOut("thinking", members, losses);
    }

    private static void LeaveOut(string name, BodyMembers members, LossReport losses)
    {
        if (members.Remove(name).HasValue) losses.Drop(name);
    }

    /// <summary>The requested reasoning, from the first member that sets it; null if there is none.</summary>
    private static (string? Member, ReasoningOptions? Asked) Read(BodyMembers members)
    {
        var request = new ChatRequest(OpenAIChatDialect.DialectName);
        if (members.Has("reasoning_effort"u8) && ReasoningOptionsReader.ReadEffort(members.Find("reasoning_effort"u8), request)) return ("reasoning_effort", request.Reasoning);
        if (members.Has("reasoning"u8) && ReasoningOptionsReader.Read(members.Find("reasoning"u8), request)) return ("reasoning", request.Reasoning);
        if (members.Has("thinking"u8) && ReasoningOptionsReader.ReadThinking(members.Find("thinking"u8), request)) return ("thinking", request.Reasoning);
        return default;
    }

    private static void Write(ReasoningWords words, ReasoningOptions asked, string source, BodyMembers members, ModelTraits? traits, LossReport losses)
    {
        var word = asked.Effort.HasValue ? asked.Effort.ToString() : asked.BudgetTokens is { } budget ? ModelEfforts.OfBudget(budget) : null;
        var off = IsOff(asked);
        var own = words.Switch == ReasoningSwitch.Thinking ? members.Find("thinking"u8) : default;
        if (source == "reasoning") members.Remove("reasoning"u8);
        if (source == "thinking" && words.Switch != ReasoningSwitch.Thinking) members.Remove("thinking"u8);

        if (off)
        {
            Off(words, source, own, members, losses);
            return;
        }
        var isUsual = word is null && asked.IsOn && words.Switch == ReasoningSwitch.None && traits?.ReasonsUnasked == false;
        var effort = ModelEfforts.Nearest(words.Efforts, isUsual ? ModelEfforts.Usual : word);
        if (effort is null) members.Remove("reasoning_effort"u8);
        else if (effort != word || source != "reasoning_effort") SetText(members, effort);
        if (words.Switch == ReasoningSwitch.Thinking && !own.HasValue) members.Set("thinking"u8, "{\"type\":\"enabled\"}"u8);
        if (words.Switch == ReasoningSwitch.EnableThinking && !members.Has("enable_thinking"u8))
        {
            members.Set("enable_thinking"u8, "true"u8);
            if (asked.BudgetTokens is { } tokens && !members.Has("thinking_budget"u8)) SetNumber(members, tokens);
        }
        if (words.Switch == ReasoningSwitch.None && effort is null) losses.Drop(source);
        else if (isUsual) losses.Emulate(source);
        else if (word is not null && effort != word && source != "thinking") losses.Emulate(source);
    }

    private static bool IsOff(ReasoningOptions asked) => asked.Enabled == false || asked.Effort.Is("none"u8) || (!asked.Effort.HasValue && asked.BudgetTokens == 0);

    private static void Off(ReasoningWords words, string source, JsonSlice own, BodyMembers members, LossReport losses)
    {
        var none = words.Efforts.Contains("none");
        if (none && words.Switch == ReasoningSwitch.None)
        {
            if (source != "reasoning_effort") SetText(members, "none");
            return;
        }
        members.Remove("reasoning_effort"u8);
        if (words.AlwaysOn || words.Switch == ReasoningSwitch.None)
        {
            if (own.HasValue) members.Remove("thinking"u8);
            // The lowest effort is the nearest to "off".
            if (words is { AlwaysOn: true, Switch: ReasoningSwitch.None, Efforts.Count: > 0 }) SetText(members, words.Efforts[0]);
            losses.Drop(source);
        }
        else if (words.Switch == ReasoningSwitch.Thinking)
        {
            if (!own.HasValue) members.Set("thinking"u8, "{\"type\":\"disabled\"}"u8);
        }
        else if (!members.Has("enable_thinking"u8)) members.Set("enable_thinking"u8, "false"u8);
    }

    private static void SetText(BodyMembers members, string effort)
    {
        var output = members.NewValue();
        output.Text(effort);
        members.Set("reasoning_effort"u8, new JsonSlice(output.Written));
    }

    private static void SetNumber(BodyMembers members, long tokens)
    {
        var output = members.NewValue();
        output.Number(tokens);
        members.Set("thinking_budget"u8, new JsonSlice(output.Written));
    }
}
