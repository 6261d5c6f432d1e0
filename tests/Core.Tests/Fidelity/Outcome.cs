namespace Nano.Tests.Fidelity;

/// <summary>The result of converting one feature of one recording to another dialect.</summary>
internal enum Outcome
{
    /// <summary>It arrived unchanged.</summary>
    Passed,
    /// <summary>It arrived in another form, which is documented or reported.</summary>
    Emulated,
    /// <summary>It did not arrive, and the loss report contains it.</summary>
    Lost,
    /// <summary>It did not arrive, or arrived differently, and nothing reports it: a defect.</summary>
    Silent,
}

/// <param name="Why">For a silent outcome: the difference.</param>
internal sealed record Finding(string Case, string Pair, string Feature, Outcome Outcome, string Why = "");
