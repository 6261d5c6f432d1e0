using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Shared;

/// <summary>
/// How much to reason, in the target model's form: newer models reason adaptively, by effort; older ones by a token
/// budget, part of <c>max_tokens</c>. An unknown model is treated as a new one.
/// </summary>
internal sealed class ClaudeReasoningPlan
{
    private const long MinBudget = 1024;

    /// <summary>Efforts in ascending order, with the equivalent token budgets for models without efforts.</summary>
    private static readonly (string Word, long Budget)[] Levels =
        [("minimal", 1024), ("low", 2048), ("medium", 8192), ("high", 16384), ("xhigh", 32768), ("max", 65536)];

    private static readonly string[] AnthropicWords = ["low", "medium", "high", "xhigh", "max"];

    private enum Mode
    {
        Unsaid,
        Disabled,
        Adaptive,
        Budget,
    }

    private readonly ModelTraits? _traits;
    private readonly LossReport _losses;
    private readonly string _member;
    private Mode _mode;
    private long _budget;
    private string? _effort;
    private bool? _show;

    private ClaudeReasoningPlan(ReasoningOptions? wish, ModelTraits? traits, LossReport losses)
    {
        _traits = traits;
        _losses = losses;
        _member = MemberOf(wish);
    }

    /// <summary>Reasoning is requested; sampling and forced calls are then restricted.</summary>
    public bool IsOn => _mode is Mode.Adaptive or Mode.Budget;

    /// <summary>Whether <see cref="WriteThinking"/> has anything to write.</summary>
    public bool IsSaid => _mode != Mode.Unsaid;

    public bool HasEffort => _effort is not null;

    /// <param name="own">The dialect that is written.</param>
    /// <param name="maxTokens">The limit of the request that will be sent.</param>
    public static ClaudeReasoningPlan Make(
        ReasoningOptions? wish, string own, ModelTraits? traits, long? maxTokens, TurnPlanner turns, bool isCallForced, LossReport losses)
    {
        var plan = new ClaudeReasoningPlan(wish, traits, losses);
        if (wish is null) return plan;
        losses.DropExtras(wish.Extras, own, "reasoning");
        if (traits?.Reasons == false)
        {
            // A model that cannot reason satisfies "off" anyway.
            if (IsOffWish(wish)) losses.Emulate(plan._member);
            else losses.Drop(plan._member);
            return plan;
        }
        plan._show = wish.IncludeReasoning;
        if (IsOffWish(wish)) plan.SwitchOff();
        else if (traits is null || traits.ThinkingByLevel) plan.ThinkByLevel(wish);
        else plan.ThinkByBudget(wish, maxTokens);
        plan.YieldTo(turns, isCallForced);
        return plan;
    }

    public void WriteThinking(JsonOutput output)
    {
        if (_mode == Mode.Unsaid) return;
        output.Name("thinking"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(_mode switch { Mode.Disabled => "disabled"u8, Mode.Adaptive => "adaptive"u8, _ => "enabled"u8 });
        if (_mode == Mode.Budget)
        {
            output.Name("budget_tokens"u8);
            output.Number(_budget);
        }
        if (_show is { } show && IsOn)
        {
            output.Name("display"u8);
            output.Literal(show ? "summarized"u8 : "omitted"u8);
        }
        output.EndObject();
    }

    public void WriteEffort(JsonOutput output)
    {
        if (_effort is null) return;
        output.Name("effort"u8);
        output.Text(_effort);
    }

    /// <summary>The name of the caller's member: an effort, OpenRouter's budget, or a switch like Anthropic's and many compatible providers'.</summary>
    internal static string MemberOf(ReasoningOptions? wish) => wish switch
    {
        { Effort.HasValue: true } => "reasoning_effort",
        { BudgetTokens: not null, Enabled: null } => "reasoning.max_tokens",
        _ => "thinking",
    };

    internal static bool IsOffWish(ReasoningOptions wish) => wish.Enabled == false || wish.Effort.Is("none"u8) || (wish.BudgetTokens == 0 && !wish.Adaptive);

    private void SwitchOff()
    {
        if (_traits?.ThinkingAlwaysOn == true)
        {
            _losses.Drop(_member);
            _effort = _traits.Efforts.Count > 0 ? _traits.Efforts[0] : null;
        }
        else _mode = Mode.Disabled;
    }

    private void ThinkByLevel(ReasoningOptions wish)
    {
        _mode = Mode.Adaptive;
        // Models of this kind omit their reasoning by default: "thinking":"" with a signature, although the tokens are
        // billed (anthropic-messages-one-websearch-3c10bb, -4dac47, -d02fd9). Other dialects show it.
        _show ??= true;
        if (wish.Effort.HasValue) _effort = Nearest(wish.Effort.ToString());
        else if (wish.BudgetTokens is { } budget && !wish.Adaptive)
        {
            _losses.Emulate(_member);
            _effort = Nearest(WordFor(budget), isExact: false);
        }
    }

    private void ThinkByBudget(ReasoningOptions wish, long? maxTokens)
    {
        if (wish.BudgetTokens is { } given) _budget = given;
        else if (wish.Effort.HasValue)
        {
            var rank = Rank(wish.Effort.ToString());
            if (rank < 0)
            {
                _losses.Drop(_member);
                return;
            }
            _budget = Levels[rank].Budget;
        }
        else _budget = Levels[Rank("medium")].Budget;
        var least = Math.Max(MinBudget, _traits?.MinThinkingBudget ?? 0);
        var most = Math.Min(_traits?.MaxThinkingBudget ?? long.MaxValue, maxTokens is { } all ? RoomIn(all) : long.MaxValue);
        if (most < least)
        {
            // The token limit is too small for reasoning.
            _losses.Drop(_member);
            return;
        }
        var fitting = Math.Clamp(_budget, least, most);
        if (wish.BudgetTokens is not null && fitting != _budget) _losses.Emulate(_member);
        _budget = fitting;
        _mode = Mode.Budget;
        // Models of this kind always show their reasoning, and have no setting for it.
        if (_show == false) _losses.Drop("reasoning.exclude");
        _show = null;
    }

    /// <summary>Half of the tokens are left for the response; with the smallest budget, one token is enough.</summary>
    private static long RoomIn(long maxTokens) => maxTokens <= MinBudget ? 0 : Math.Max(MinBudget, maxTokens / 2);

    /// <summary>
    /// Drops reasoning where Anthropic refuses it: with a forced call, before a prefill, and (with a budget)
    /// inside a tool loop whose reasoning is missing.
    /// </summary>
    private void YieldTo(TurnPlanner turns, bool isCallForced)
    {
        if (!IsOn || !(isCallForced || turns.EndsWithAssistant || (_mode == Mode.Budget && turns.IsOpenLoopWithoutReasoning))) return;
        // The effort may stay: it also controls the length of the response.
        if (_effort is null) _losses.Drop(_member);
        else _losses.Emulate(_member);
        _mode = Mode.Unsaid;
    }

    /// <summary>The effort itself, or the nearest one that the model supports; an unknown effort is not changed, since a new model may support it.</summary>
    private string? Nearest(string word, bool isExact = true)
    {
        var words = _traits is { Efforts.Count: > 0 } ? _traits.Efforts : AnthropicWords;
        if (words.Contains(word)) return word;
        var rank = Rank(word);
        if (rank < 0) return word;
        if (isExact) _losses.Emulate(_member);
        string? best = null;
        foreach (var candidate in words)
            if (Rank(candidate) is >= 0 and var r && (r <= rank || best is null)) best = candidate;
        return best;
    }

    internal static string WordFor(long budget)
    {
        var word = Levels[0].Word;
        foreach (var level in Levels)
            if (budget >= level.Budget) word = level.Word;
        return word;
    }

    private static int Rank(string word)
    {
        for (var i = 0; i < Levels.Length; i++)
            if (Levels[i].Word == word) return i;
        return -1;
    }
}
