using Nano.Chat;
using Nano.Dialects;

namespace Nano.Providers;

/// <summary>What a request asks for, as far as it decides which of a model's dialects can say it.</summary>
/// <param name="Tools">There are tools that the model may call.</param>
/// <param name="Reasoning">What the caller says of reasoning.</param>
public readonly record struct RequestNeeds(bool Tools, ReasoningWish Reasoning);

/// <summary>What a model does not do in its provider's usual dialect.</summary>
public enum DialectGap
{
    /// <summary>It is not served there at all.</summary>
    Everything,
    /// <summary>Tools are refused.</summary>
    Tools,
    /// <summary>Tools are refused unless reasoning is switched off.</summary>
    ToolsWhileReasoning,
    /// <summary>Tools are refused where reasoning is asked for.</summary>
    ToolsWithEffort,
}

/// <summary>A model speaks a second dialect, which takes the requests that the usual one refuses.</summary>
public sealed record DialectRule(IUpstreamDialect Dialect, DialectGap Gap)
{
    /// <summary>What is known of a model that the catalogue does not know.</summary>
    public ModelTraits? Traits { get; init; }

    /// <summary>How counts are meant in this dialect; null for what holds for the provider.</summary>
    public UsageRules? Usage { get; init; }

    public bool Takes(in RequestNeeds needs) => Gap switch
    {
        DialectGap.Everything => true,
        DialectGap.Tools => needs.Tools,
        DialectGap.ToolsWhileReasoning => needs.Tools && needs.Reasoning != ReasoningWish.Off,
        _ => needs.Tools && needs.Reasoning == ReasoningWish.Asked,
    };
}
