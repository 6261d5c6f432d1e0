namespace Nano.State;

/// <summary>Money in nano-dollars (10^-9 USD) and tokens. Sums saturate, so no external count makes one negative.</summary>
internal readonly record struct Amount(long NanoUsd, long Tokens)
{
    /// <summary>The largest charge: a million USD.</summary>
    public const long MaxNanoUsd = 1_000_000_000_000_000;

    public static Amount operator +(Amount a, Amount b) => new(Sum(a.NanoUsd, b.NanoUsd), Sum(a.Tokens, b.Tokens));

    public static Amount operator -(Amount a, Amount b) => new(Sum(a.NanoUsd, -b.NanoUsd), Sum(a.Tokens, -b.Tokens));

    /// <summary>Rounded up, so that a price above zero is never free.</summary>
    public static long NanoOf(decimal usd) => usd <= 0 ? 0 : usd >= MaxNanoUsd / 1_000_000_000m ? MaxNanoUsd : (long)Math.Ceiling(usd * 1_000_000_000m);

    public static decimal UsdOf(long nano) => nano / 1_000_000_000m;

    internal static long Sum(long a, long b)
    {
        var sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) >= 0 ? sum : a < 0 ? long.MinValue + 1 : long.MaxValue;
    }
}
