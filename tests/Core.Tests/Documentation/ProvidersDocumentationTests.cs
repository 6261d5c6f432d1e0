using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>docs/providers.md and README's table of providers say what the data says. With WRITE_DOCS=1 the page is written anew.</summary>
public class ProvidersDocumentationTests
{
    private static readonly string Page = Path.Combine(WireCorpus.RepositoryRoot, "docs", "providers.md");

    [Fact]
    public void The_page_is_written_from_the_data()
    {
        var expected = ProvidersDocument.Page();
        if (Environment.GetEnvironmentVariable("WRITE_DOCS") == "1") File.WriteAllText(Page, expected);
        File.ReadAllText(Page).ReplaceLineEndings("\n").Split('\n').ShouldHaveExactly(expected.Split('\n'), "docs/providers.md (run this test once with WRITE_DOCS=1 in the environment to write it anew)");
    }

    [Fact]
    public void The_table_in_README_has_every_provider()
    {
        var expected = ProvidersDocument.Rows().ToList();
        File.ReadAllLines(Path.Combine(WireCorpus.RepositoryRoot, "README.md"))
            .SkipWhile(line => !line.StartsWith("| provider | models |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')).ToList()
            .ShouldHaveExactly(expected, "README.md, its table of providers,");
    }
}
