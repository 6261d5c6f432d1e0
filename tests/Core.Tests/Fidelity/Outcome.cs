namespace Nano.Tests.Fidelity;

/// <summary>What became of one feature of one recording on its way to another dialect.</summary>
internal enum Outcome
{
    /// <summary>It arrived as it was.</summary>
    Passed,
    /// <summary>It arrived in another form, which is documented or named.</summary>
    Emulated,
    /// <summary>It did not arrive, and the loss report names it.</summary>
    Lost,
    /// <summary>It did not arrive, or arrived as something else, and nothing names it: a mistake.</summary>
    Silent,
}

/// <param name="Why">Of a silent outcome: the difference.</param>
internal sealed record Finding(string Case, string Pair, string Feature, Outcome Outcome, string Why = "");
