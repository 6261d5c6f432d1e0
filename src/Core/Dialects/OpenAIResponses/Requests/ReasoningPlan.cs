using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Requests;

/// <summary>How much to reason, as <c>reasoning.effort</c>. An effort that the model does not support becomes the nearest one.</summary>
internal sealed class ReasoningPlan
{
    /// <summary>Efforts in ascending order, with the equivalent budgets in tokens.</summary>
    private static readonly (string Word, long Budget)[] Levels =
        [("none", 0), ("minimal", 1024), ("low", 4096), ("medium", 16384), ("high", 32768), ("xhigh", 65536), ("max", long.MaxValue)];

    /// <summary>The lowest effort of models whose reasoning cannot be switched off (gpt-6-astra, gpt-6.1-sol).</summary>
    private const string Least = "low";

    private JsonText _word;
    private string? _made;
    private bool _summary;

    /// <summary>The model does not reason: the caller switched it off, and the model supports that, or reasons only on request.</summary>
    public bool IsOff { get; private set; }

    /// <summary>The model reasons, so its encrypted state is requested.</summary>
    public bool KeepsState { get; private init; }

    public static ReasoningPlan Make(ReasoningOptions? wish, ModelTraits? traits, LossReport losses)
    {
        var isOff = wish is not null && IsOffWish(wish);
        if (traits?.Reasons == false)
        {
            if (wish is not null && Asks(wish) && !isOff) losses.Drop(NameOf(wish));
            return new ReasoningPlan { IsOff = true };
        }
        var stays = isOff && traits?.ThinkingAlwaysOn != true;
        var isAsked = traits?.ReasonsUnasked == false;
        var plan = new ReasoningPlan { IsOff = stays || isAsked, KeepsState = !stays && (traits?.Reasons == true || (wish is not null && Asks(wish))) };
        if (wish is null) return plan;
        losses.DropExtras(wish.Extras, OpenAIResponsesDialect.DialectName, "reasoning");
        plan.Decide(wish, isOff, traits, losses);
        plan.IsOff = stays || (isAsked && !plan._word.HasValue && plan._made is null);
        // Summaries are sent only on request, because some organisations are not allowed to use them.
        plan._summary = wish.IncludeReasoning == true && !stays;
        return plan;
    }

    public void Write(JsonOutput output)
    {
        if (!_word.HasValue && _made is null && !_summary) return;
        output.Name("reasoning"u8);
        output.BeginObject();
        if (_word.HasValue || _made is not null)
        {
            output.Name("effort"u8);
            if (_made is not null) output.Text(_made);
            else output.Text(_word);
        }
        if (_summary)
        {
            output.Name("summary"u8);
            output.Literal("auto"u8);
        }
        output.EndObject();
    }

    private void Decide(ReasoningOptions wish, bool isOff, ModelTraits? traits, LossReport losses)
    {
        if (isOff && traits?.ThinkingAlwaysOn == true)
        {
            // gpt-6.1-sol and others refuse "none": use the lowest effort.
            losses.Drop(NameOf(wish));
            _made = traits.Efforts.Count > 0 ? traits.Efforts[0] : Least;
            return;
        }
        // "minimal" must not exceed what "none" becomes.
        if (traits is { ThinkingAlwaysOn: true, Efforts.Count: 0 } && wish.Effort.Is("minimal"u8))
        {
            losses.Emulate(NameOf(wish));
            _made = Least;
            return;
        }
        if (!isOff && wish.Effort.HasValue && (traits is not { Efforts.Count: > 0 } || traits.Efforts.Contains(wish.Effort.ToString())))
        {
            _word = wish.Effort;
            return;
        }
        var wanted = isOff ? "none" : wish.Effort.HasValue ? wish.Effort.ToString() : wish.BudgetTokens is { } budget && !wish.Adaptive ? WordFor(budget) : null;
        if (wanted is null && wish.IsOn && traits?.ReasonsUnasked == false) wanted = ModelEfforts.Usual;
        // Other models reason by default.
        if (wanted is null) return;
        _made = traits is { Efforts.Count: > 0 } ? Nearest(wanted, traits.Efforts) : wanted;
        if (_made != wanted || !(wish.Effort.HasValue || isOff)) losses.Emulate(NameOf(wish));
    }

    private static bool IsOffWish(ReasoningOptions wish) => wish.Enabled == false || wish.Effort.Is("none"u8) || (wish.BudgetTokens == 0 && !wish.Adaptive);

    private static bool Asks(ReasoningOptions wish) => wish.Effort.HasValue || wish.BudgetTokens is not null || wish.Adaptive || wish.Enabled is not null;

    /// <summary>The name of the caller's member: an effort, OpenRouter's budget, or a switch.</summary>
    private static string NameOf(ReasoningOptions wish) => wish switch
    {
        { Effort.HasValue: true } => "reasoning_effort",
        { BudgetTokens: not null, Enabled: null } => "reasoning.max_tokens",
        _ => "thinking",
    };

    private static string WordFor(long budget)
    {
        foreach (var level in Levels)
            if (budget <= level.Budget) return level.Word;
        return "max";
    }

    /// <summary>The nearest effort that the model supports, the lower of two; an unknown effort is not changed, since a new model may support it.</summary>
    private static string Nearest(string wanted, IReadOnlyList<string> words)
    {
        var rank = Rank(wanted);
        if (rank < 0 || words.Contains(wanted)) return wanted;
        var best = wanted;
        var distance = int.MaxValue;
        foreach (var word in words)
        {
            if (Rank(word) < 0 || Math.Abs(Rank(word) - rank) >= distance) continue;
            (best, distance) = (word, Math.Abs(Rank(word) - rank));
        }
        return best;
    }

    private static int Rank(string word)
    {
        for (var i = 0; i < Levels.Length; i++)
            if (Levels[i].Word == word) return i;
        return -1;
    }
}
