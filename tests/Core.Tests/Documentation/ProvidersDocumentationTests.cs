namespace Nano.Tests.Documentation;

/// <summary>docs/providers.md and the table of providers in docs/configuration.md match the data.</summary>
public class ProvidersDocumentationTests
{
    [Fact]
    public void The_page_is_generated_from_the_data() => DocumentedLines.ShouldHaveLines("docs/providers.md", 0, ProvidersDocument.Page().TrimEnd('\n').Split('\n'));

    [Fact]
    public void The_table_of_the_configuration_has_every_provider() =>
        DocumentedLines.ShouldHaveRows("docs/configuration.md", "| provider | models | key | base URL |", [.. ProvidersDocument.Rows()]);
}
