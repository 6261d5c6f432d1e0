using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>What the documents point at is there: files, folders, and the tests that are named as proof.</summary>
public partial class DocumentationPathTests
{
    public static TheoryData<string> Documents =>
        [.. new[] { "README.md", "USAGE_EXAMPLE.md" }.Concat(
            Directory.EnumerateFiles(Path.Combine(WireCorpus.RepositoryRoot, "docs"), "*.md").Select(file => "docs/" + Path.GetFileName(file)).Order(StringComparer.Ordinal))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_exists(string document)
    {
        var text = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, document));
        var inCode = CodePath().Matches(text).Select(match => Path.Combine(WireCorpus.RepositoryRoot, match.Groups[1].Value));
        var folder = Path.GetDirectoryName(Path.Combine(WireCorpus.RepositoryRoot, document))!;
        var linked = Link().Matches(text).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://")).Select(target => Path.Combine(folder, target));
        inCode.Concat(linked).Where(path => !Path.Exists(path)).ShouldBeEmpty(document);
    }

    [GeneratedRegex("`((?:src|tests|scripts|docs|bench)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex CodePath();

    [GeneratedRegex("\\]\\(([^)#]+)(?:#[^)]*)?\\)")]
    private static partial Regex Link();
}
