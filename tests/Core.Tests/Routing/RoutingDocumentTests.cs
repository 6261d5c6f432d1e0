using System.Text.RegularExpressions;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.Testing;
using Nano.Tests.Configuration;

namespace Nano.Tests.Routing;

/// <summary>Every example of a nano.json in the documentation is tested, and the table of docs/routing.md equals the code's.</summary>
public sealed partial class RoutingDocumentTests
{
    private static readonly string Page = DocumentedConfigs.Read("routing.md");

    public static TheoryData<int, string> Examples()
    {
        var examples = new TheoryData<int, string>();
        foreach (var json in DocumentedConfigs.All) examples.Add(examples.Count() + 1, json);
        return examples;
    }

    [Fact]
    public void The_page_has_examples() => Examples().Count().ShouldBeGreaterThanOrEqualTo(6);

    [Theory, MemberData(nameof(Examples))]
    public void An_example_is_valid_and_its_aliases_have_plans(int number, string json)
    {
        number.ShouldBePositive();
        ConfigSchema.Accepts(json).ShouldBeTrue();
        var (config, mistakes) = ConfigCases.Read(json);
        mistakes.ShouldBeEmpty();
        var registry = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>());
        var (registered, _) = registry.Registered();
        var (providers, wrong) = registry.With(config, registered);
        wrong.ShouldBeEmpty();
        var router = new Router(providers, ModelCatalogue.Embedded, new GatewayOptions(), new SettingsSecretSource(new Dictionary<string, string>()), config: config);
        foreach (var alias in config.Models)
        {
            var plan = router.Find(alias.Name).Route!.Plan(default);
            plan.Count.ShouldBeGreaterThanOrEqualTo(alias.Groups.Sum(group => group.Targets.Count) + alias.Fallbacks.Count);
            plan.Rules.Alias.ShouldBe(alias.Name);
        }
        foreach (var instance in config.Providers) router.Find(instance.Id + "/any-model").Route!.First.Provider.Id.ShouldBe(instance.Id);
    }

    [Fact]
    public void The_table_of_failures_matches_the_code()
    {
        var rows = Page.Split('\n').Where(line => Failure().IsMatch(line)).Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray()).ToList();
        rows.Select(cells => $"{cells[1].Trim('`')} {cells[3]} {cells[4]} {cells[5]} {cells[6]}").ShouldBe(FailureRules.All.Select(rule =>
            $"{FailureClasses.Name(rule.Class)} {YesNo(rule.Again)} {YesNo(rule.OtherCredential)} {YesNo(rule.OtherDeployment)} {Cooldown(rule)}"));

        static string YesNo(bool yes) => yes ? "yes" : "no";

        static string Cooldown(FailureRule rule) => rule.Scope switch
        {
            CooldownScope.None => "nothing",
            CooldownScope.Credential => $"the key, {rule.Cooldown.TotalSeconds} s or `Retry-After`",
            _ => "the deployment, for `Retry-After`",
        };
    }

    [GeneratedRegex(@"^\| `[a-z_]+` \|(?:[^|]*\|){5}$")]
    private static partial Regex Failure();
}
