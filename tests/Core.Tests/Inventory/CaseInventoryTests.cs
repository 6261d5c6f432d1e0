using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Inventory;

/// <summary>The thirty cases of field/cases.md that broke other gateways: each has a test whose name begins with its number, or a reason for having none.</summary>
public sealed partial class CaseInventoryTests
{
    private static readonly Dictionary<int, string> WithoutTest = new()
    {
        [30] = "no database, no plugins, and every package pinned",
    };

    [SkippableFact]
    public void Every_case_has_a_test_that_names_it()
    {
        WireCorpus.Require();
        var file = Path.Combine(WireCorpus.Folder, "..", "field", "cases.md");
        Skip.IfNot(File.Exists(file), "The cases (../shared/field) are not beside this repository.");
        var cases = File.ReadAllLines(file).Select(line => Numbered().Match(line)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        cases.ShouldBe(Enumerable.Range(1, 30));
        cases.Where(number => !TestSources.Cases.Contains(number) && !WithoutTest.ContainsKey(number)).ShouldBeEmpty();
    }

    [Fact]
    public void Only_cases_without_a_test_have_a_reason() =>
        WithoutTest.Keys.Where(TestSources.Cases.Contains).ShouldBeEmpty("a test names it now: take it off the list");

    [GeneratedRegex(@"^(\d+)\. ")]
    private static partial Regex Numbered();
}
