namespace Nano.State;

/// <summary>
/// Ids that sort by creation time: 8 characters of milliseconds since 1970 in base 36, then random ones. Rows with
/// such names can be read by time and by id without a second index.
/// </summary>
internal static class SortableId
{
    public const int Length = 24;

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Characters of the time; enough until the year 2059.</summary>
    private const int TimeLength = 8;

    public static string New(DateTimeOffset at) => string.Create(Length, at, static (span, at) =>
    {
        WriteTime(span[..TimeLength], at);
        Random.Shared.GetItems(Alphabet, span[TimeLength..]);
    });

    /// <summary>Sorts before every id that is created at <paramref name="at"/> or later, and after every earlier one.</summary>
    public static string FloorOf(DateTimeOffset at) => string.Create(TimeLength, at, static (span, at) => WriteTime(span, at));

    /// <summary>The time at which an id was created; null for a text that is not an id.</summary>
    public static DateTimeOffset? TimeOf(ReadOnlySpan<char> id)
    {
        if (id.Length != Length) return null;
        var milliseconds = 0L;
        foreach (var character in id[..TimeLength])
        {
            if (Alphabet.IndexOf(character) is not (>= 0 and var digit)) return null;
            milliseconds = milliseconds * 36 + digit;
        }
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    private static void WriteTime(Span<char> span, DateTimeOffset at)
    {
        var milliseconds = Math.Clamp(at.ToUnixTimeMilliseconds(), 0, 2_821_109_907_455);
        for (var i = span.Length - 1; i >= 0; i--, milliseconds /= 36) span[i] = Alphabet[(int)(milliseconds % 36)];
    }
}
