using System.Text;
using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>A page of the documentation: its tables, links and anchors.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(string name, string text)
    {
        Name = name;
        Text = text;
        Prose = Fence().Replace(text, "");
    }

    /// <summary>The path from the repository's root, with slashes.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <summary>The text without its code blocks.</summary>
    public string Prose { get; }

    /// <summary>Every page of the repository, by name.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } =
    [
        .. new[] { "", "docs", "bench", ".github" }
            .Select(folder => Path.Combine(WireCorpus.RepositoryRoot, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", folder.EndsWith(".github", StringComparison.Ordinal) ? SearchOption.AllDirectories
            : SearchOption.TopDirectoryOnly))
            .Select(file => Path.GetRelativePath(WireCorpus.RepositoryRoot, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .Select(name => new MarkdownPage(name, File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, name)).ReplaceLineEndings("\n"))),
    ];

    public static MarkdownPage Get(string name) => All.Single(page => page.Name == name);

    /// <summary>The cells of a column, in all tables that have it.</summary>
    public IEnumerable<string> Column(string title)
    {
        var column = -1;
        foreach (var line in Prose.Split('\n'))
        {
            if (!line.StartsWith('|')) column = -1;
            else if (column < 0) column = Array.IndexOf(Cells(line), title);
            else if (!line.StartsWith("|-", StringComparison.Ordinal) && Cells(line) is var cells && column < cells.Length) yield return cells[column];
            if (line.StartsWith('|') && column < 0) column = int.MaxValue;
        }
    }

    /// <summary>The names of the page's headings as GitHub links to them.</summary>
    public IReadOnlyList<string> Anchors => field ??= [.. Named(Heading().Matches(Prose).Select(match => Anchor(match.Groups[1].Value)))];

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Replace("\\|", "\u0001").Split('|').Select(cell => cell.Trim().Replace('\u0001', '|'))];

    private static string Anchor(string heading)
    {
        var anchor = new StringBuilder();
        foreach (var c in LinkText().Replace(heading, "$1").ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(c);
            else if (c == ' ') anchor.Append('-');
        }
        return anchor.ToString();
    }

    /// <summary>GitHub numbers headings with the same name.</summary>
    private static IEnumerable<string> Named(IEnumerable<string> anchors) =>
        anchors.GroupBy(anchor => anchor).SelectMany(group => group.Select((anchor, i) => i == 0 ? anchor : $"{anchor}-{i}"));

    [GeneratedRegex("^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("\\[([^]]*)\\]\\([^)]*\\)")]
    private static partial Regex LinkText();
}
