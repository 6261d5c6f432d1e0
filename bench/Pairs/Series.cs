namespace Nano.Bench.Pairs;

/// <summary>One kind of request, measured once per round; the result is the median.</summary>
internal sealed class Series(Target target, Request request, int count)
{
    private readonly List<Cost> _costs = [];

    /// <summary>Microseconds per request.</summary>
    public double Cpu => Median(_costs.Select(cost => cost.Cpu));

    /// <summary>Kilobytes allocated per request.</summary>
    public double Kilobytes => Median(_costs.Select(cost => cost.Bytes)) / 1024;

    public async Task MeasureAsync(bool keep)
    {
        var cost = await target.MeasureAsync(request, count);
        if (keep) _costs.Add(cost);
    }

    /// <summary>The median of the rounds' ratios: other load of the machine in a round slows both.</summary>
    public string To(Series other) => Median(_costs.Zip(other._costs, (mine, theirs) => mine.Cpu / theirs.Cpu)).ToString("0.00");

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
