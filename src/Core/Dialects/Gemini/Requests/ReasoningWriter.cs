using Nano.Chat;
using Nano.Json;

namespace Nano.Dialects.Gemini.Requests;

/// <summary>
/// Writes <c>thinkingConfig</c>: a level for models with levels (Gemini 3 and later), a token budget for the
/// others (ai.google.dev/gemini-api/docs/thinking).
/// </summary>
internal static class ReasoningWriter
{
    private static readonly string[] Scale = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    public static void Write(ReasoningOptions? reasoning, ModelTraits? traits, ModelGeneration model, JsonOutput output, LossReport losses)
    {
        if (reasoning is null) return;
        losses.DropExtras(reasoning.Extras, GeminiDialect.DialectName, "reasoning");
        var asked = reasoning.Effort.HasValue || reasoning.BudgetTokens is not null || reasoning.Adaptive || reasoning.Enabled is not null;
        var off = reasoning.Effort.Is("none"u8) || reasoning.Enabled is false || reasoning.BudgetTokens == 0;
        if (traits?.Reasons == false)
        {
            if (asked && !off) losses.Drop("reasoning_effort");
            return;
        }
        var include = reasoning.IncludeReasoning ?? (asked && !off);
        if (!asked && !include) return;
        var before = output.Length;
        output.Name("thinkingConfig"u8);
        output.BeginObject();
        if (asked && (traits is not null ? traits.ThinkingByLevel || (model.IsThreeOrLater && traits.MaxThinkingBudget is null) : !model.IsKnown || model.IsThreeOrLater))
            WriteLevel(reasoning, off, traits, output, losses);
        else if (asked) WriteBudget(reasoning, off, traits, output, losses);
        if (include)
        {
            output.Name("includeThoughts"u8);
            output.Boolean(true);
        }
        output.EndObject();
        if (output.WrittenSpan.EndsWith("{}"u8)) output.TruncateTo(before);
    }

    private static void WriteLevel(ReasoningOptions reasoning, bool off, ModelTraits? traits, JsonOutput output, LossReport losses)
    {
        var bySelf = !off && !reasoning.Effort.HasValue && reasoning.BudgetTokens is null;
        if (bySelf)
        {
            // The model decides how much to reason, which is the default.
            losses.Emulate("thinking");
            return;
        }
        var wanted = off ? "none" : reasoning.Effort.HasValue ? reasoning.Effort.ToString() : LevelOf(reasoning.BudgetTokens ?? 0);
        var level = Nearest(wanted, traits is { Efforts.Count: > 0 } ? traits.Efforts : ["minimal", "low", "medium", "high"]);
        if (level != wanted || !reasoning.Effort.HasValue) losses.Emulate("reasoning_effort");
        output.Name("thinkingLevel"u8);
        output.Text(level);
    }

    private static void WriteBudget(ReasoningOptions reasoning, bool off, ModelTraits? traits, JsonOutput output, LossReport losses)
    {
        long budget;
        if (off) budget = 0;
        else if (reasoning.BudgetTokens is { } tokens) budget = tokens;
        else if (reasoning.Effort.HasValue)
        {
            var word = reasoning.Effort.ToString();
            if (BudgetOf(word, traits) is not { } known)
            {
                losses.Drop("reasoning_effort");
                return;
            }
            budget = known;
        }
        else budget = -1; // the model decides

        var bounded = budget;
        if (budget == 0 && traits is { ThinkingAlwaysOn: true }) bounded = traits.MinThinkingBudget ?? 128;
        if (budget > 0 && traits?.MinThinkingBudget is { } least) bounded = Math.Max(bounded, least);
        if (budget > 0 && traits?.MaxThinkingBudget is { } most) bounded = Math.Min(bounded, most);
        if (bounded != budget) losses.Emulate("reasoning_effort");
        output.Name("thinkingBudget"u8);
        output.Number(bounded);
    }

    /// <summary>The budgets of Google's own OpenAI-compatible endpoint (ai.google.dev/gemini-api/docs/openai, Thinking), and half of <c>low</c> below it.</summary>
    private static long? BudgetOf(string effort, ModelTraits? traits) => effort switch
    {
        "minimal" => 512,
        "low" => 1024,
        "medium" => 8192,
        "high" => 24576,
        "xhigh" or "max" => traits?.MaxThinkingBudget ?? 24576,
        _ => null,
    };

    private static string LevelOf(long budget) => budget switch
    {
        <= 512 => "minimal",
        <= 2048 => "low",
        <= 12288 => "medium",
        _ => "high",
    };

    /// <summary>The level itself, or the nearest one that the model supports; the lower of two.</summary>
    private static string Nearest(string wanted, IReadOnlyList<string> words)
    {
        if (words.Contains(wanted)) return wanted;
        var place = Array.IndexOf(Scale, wanted);
        if (place < 0) return words[^1];
        var best = words[0];
        var distance = int.MaxValue;
        foreach (var word in words)
        {
            var at = Array.IndexOf(Scale, word);
            if (at < 0 || Math.Abs(at - place) >= distance) continue;
            (best, distance) = (word, Math.Abs(at - place));
        }
        return best;
    }
}
