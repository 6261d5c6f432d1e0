namespace Nano.Routing;

/// <summary>Validates model names. They come from callers and appear in addresses, logs and error messages.</summary>
internal static class ModelName
{
    public const int MaxLength = 256;

    /// <summary>
    /// Printable ASCII without special meaning in a URL, in segments that are neither empty nor dots: no name reaches another path of
    /// a provider (<c>gemini/../files</c>) or adds a query to it.
    /// </summary>
    public static bool IsPossible(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxLength) return false;
        foreach (var c in name) if (c is <= ' ' or > '~' or '\\' or '?' or '#' or '%' or '"' or '<' or '>' or '{' or '}' or '|' or '^' or '`') return false;
        foreach (var part in name.Split('/')) if (name[part] is "" or "." or "..") return false;
        return true;
    }

    /// <summary>A name for an error message: short, and without unprintable characters.</summary>
    public static string Shown(string name)
    {
        var shown = name.Length <= 80 ? name : string.Concat(name.AsSpan(0, 80), "...");
        return string.Create(shown.Length, shown, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) ? '?' : text[i];
        });
    }
}
