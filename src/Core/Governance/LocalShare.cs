using Nano.State;

namespace Nano.Governance;

/// <summary>
/// Rates while the store is down, per instance: a quarter of every limit, since other instances do the same. Thread safe, bounded.
/// </summary>
internal sealed class LocalShare
{
    internal const int Part = 4;
    internal const int Capacity = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, StateFields> _rates = new(StringComparer.Ordinal);

    /// <summary>Null when the attempt is within the share, and then it is counted.</summary>
    public ReserveResult? Take(Reservation reservation)
    {
        lock (_lock)
        {
            if (_rates.Count >= Capacity) _rates.Clear();
            var taken = new List<(string Key, StateFields Fields)>();
            foreach (var rate in reservation.Rates)
            {
                var share = rate with { PerMinute = (rate.PerMinute + Part - 1) / Part };
                var key = reservation.Partition + "|" + rate.Key;
                var (fields, wait, _) = Gcra.Take(_rates.GetValueOrDefault(key), share, reservation.At);
                if (fields is null) return new ReserveResult { Rate = rate, RetryAfter = wait };
                taken.Add((key, fields));
            }
            foreach (var (key, fields) in taken) _rates[key] = fields;
            return null;
        }
    }
}
