namespace Nano.Dialects.Shared;

/// <summary>The reasoning efforts that a model accepts, and what any other effort becomes.</summary>
internal static class ModelEfforts
{
    /// <summary>
    /// For a request to reason that does not say how much, at a model that reasons only with an effort: the default of OpenAI's models that
    /// reason unasked.
    /// </summary>
    public const string Usual = "medium";

    /// <summary>All efforts in ascending order.</summary>
    private static readonly string[] Ladder = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    /// <summary>The efforts of a model with levels whose values are unknown.</summary>
    private static readonly string[] Levels = ["low", "medium", "high", "xhigh", "max"];

    /// <param name="traits">Of a model of which it is known whether it reasons.</param>
    /// <returns>Empty for a model that refuses every effort; all efforts if the model's own ones are unknown.</returns>
    public static IReadOnlyList<string> Of(ModelTraits traits) => traits switch
    {
        { Reasons: false } => [],
        { Efforts.Count: > 0 } => traits.Efforts,
        { ThinkingByLevel: true } => Levels,
        // It always reasons, without a setting for how much.
        { ThinkingAlwaysOn: true } => [],
        _ => Ladder,
    };

    /// <summary>The effort that is nearest to a budget of tokens.</summary>
    public static string OfBudget(long tokens) => tokens switch
    {
        0 => "none",
        <= 1024 => "minimal",
        <= 4096 => "low",
        <= 16384 => "medium",
        _ => "high",
    };

    /// <summary>The effort itself, the next higher one, or the last; an unknown effort is kept. Null if there are no efforts.</summary>
    public static string? Nearest(IReadOnlyList<string> efforts, string? word)
    {
        if (word is null || efforts.Count == 0) return null;
        var at = Array.IndexOf(Ladder, word);
        if (at < 0) return word;
        foreach (var effort in efforts)
            if (effort != "none" && Array.IndexOf(Ladder, effort) >= at) return effort;
        return efforts[^1];
    }
}
