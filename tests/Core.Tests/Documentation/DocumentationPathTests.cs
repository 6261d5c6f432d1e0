using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>Everything that the documents refer to exists: files, folders, tests, pages and their anchors.</summary>
public partial class DocumentationPathTests
{
    public static TheoryData<string> Documents => [.. MarkdownPage.All.Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_exists(string document) =>
        CodePath().Matches(MarkdownPage.Get(document).Prose).Select(match => match.Groups[1].Value)
            .Where(path => !Path.Exists(Path.Combine(WireCorpus.RepositoryRoot, path))).ShouldBeEmpty(document);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_resolves(string document)
    {
        var page = MarkdownPage.Get(document);
        Link().Matches(page.Prose).Select(match => match.Groups[1].Value).Where(target => !target.Contains(':'))
            .Where(target => !Resolves(page, target)).ShouldBeEmpty(document);
    }

    [Fact]
    public void The_readme_links_to_every_page()
    {
        var readme = MarkdownPage.Get("README.md");
        MarkdownPage.All.Select(page => page.Name).Where(name => name != readme.Name && !name.StartsWith(".github/", StringComparison.Ordinal))
            .Where(name => !readme.Text.Contains($"]({name}", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    /// <summary>A new user reads it in a few minutes: everything else belongs in docs/.</summary>
    [Fact]
    public void The_readme_has_at_most_6_KiB() => new FileInfo(Path.Combine(WireCorpus.RepositoryRoot, "README.md")).Length.ShouldBeLessThanOrEqualTo(6144);

    /// <summary>The gallery of azd templates looks for them: docs/azure.md.</summary>
    [Theory]
    [InlineData("Features")]
    [InlineData("Getting Started")]
    [InlineData("Guidance")]
    [InlineData("Resources")]
    public void The_readme_has_the_sections_of_the_template_gallery(string heading) => MarkdownPage.Get("README.md").Prose.Split('\n').ShouldContain("## " + heading);

    private static bool Resolves(MarkdownPage page, string target)
    {
        var (path, anchor) = target.IndexOf('#') is >= 0 and var hash ? (target[..hash], target[(hash + 1)..]) : (target, "");
        var file = path.Length == 0 ? page.Name : Normalized(Path.GetDirectoryName(page.Name)!, path);
        if (!Path.Exists(Path.Combine(WireCorpus.RepositoryRoot, file))) return false;
        return anchor.Length == 0 || MarkdownPage.All.Any(other => other.Name == file && other.Anchors.Contains(anchor));
    }

    private static string Normalized(string folder, string path) =>
        Path.GetRelativePath(WireCorpus.RepositoryRoot, Path.GetFullPath(Path.Combine(WireCorpus.RepositoryRoot, folder, path))).Replace('\\', '/');

    [GeneratedRegex("`((?:src|tests|scripts|docs|bench|infra)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex CodePath();

    [GeneratedRegex("\\]\\(([^)\\s]+)\\)")]
    private static partial Regex Link();
}
