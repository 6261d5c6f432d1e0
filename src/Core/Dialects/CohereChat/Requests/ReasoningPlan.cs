using Nano.Chat;
using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.CohereChat.Requests;

/// <summary>
/// How much to reason: on, off, or on with a token budget (https://docs.cohere.com/docs/reasoning). Without a budget reasoning is
/// unlimited, which Cohere recommends and which its compatibility API uses for <c>high</c>.
/// </summary>
internal readonly struct ReasoningPlan
{
    /// <summary>The minimum number of tokens to leave for the response ("leave at least 1K tokens for the response").</summary>
    private const long Answer = 1024;

    /// <summary>The smallest useful budget, in tokens.</summary>
    private const long LeastBudget = 256;

    /// <summary>The budgets, in tokens, of the efforts below <c>high</c>.</summary>
    private static readonly (string Word, long Budget)[] Levels = [("minimal", 1024), ("low", 2048), ("medium", 8192)];

    private static readonly string[] Unlimited = ["high", "xhigh", "max"];

    private readonly bool? _isOn;
    private readonly long? _budget;

    private ReasoningPlan(bool isOn, long? budget) => (_isOn, _budget) = (isOn, budget);

    public static ReasoningPlan Make(ReasoningOptions? wish, ModelTraits? traits, long? maxTokens, LossReport losses)
    {
        if (wish is null) return default;
        var budget = wish.BudgetTokens ?? wish.Extras.From(DialectNames.OpenAIChat, "token_budget"u8).AsInt64();
        losses.DropExtras(wish.Extras, CohereChatDialect.DialectName, "reasoning", budget is null ? "" : "token_budget");
        var member = wish switch
        {
            { Effort.HasValue: true } => "reasoning_effort",
            { BudgetTokens: not null, Enabled: null } => "reasoning.max_tokens",
            _ => "thinking",
        };
        var isOff = wish.Enabled == false || wish.Effort.Is("none"u8) || (budget <= 0 && !wish.Adaptive);
        if (traits?.Reasons == false)
        {
            // A model that cannot reason satisfies "off" anyway.
            if (isOff) losses.Emulate(member);
            else if (wish.Effort.HasValue || budget is not null || wish.Enabled == true) losses.Drop(member);
            return default;
        }
        if (wish.IncludeReasoning == false) losses.Drop("reasoning.exclude");
        if (isOff) return new ReasoningPlan(false, null);
        if (budget is not null) return new ReasoningPlan(true, budget);
        if (wish.Effort.HasValue) return ByWord(wish.Effort.ToString(), maxTokens, losses);
        return wish.Enabled == true ? new ReasoningPlan(true, null) : default;
    }

    public void Write(JsonOutput output)
    {
        if (_isOn is not { } isOn) return;
        output.Name("thinking"u8);
        output.BeginObject();
        output.Name("type"u8);
        output.Literal(isOn ? "enabled"u8 : "disabled"u8);
        if (_budget is { } budget)
        {
            output.Name("token_budget"u8);
            output.Number(budget);
        }
        output.EndObject();
    }

    private static ReasoningPlan ByWord(string word, long? maxTokens, LossReport losses)
    {
        foreach (var level in Levels)
        {
            if (level.Word != word) continue;
            var room = maxTokens is { } all ? all - Answer : level.Budget;
            if (room >= level.Budget) return new ReasoningPlan(true, level.Budget);
            if (room >= LeastBudget)
            {
                losses.Emulate("reasoning_effort");
                return new ReasoningPlan(true, room);
            }
            // The token limit is too small for reasoning.
            losses.Drop("reasoning_effort");
            return new ReasoningPlan(false, null);
        }
        // Unlimited reasoning is the maximum; an unknown effort requests reasoning, too.
        if (word != Unlimited[0]) losses.Emulate("reasoning_effort");
        return new ReasoningPlan(true, null);
    }
}
