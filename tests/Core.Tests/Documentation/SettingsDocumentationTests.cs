using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Nano.Providers;
using Nano.Routing;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>README, .env.example and local.settings.example.json hold exactly the settings that the gateway reads, with its words.</summary>
public partial class SettingsDocumentationTests
{
    /// <summary>What Azure Functions itself wants in its file.</summary>
    private static readonly string[] OfFunctions = ["FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"];

    private static readonly List<GatewaySetting> Settings = Read();

    [Fact]
    public void The_table_in_README_is_the_table_of_the_settings()
    {
        var expected = Settings.Select(setting =>
            $"| `{setting.Name}` | {(setting.Default is { } value ? $"`{value}`" : "")} | {setting.Meaning.Replace("|", "\\|")} |").ToList();
        Lines("README.md").Where(line => SettingRow().IsMatch(line)).ToList()
            .ShouldBe(expected, $"The table should be:\n{string.Join('\n', expected)}");
    }

    [Fact]
    public void The_example_of_env_names_every_setting_with_its_default()
    {
        var expected = Settings.SelectMany(setting => new[] { $"# {setting.Meaning}", $"# {setting.Name}={setting.Default}", "" }).ToList();
        Lines(".env.example").SkipWhile(line => line.Length > 0).Skip(1).ToList()
            .ShouldBe(expected, $"It should be:\n{string.Join('\n', expected)}");
    }

    [Fact]
    public void The_example_of_local_settings_has_only_settings_that_exist()
    {
        using var example = JsonDocument.Parse(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "local.settings.example.json")));
        example.RootElement.GetProperty("IsEncrypted").GetBoolean().ShouldBeFalse();
        var values = example.RootElement.GetProperty("Values").EnumerateObject().ToList();
        values.Select(value => value.Name).Except(OfFunctions).Except(Settings.Select(setting => setting.Name)).ShouldBeEmpty();
        foreach (var value in values.Where(value => Settings.Any(s => s.IsSecret && s.Name == value.Name && s.Name != GatewaySettings.ApiKey)))
            value.Value.GetString().ShouldBe("", value.Name);
    }

    private static List<GatewaySetting> Read()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddGateway(new Dictionary<string, string>());
        using var provider = services.BuildServiceProvider();
        return [.. GatewaySettings.All, .. GatewaySettings.Of(provider.GetRequiredService<IReadOnlyList<IProvider>>())];
    }

    private static IEnumerable<string> Lines(string file) => File.ReadAllLines(Path.Combine(WireCorpus.RepositoryRoot, file));

    [GeneratedRegex("^\\| `[A-Z_]+` \\|")]
    private static partial Regex SettingRow();
}
