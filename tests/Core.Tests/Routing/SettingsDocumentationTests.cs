using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.Providers;
using Nano.Routing;
using Nano.Testing;
using Nano.Tests.Documentation;

namespace Nano.Tests.Routing;

/// <summary>What the documentation says of settings is what the gateway reads, in both directions.</summary>
public sealed partial class SettingsDocumentationTests
{
    private static readonly IReadOnlyList<GatewaySetting> Settings = All();

    [SkippableFact]
    public void The_example_of_an_env_file_has_every_setting_and_no_other()
    {
        var text = Read(".env.example");
        Assigned().Matches(text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToArray()
            .ShouldHaveExactly(Settings.Select(setting => setting.Name).Order(StringComparer.Ordinal).ToArray(), ".env.example (names only)");
    }

    [SkippableFact]
    public void The_readme_names_every_setting_with_its_default()
    {
        var text = Read("README.md");
        foreach (var setting in GatewaySettings.All)
        {
            var row = text.Split('\n').FirstOrDefault(line => line.StartsWith('|') && line.Contains($"`{setting.Name}`"));
            row.ShouldNotBeNull($"{setting.Name} is in no row of README.md's table of settings.");
            if (setting.Default is { } value) row.Replace(",", "").ShouldContain(value, Case.Sensitive, setting.Name);
        }
        Settings.Where(setting => setting.IsSecret && !text.Contains($"`{setting.Name}`", StringComparison.Ordinal))
            .Select(setting => $"README.md does not name the key {setting.Name}: add it to its provider's row.").ShouldBeEmpty();
    }

    private static IReadOnlyList<GatewaySetting> All()
    {
        var services = new ServiceCollection();
        services.AddGateway(new Dictionary<string, string>());
        var providers = services.Select(service => service.ImplementationInstance).OfType<IReadOnlyList<Provider>>().Single();
        return [.. GatewaySettings.All, .. GatewaySettings.Of(providers)];
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, name));

    /// <summary><c>NAME=value</c>, also where it is commented out.</summary>
    [GeneratedRegex("^(?:# ?)?([A-Z][A-Z0-9_]*)=", RegexOptions.Multiline)]
    private static partial Regex Assigned();
}
