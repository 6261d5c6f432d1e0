using System.Buffers;

namespace Nano.Governance;

/// <summary>
/// The header <c>x-nano-tags: app=shop,env=test</c>: tags of one request, for the usage report. A virtual key's own tags cannot be replaced. What
/// is not a tag is ignored: tags are for reports, so a malformed one does not fail the request.
/// </summary>
internal static class RequestTags
{
    private const int MaxTags = 16;
    private const int MaxName = 64;
    private const int MaxValue = 128;

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@+"u8);

    /// <param name="own">The key's tags, one <c>name=value</c> per line; null for none.</param>
    /// <param name="header">Null when the request has none.</param>
    /// <returns>In the same format as <paramref name="own"/>.</returns>
    public static string? Join(string? own, string? header)
    {
        if (string.IsNullOrEmpty(header)) return own;
        var lines = own?.Split('\n').ToList() ?? [];
        foreach (var pair in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (lines.Count >= MaxTags || equals is < 1 or > MaxName || pair.Length - equals - 1 > MaxValue || pair.AsSpan().ContainsAnyExceptInRange(' ', '~')) continue;
            if (!IsName(pair[..equals]) || lines.Any(line => line.StartsWith(pair[..(equals + 1)], StringComparison.Ordinal))) continue;
            lines.Add(pair);
        }
        return lines.Count == 0 ? null : string.Join('\n', lines);
    }

    /// <summary>Merges two lists of tags, one <c>name=value</c> per line. If both have a name, the first one counts.</summary>
    public static string? Add(string? first, string? second)
    {
        if (first is null || second is null) return first ?? second;
        var lines = first.Split('\n').ToList();
        foreach (var line in second.Split('\n'))
            if (lines.Count < MaxTags && !lines.Any(known => known.StartsWith(line[..(line.IndexOf('=') + 1)], StringComparison.Ordinal))) lines.Add(line);
        return string.Join('\n', lines);
    }

    /// <summary>A name that reports can group by.</summary>
    public static bool IsName(ReadOnlySpan<byte> utf8) => utf8.Length is > 0 and <= MaxName && utf8.IndexOfAnyExcept(NameBytes) < 0;

    private static bool IsName(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '+');
}
