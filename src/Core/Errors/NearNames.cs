namespace Nano.Errors;

/// <summary>Finds known names that resemble a mistyped one.</summary>
internal static class NearNames
{
    /// <summary>Longer names are not compared: the cost grows with their length, and they are not typing mistakes.</summary>
    public const int MaxLength = 100;

    /// <summary>Up to <paramref name="count"/> candidates that resemble the name, nearest first; for equal distances, the earlier.</summary>
    public static List<string> Of(string name, IEnumerable<string> candidates, int count)
    {
        if (name.Length is 0 or > MaxLength) return [];
        var near = new List<(int Distance, string Name)>();
        var most = Math.Max(2, name.Length / 3);
        var letters = Letters(name);
        foreach (var candidate in candidates)
        {
            // gpt5 is near gpt-5-mini, although it is not part of it.
            var distance = Math.Min(Likeness(name, candidate, most), Likeness(letters, Letters(candidate), most));
            if (distance <= most) near.Add((distance, candidate));
        }
        return [.. near.OrderBy(item => item.Distance).Select(item => item.Name).Distinct().Take(count)];
    }

    /// <summary>A name without the separators that people omit: <c>gpt5</c> for <c>gpt-5</c>.</summary>
    private static string Letters(string name) => string.Concat(name.Where(c => c is not ('-' or '.' or '_' or ' ' or ':')));

    /// <summary>The edit distance, without regard to case; a part of a name (<c>claude-opus</c>, <c>opus-5</c>) is near it.</summary>
    /// <param name="most">The largest useful distance: if the lengths alone exceed it, the distance is not computed.</param>
    private static int Likeness(string name, string candidate, int most)
    {
        var (piece, whole) = name.Length <= candidate.Length ? (name, candidate) : (candidate, name);
        var tooFar = whole.Length - piece.Length > most;
        return piece.Length < 4 ? (tooFar ? int.MaxValue : Distance(name, candidate))
            : whole.StartsWith(piece, StringComparison.OrdinalIgnoreCase) ? 1
            : whole.Contains(piece, StringComparison.OrdinalIgnoreCase) ? 2
            : tooFar ? int.MaxValue
            : Distance(name, candidate);
    }

    /// <summary>Insertions, removals and replacements between two names (Levenshtein), with two rows.</summary>
    internal static int Distance(string a, string b)
    {
        var above = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) above[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1] + 1, above[j] + 1), above[j - 1] + change);
            }
            (above, row) = (row, above);
        }
        return above[b.Length];
    }
}
