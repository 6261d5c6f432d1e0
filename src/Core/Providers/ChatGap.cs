using System.IO.Enumeration;
using Nano.Dialects;

namespace Nano.Providers;

/// <summary>What models do not do on Chat.</summary>
/// <param name="Models">Their names, with <c>*</c> for any text and <c>?</c> for any character.</param>
internal sealed record ChatGap(string Models, DialectGap Gap)
{
    /// <summary>All that have a gap reason.</summary>
    private static readonly ModelTraits Reasoning = new() { Reasons = true };

    /// <summary>The rule of the first gap that fits; null where none does.</summary>
    /// <param name="second">The dialect that takes what Chat refuses.</param>
    public static DialectRule? Find(IReadOnlyList<ChatGap> gaps, string model, IDialect second)
    {
        foreach (var gap in gaps)
            if (FileSystemName.MatchesSimpleExpression(gap.Models, model, ignoreCase: false)) return new DialectRule(second, gap.Gap) { Traits = Reasoning };
        return null;
    }
}

/// <summary>What OpenAI's models do not do on Chat, wherever they run. Names of families, so that a model of tomorrow is taken for one of its own.</summary>
internal static class OpenAIModels
{
    /// <summary>Another model makes the images (platform.openai.com/docs/guides/tools-image-generation).</summary>
    public static ModelChoices ModelChoices { get; } = new() { Tools = ["image_generation"] };

    public static IReadOnlyList<ChatGap> ChatGaps { get; } =
    [
        // "This model is only supported in v1/responses and not in v1/chat/completions."
        new("gpt-*-pro", DialectGap.Everything), new("gpt-*-pro-20*", DialectGap.Everything),
        new("o1-pro*", DialectGap.Everything), new("o3-pro*", DialectGap.Everything),
        new("gpt-*-codex*", DialectGap.Everything), new("codex-*", DialectGap.Everything),
        new("o?-deep-research*", DialectGap.Everything), new("o?-mini-deep-research*", DialectGap.Everything),
        new("computer-use-preview*", DialectGap.Everything),
        // "Use the Responses API for tool calling" (changelog 2026-09-29): they cannot stop reasoning.
        new("gpt-6-astra*", DialectGap.Tools), new("gpt-6.1-sol*", DialectGap.Tools), new("gpt-6.2-sol*", DialectGap.Tools),
        // "Function tools with reasoning_effort are not supported": 5.4 does not reason unless it is told to
        // (openai-responses-one-srvtools-7b8122; openai/openai-openapi#541, livekit/agents#7169).
        new("gpt-5.4*", DialectGap.ToolsWithEffort),
        // From 5.5 on they reason by themselves, and only reasoning_effort none opens Chat to tools (azure-responses-one-think-3255f2,
        // openai-responses-one-cache-cb95a3; BerriAI/litellm#34569, danny-avila/LibreChat#14355).
        new("gpt-5.5*", DialectGap.ToolsWhileReasoning), new("gpt-5.6*", DialectGap.ToolsWhileReasoning), new("gpt-6*", DialectGap.ToolsWhileReasoning),
    ];

    /// <summary>
    /// The same for deployments, whose names are free: a family's name may stand anywhere in one, with a dash for its dot. Of a name that
    /// says nothing nothing is known.
    /// </summary>
    public static IReadOnlyList<ChatGap> ChatGapsOfDeployments { get; } =
        [.. ChatGaps.Select(gap => gap with { Models = $"*{gap.Models.Replace('.', '?')}" })];
}
