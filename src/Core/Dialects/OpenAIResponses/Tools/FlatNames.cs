using Nano.Dialects.Shared;
using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Tools;

/// <summary>
/// Assigns the tools of namespaces unique names that every provider accepts: <c>[a-zA-Z0-9_-]</c>, at most 64 characters. The same tools
/// in the same order get the same names, so that prompt caches keep working.
/// </summary>
internal sealed class FlatNames
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Name), string> _known = [];

    /// <summary>Reserves a name of the caller's: no other tool gets it.</summary>
    public void Keep(JsonText name)
    {
        _used.Add(name.ToString());
        _known.TryAdd(("", name.ToString()), name.ToString());
    }

    /// <summary>The name assigned to a tool, by the tool's namespace in <c>tools</c>; null if it has none.</summary>
    public string? Given(JsonText space, JsonText name) => _known.GetValueOrDefault((space.ToString(), name.ToString()));

    /// <summary>The name assigned to the tool of a choice or of the history; null if there is no such tool.</summary>
    public string? Find(JsonText space, JsonText name) =>
        // OpenAI sends a deferred function's own name as its namespace (openai-responses-sse-srvtools-634c1b).
        Given(space, name) ?? (space.ToString() == name.ToString() ? Given(default, name) : null);

    /// <summary>The name of a tool, assigned now if it has none.</summary>
    public string Give(JsonText space, JsonText name)
    {
        if (Given(space, name) is { } known) return known;
        var (outer, inner) = (space.ToString(), name.ToString());
        var joined = outer.Length == 0 ? inner : outer.EndsWith("__", StringComparison.Ordinal) ? outer + inner : $"{outer}__{inner}";
        var stem = ToolNames.Fit(joined);
        var flat = stem;
        for (var n = 2; !_used.Add(flat); n++) flat = $"{stem[..Math.Min(stem.Length, ToolNames.CommonLength - 5)]}_{n}";
        _known.Add((outer, inner), flat);
        return flat;
    }
}
