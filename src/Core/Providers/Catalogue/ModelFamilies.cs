using System.IO.Enumeration;
using Nano.Dialects;

namespace Nano.Providers.Catalogue;

/// <summary>
/// Traits, by family, of models that the catalogue does not list: older models, previews and snapshots. A name without a family
/// is treated as a future model, and a request for it is written as for the newest one.
/// </summary>
/// <remarks>
/// From the developers' references: platform.claude.com (extended thinking, effort, structured outputs, models), ai.google.dev (thinking,
/// models), docs.cohere.com (reasoning), platform.openai.com (models, reasoning), docs.x.ai (models, reasoning), docs.mistral.ai (reasoning),
/// platform.kimi.ai (migrating from OpenAI: fixed temperatures; QuantumNous/new-api#5372, HKUDS/nanobot#4967).
/// </remarks>
internal static class ModelFamilies
{
    private static readonly ModelTraits NeverThinks = new() { Reasons = false };

    /// <summary>
    /// "Developer instruction is not enabled for models/gemma-3n-e4b-it" (openrouter-chat-one-error-72fe0c), "Function calling is not enabled"
    /// (BerriAI/litellm#10313), "JSON mode is not enabled" (vercel/ai#8080).
    /// </summary>
    private static readonly ModelTraits OldGemma = NeverThinks with { SystemPrompt = false, Tools = false, JsonSchema = false };

    private static readonly ModelTraits OldClaude = new() { Reasons = false, SamplingParameters = true, JsonSchema = false, MaxOutputTokens = 4096 };

    /// <summary>Claude models that reason with a token budget.</summary>
    private static readonly ModelTraits BudgetClaude = new() { Reasons = true, SamplingParameters = true, MinThinkingBudget = 1024, MaxOutputTokens = 64000 };

    private static readonly ModelTraits LevelClaude = new()
    {
        Reasons = true, SamplingParameters = true, ThinkingByLevel = true, Efforts = ["low", "medium", "high", "max"], JsonSchema = true, Prefill = false, MaxOutputTokens = 128000,
    };

    private static readonly ModelTraits LevelGemini = new() { Reasons = true, ThinkingByLevel = true, ThinkingAlwaysOn = true, Efforts = ["minimal", "low", "medium", "high"] };

    private static readonly ModelTraits Chatting = new() { Reasons = false, SamplingParameters = true };

    private static readonly ModelTraits ReasoningGpt = new()
    {
        Reasons = true, SamplingParameters = false, ThinkingByLevel = true, ThinkingAlwaysOn = true, Efforts = ["low", "medium", "high"],
    };

    /// <summary>The first reasoning models, except the previews (community.openai.com/t/1113029).</summary>
    private static readonly ModelTraits StoppingGpt = ReasoningGpt with { StopSequences = true };

    /// <summary>GPT models that reason only on request, and then refuse sampling parameters.</summary>
    private static readonly ModelTraits AskedGpt = new()
    {
        Reasons = true, SamplingParameters = true, SamplingOnlyWithoutReasoning = true, ReasonsUnasked = false, ThinkingByLevel = true,
        Efforts = ["none", "low", "medium", "high", "xhigh"],
    };

    /// <summary>Models that always reason, without a setting for how much.</summary>
    private static readonly ModelTraits Fixed = new() { Reasons = true, ThinkingAlwaysOn = true };

    /// <summary>Kimi uses fixed values of temperature and top_p, which depend on whether it reasons.</summary>
    private static readonly ModelTraits FixedKimi = new() { Reasons = true, SamplingParameters = false };

    /// <summary>By the developer's provider; <c>*</c> is any text. The first pattern that matches applies.</summary>
    private static readonly Dictionary<string, (string Models, ModelTraits Traits)[]> Families = new Dictionary<string, (string, ModelTraits)[]>
    {
        ["anthropic"] =
        [
            ("claude-2*", OldClaude), ("claude-instant*", OldClaude), ("claude-3-5-*", OldClaude with { MaxOutputTokens = 8192 }),
            ("claude-3-7-*", BudgetClaude with { JsonSchema = false }), ("claude-3-*", OldClaude),
            ("claude-opus-4-5*", BudgetClaude), ("claude-sonnet-4-5*", BudgetClaude), ("claude-haiku-4-5*", BudgetClaude),
            ("claude-opus-4-6*", LevelClaude), ("claude-sonnet-4-6*", LevelClaude with { MaxOutputTokens = 64000 }),
            ("claude-opus-4-7*", LevelClaude with { SamplingParameters = false, Efforts = ["low", "medium", "high", "xhigh", "max"] }),
            ("claude-opus-4-1*", BudgetClaude with { MaxOutputTokens = 32000 }),
            ("claude-opus-4-0*", BudgetClaude with { JsonSchema = false, MaxOutputTokens = 32000 }),
            ("claude-opus-4-20*", BudgetClaude with { JsonSchema = false, MaxOutputTokens = 32000 }),
            ("claude-opus-4", BudgetClaude with { JsonSchema = false, MaxOutputTokens = 32000 }),
            ("claude-sonnet-4-0*", BudgetClaude with { JsonSchema = false }), ("claude-sonnet-4-20*", BudgetClaude with { JsonSchema = false }),
            ("claude-sonnet-4", BudgetClaude with { JsonSchema = false }),
        ],
        ["google"] =
        [
            ("gemini-1.*", NeverThinks), ("gemini-2.0-*", NeverThinks), ("gemini-pro", NeverThinks), ("gemini-pro-vision*", NeverThinks), ("gemini-2.5-flash-image*", NeverThinks),
            ("gemma-2*", OldGemma), ("gemma-3*", OldGemma), ("learnlm-*", NeverThinks),
            ("gemini-2.5-pro*", new() { Reasons = true, ThinkingAlwaysOn = true, MinThinkingBudget = 128, MaxThinkingBudget = 32768 }),
            ("gemini-2.5-flash-lite*", new() { Reasons = true, MinThinkingBudget = 512, MaxThinkingBudget = 24576 }),
            ("gemini-2.5-*", new() { Reasons = true, MinThinkingBudget = 0, MaxThinkingBudget = 24576 }),
            ("gemini-3-pro-image*", Fixed), ("gemini-3-pro*", LevelGemini with { Efforts = ["low", "high"] }), ("gemini-3-flash*", LevelGemini),
            ("gemini-3.1-pro*", LevelGemini with { Efforts = ["low", "medium", "high"] }), ("gemini-3.1-flash*", LevelGemini),
        ],
        ["cohere"] =
        [
            ("command-a-reasoning*", new() { Reasons = true, SamplingParameters = true }), ("command-a-plus*", new() { Reasons = true, SamplingParameters = true }),
            ("command-a*", Chatting), ("command-r*", Chatting), ("command-light*", Chatting), ("command-nightly*", Chatting), ("command", Chatting), ("c4ai-aya*", Chatting),
        ],
        ["openai"] =
        [
            ("gpt-3*", Chatting), ("gpt-4*", Chatting), ("chatgpt-4*", Chatting), ("gpt-5-chat*", Chatting),
            ("o1-preview*", ReasoningGpt with { Efforts = [], ThinkingByLevel = false }), ("o1-mini*", ReasoningGpt with { Efforts = [], ThinkingByLevel = false }),
            ("o1*", StoppingGpt), ("o3-mini*", StoppingGpt), ("o3*", ReasoningGpt), ("o4*", ReasoningGpt),
            ("gpt-5.?-chat*", new() { Reasons = true, SamplingParameters = false, ThinkingByLevel = true, ThinkingAlwaysOn = true, Efforts = ["medium"] }),
            ("gpt-5-pro*", ReasoningGpt with { Efforts = ["high"] }), ("gpt-5.?-pro*", ReasoningGpt with { Efforts = ["medium", "high", "xhigh"] }),
            ("gpt-5*-codex*", ReasoningGpt),
            ("gpt-5", ReasoningGpt with { Efforts = ["minimal", "low", "medium", "high"] }), ("gpt-5-*", ReasoningGpt with { Efforts = ["minimal", "low", "medium", "high"] }),
            ("gpt-5.1*", AskedGpt with { Efforts = ["none", "low", "medium", "high"] }), ("gpt-5.2*", AskedGpt), ("gpt-5.3*", AskedGpt), ("gpt-5.4*", AskedGpt),
        ],
        ["xai"] =
        [
            ("grok-2*", NeverThinks), ("grok-3-mini*", new() { Reasons = true, ThinkingByLevel = true, ThinkingAlwaysOn = true, Efforts = ["low", "high"] }),
            ("grok-3*", NeverThinks),
            ("grok-4.20-multi-agent*", new() { Reasons = true, ThinkingByLevel = true, ThinkingAlwaysOn = true, Efforts = ["low", "medium", "high", "xhigh"] }),
            ("grok-*non-reasoning*", NeverThinks), ("grok-*-reasoning*", Fixed), ("grok-4.20*", Fixed), ("grok-4", Fixed), ("grok-4-*", Fixed), ("grok-code-*", Fixed),
            ("grok-build*", Fixed),
        ],
        ["mistral"] =
        [
            ("magistral-*", Fixed), ("codestral-*", NeverThinks), ("devstral-*", NeverThinks), ("pixtral-*", NeverThinks), ("voxtral-*", NeverThinks), ("ministral-*", NeverThinks),
            ("open-*", NeverThinks), ("mistral-large-2*", NeverThinks), ("mistral-medium-25*", NeverThinks), ("mistral-small-2?0*", NeverThinks), ("mistral-tiny*", NeverThinks),
        ],
        ["moonshot"] = [("kimi-k2.5*", FixedKimi), ("kimi-k2.6*", FixedKimi), ("kimi-k2.7*", FixedKimi with { ThinkingAlwaysOn = true })],
    };

    /// <summary>A model's traits; null for a name without a known family.</summary>
    /// <param name="provider">The provider that develops it.</param>
    /// <param name="model">The model's name there, dated or not.</param>
    public static ModelTraits? Find(string provider, string model)
    {
        if (!Families.TryGetValue(provider, out var families)) return null;
        foreach (var (models, traits) in families)
            if (FileSystemName.MatchesSimpleExpression(models, model, ignoreCase: false)) return traits;
        return null;
    }

    /// <summary>All of them, for tests.</summary>
    public static IEnumerable<(string Provider, string Models, ModelTraits Traits)> All =>
        Families.SelectMany(maker => maker.Value.Select(family => (maker.Key, family.Models, family.Traits)));
}
