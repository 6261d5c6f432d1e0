namespace Nano.Configuration;

/// <summary>An origin of the setting <c>ALLOWED_ORIGINS</c>.</summary>
internal static class WebOrigin
{
    /// <summary>Matches every origin.</summary>
    public const string All = "*";

    /// <summary>Parses one origin of the setting, in the form that browsers send; null when it is invalid.</summary>
    public static string? Read(string text)
    {
        if (text == All) return text;
        if (text.Contains('*')) return null;
        // Includes app://name of a desktop application and chrome-extension://id.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0) return null;
        var origin = text.EndsWith('/') ? text[..^1] : text;
        return origin.Equals($"{uri.Scheme}://{uri.Authority}", StringComparison.OrdinalIgnoreCase)
            || origin.Equals($"{uri.Scheme}://{uri.Host}:{uri.Port}", StringComparison.OrdinalIgnoreCase)
            ? $"{uri.Scheme}://{uri.Authority}".ToLowerInvariant()
            : null;
    }
}
