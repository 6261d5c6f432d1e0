using System.Globalization;

namespace Nano.State;

/// <summary>A policy's price for models without a price in the catalogue.</summary>
/// <param name="Pattern">A pattern for <c>provider/model</c>, with <c>*</c> for any characters.</param>
/// <param name="Input">USD per million tokens, cached ones included.</param>
/// <param name="Output">USD per million tokens.</param>
internal sealed record PolicyPrice(string Pattern, decimal Input, decimal Output)
{
    /// <summary>The price version in the ledger.</summary>
    public const string Version = "policy";

    public static PolicyPrice Read(string line)
    {
        var parts = line.Split(' ');
        return new PolicyPrice(parts[0], decimal.Parse(parts[1], CultureInfo.InvariantCulture), decimal.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public string Write() => string.Create(CultureInfo.InvariantCulture, $"{Pattern} {Input} {Output}");

    /// <summary>USD.</summary>
    public decimal Cost(long input, long output) => (input * Input + output * Output) / 1_000_000m;
}
