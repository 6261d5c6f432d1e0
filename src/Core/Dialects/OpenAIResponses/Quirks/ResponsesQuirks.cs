namespace Nano.Dialects.OpenAIResponses.Quirks;

/// <summary>
/// What the models of a provider refuse in Responses with a 400, one flag per behaviour. Only the values that a model is known to refuse are
/// changed: everything else passes as the caller wrote it.
/// </summary>
internal sealed record ResponsesQuirks
{
    /// <summary><c>reasoning.effort</c> is limited by the model's traits in the catalogue or its family: its efforts, or that it accepts none.</summary>
    public bool LimitsEffort { get; init; }

    /// <summary>
    /// Members that models with fixed sampling refuse (temperature, top_p, ...), always or while they reason, according to the catalogue and
    /// the model families. They are dropped, and reported unless their value is 1.
    /// </summary>
    public IReadOnlyList<string> RefusedByFixedSampling { get; init; } = [];
}
