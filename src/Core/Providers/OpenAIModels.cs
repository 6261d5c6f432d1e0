using Nano.Dialects;

namespace Nano.Providers;

/// <summary>What OpenAI's models do not support on Chat, at any provider. Patterns are family names, so that new models of a family match.</summary>
internal static class OpenAIModels
{
    /// <summary>Every model with a gap reasons.</summary>
    private static readonly ModelTraits Reasoning = new() { Reasons = true };

    public static IReadOnlyList<ModelGap> ChatGaps { get; } =
    [
        // "This model is only supported in v1/responses and not in v1/chat/completions."
        Gap("gpt-*-pro", DialectGap.Everything), Gap("gpt-*-pro-20*", DialectGap.Everything),
        Gap("o1-pro*", DialectGap.Everything), Gap("o3-pro*", DialectGap.Everything),
        Gap("gpt-*-codex*", DialectGap.Everything), Gap("codex-*", DialectGap.Everything),
        Gap("o?-deep-research*", DialectGap.Everything), Gap("o?-mini-deep-research*", DialectGap.Everything),
        Gap("computer-use-preview*", DialectGap.Everything),
        // "Use the Responses API for tool calling" (changelog 2026-09-29): they cannot stop reasoning.
        Gap("gpt-6-astra*", DialectGap.Tools), Gap("gpt-6.1-sol*", DialectGap.Tools), Gap("gpt-6.2-sol*", DialectGap.Tools),
        // "Function tools with reasoning_effort are not supported": 5.4 does not reason unless the request asks for it
        // (openai-responses-one-srvtools-7b8122; openai/openai-openapi#541, livekit/agents#7169).
        Gap("gpt-5.4*", DialectGap.ToolsWithEffort),
        // From 5.5 on they reason by default, and Chat accepts tools only with reasoning_effort none (azure-responses-one-think-3255f2,
        // openai-responses-one-cache-cb95a3; BerriAI/litellm#34569, danny-avila/LibreChat#14355).
        Gap("gpt-5.5*", DialectGap.ToolsWhileReasoning), Gap("gpt-5.6*", DialectGap.ToolsWhileReasoning), Gap("gpt-6*", DialectGap.ToolsWhileReasoning),
    ];

    /// <summary>A second model generates images (platform.openai.com/docs/guides/tools-image-generation).</summary>
    public static ModelChoices ModelChoices { get; } = new() { Tools = ["image_generation"] };

    /// <summary>
    /// The same for deployments, which customers name: a family's name may be anywhere in the name, with a dash instead of the dot. A
    /// name without a family's name has no gaps.
    /// </summary>
    public static IReadOnlyList<ModelGap> ChatGapsOfDeployments { get; } =
        [.. ChatGaps.Select(gap => gap with { Models = $"*{gap.Models.Replace('.', '?')}" })];

    private static ModelGap Gap(string models, DialectGap gap) => new(models, gap) { Traits = Reasoning };
}
