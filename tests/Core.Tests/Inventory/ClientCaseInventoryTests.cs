using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Inventory;

/// <summary>The acceptance cases of field/clients.md, where clients of other gateways failed: each has a test whose name has its number.</summary>
public sealed partial class ClientCaseInventoryTests
{
    [SkippableFact]
    public void Every_case_has_a_test_that_names_it()
    {
        WireCorpus.Require();
        var file = Path.Combine(WireCorpus.Folder, "..", "field", "clients.md");
        Skip.IfNot(File.Exists(file), "The cases (../shared/field) are not beside this repository.");
        var cases = File.ReadAllLines(file).Select(line => Row().Match(line)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        cases.ShouldBe(Enumerable.Range(1, 37));
        cases.Except(TestSources.ClientCases).ShouldBeEmpty();
    }

    [GeneratedRegex(@"^\| (\d+) \| ")]
    private static partial Regex Row();
}
