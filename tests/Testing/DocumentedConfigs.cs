using System.Text.RegularExpressions;

namespace Nano.Testing;

/// <summary>The examples of a nano.json in the documentation, as a reader copies them.</summary>
public static partial class DocumentedConfigs
{
    /// <summary>In the order of the pages.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. new[] { "routing.md", "migration.md" }.SelectMany(page => Example().Matches(Read(page))).Select(match => match.Groups[1].Value)];

    /// <summary>A page of the documentation.</summary>
    public static string Read(string page) => File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "docs", page));

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
