using System.Xml.Linq;
using Nano.Testing;

namespace Nano.Tests.Inbound;

/// <summary>How the Functions project includes files in the root, and how the solution includes the project.</summary>
public sealed class FunctionsProjectTests
{
    private static readonly string Root = WireCorpus.RepositoryRoot;
    private static readonly XDocument Project = XDocument.Load(Path.Combine(Root, "src", "Functions", "Functions.csproj"));

    [Fact]
    public void The_host_file_is_copied_to_the_output_and_published()
    {
        var item = Linked("host.json");
        Value(item, "CopyToOutputDirectory").ShouldBe("PreserveNewest");
        Value(item, "CopyToPublishDirectory").ShouldBe("PreserveNewest");
        Value(item, "Condition").ShouldBeNull();
    }

    /// <summary>The files contain keys. A fresh clone has none, and builds.</summary>
    [Fact]
    public void Settings_are_copied_to_the_output_if_present_and_never_published()
    {
        var item = Linked("local.settings.json");
        Value(item, "CopyToOutputDirectory").ShouldBe("PreserveNewest");
        Value(item, "CopyToPublishDirectory").ShouldBe("Never");
        Value(item, "Condition").ShouldBe("Exists('../../local.settings.json')");
        File.ReadLines(Path.Combine(Root, ".gitignore")).ShouldContain("local.settings.json");
    }

    /// <summary>Core Tools and azd build the one project of its folder.</summary>
    [Fact]
    public void Its_folder_has_one_project() =>
        Directory.GetFiles(Path.Combine(Root, "src", "Functions"), "*.*proj").Select(Path.GetFileName).ShouldBe(["Functions.csproj"]);

    /// <summary>A plain build or test at the root includes the Functions app and its tests.</summary>
    [Fact]
    public void The_solution_builds_the_app_and_its_tests()
    {
        var projects = XDocument.Load(Path.Combine(Root, "Nano.slnx")).Descendants("Project").ToList();
        foreach (var path in new[] { "src/Functions/Functions.csproj", "tests/Functions.Tests/Functions.Tests.csproj" })
            projects.Single(project => Value(project, "Path") == path).Element("Build").ShouldBeNull(path);
    }

    private static XElement Linked(string name)
    {
        var item = Project.Descendants("None").Single(item => Value(item, "Link") == name);
        Value(item, "Include").ShouldBe("../../" + name);
        return item;
    }

    private static string? Value(XElement element, string name) => element.Attribute(name)?.Value;
}
