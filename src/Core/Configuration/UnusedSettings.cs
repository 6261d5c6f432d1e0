using Nano.Errors;
using Nano.Providers;

namespace Nano.Configuration;

/// <summary>
/// Settings that look like the gateway's but have no effect. The environment is full of other programs' variables, so only names within
/// one or two letters of a setting of the gateway are reported.
/// </summary>
internal static class UnusedSettings
{
    /// <summary>Shorter names (<c>HOST</c>, <c>PORT</c>) are too similar to names of other programs.</summary>
    private const int ShortestName = 10;

    /// <summary>Below these, every name is a setting of a custom provider.</summary>
    private static readonly string[] WithoutName = ["CUSTOM_BASE_URL", "CUSTOM_API_KEY"];

    /// <summary>Routes that the gateway appends to a base URL: with one that already ends with it, requests go to a page that does not exist.</summary>
    private static readonly string[] Routes = ["/chat/completions", "/completions", "/responses", "/messages", "/embeddings"];

    /// <summary>One sentence per setting.</summary>
    public static IEnumerable<string> Find(IReadOnlyDictionary<string, string> settings, IReadOnlyList<Provider> providers)
    {
        foreach (var name in WithoutName)
            if (IsSet(settings, name))
                yield return $"{name} names no provider and is not used. Put a name into it, as in {name.Replace("CUSTOM_", "CUSTOM_MY_SERVER_", StringComparison.Ordinal)}.";
        foreach (var name in providers.Select(GatewaySettings.BaseUrlOf).Where(name => IsSet(settings, name)))
        {
            var route = Array.Find(Routes, route => settings[name].Trim().TrimEnd('/').EndsWith(route, StringComparison.OrdinalIgnoreCase));
            if (route is not null) yield return $"{name} ends with {route}, which the gateway appends to it. Remove {route} from the URL.";
        }
        var known = Known(providers);
        foreach (var name in settings.Keys.Where(name => IsSet(settings, name) && MayBeMeant(name, known)).Order(StringComparer.Ordinal))
            if (Nearest(name, known, settings) is { } meant) yield return $"{name} is no setting of the gateway and is not used. Was {meant} meant?";
    }

    private static HashSet<string> Known(IReadOnlyList<Provider> providers)
    {
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in GatewaySettings.All.Concat(GatewaySettings.Of(providers))) known.Add(setting.Name);
        return known;
    }

    /// <summary>Names that end like base URLs are checked separately, and names of custom providers are arbitrary.</summary>
    private static bool MayBeMeant(string name, HashSet<string> known) =>
        name.Length is >= ShortestName and <= NearNames.MaxLength && !known.Contains(name)
        && !name.EndsWith(GatewaySettings.BaseUrlSuffix, StringComparison.OrdinalIgnoreCase) && !name.StartsWith(GatewaySettings.CustomPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>A setting that is not set, one letter or swap away, or two where that leaves most of a long name.</summary>
    private static string? Nearest(string name, HashSet<string> known, IReadOnlyDictionary<string, string> settings)
    {
        var most = name.Length >= 2 * ShortestName ? 2 : 1;
        return known
            .Where(other => other.Length >= ShortestName && Math.Abs(other.Length - name.Length) <= most && !IsSet(settings, other))
            .Select(other => (Name: other, Distance: IsSwap(name, other) ? 1 : NearNames.Distance(name, other)))
            .Where(other => other.Distance <= most)
            .OrderBy(other => other.Distance).ThenBy(other => other.Name, StringComparer.Ordinal)
            .Select(other => other.Name)
            .FirstOrDefault();
    }

    /// <summary>Two adjacent letters are swapped.</summary>
    private static bool IsSwap(string name, string other)
    {
        var at = name.AsSpan().CommonPrefixLength(other);
        return name.Length == other.Length && at + 1 < name.Length && name[at] == other[at + 1] && name[at + 1] == other[at]
            && name.AsSpan(at + 2).SequenceEqual(other.AsSpan(at + 2));
    }

    private static bool IsSet(IReadOnlyDictionary<string, string> settings, string name) => settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
}
