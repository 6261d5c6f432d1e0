using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.Providers;
using Nano.Routing;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>README, .env.example and local.settings.example.json hold exactly the settings that the gateway reads, with its words.</summary>
public partial class SettingsDocumentationTests
{
    /// <summary>What Azure Functions itself wants in its file.</summary>
    private static readonly (string, string)[] OfFunctions = [("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"), ("AzureWebJobsStorage", "UseDevelopmentStorage=true")];

    private static readonly List<GatewaySetting> Settings = [.. GatewaySettings.All, .. GatewaySettings.Of(ProvidersDocument.Providers)];

    [Fact]
    public void The_table_in_README_is_the_table_of_the_settings()
    {
        var expected = GatewaySettings.All.Select(setting =>
            $"| `{setting.Name}` | {(setting.Default is { } value ? $"`{value}`" : "")} | {setting.Meaning.Replace("|", "\\|")} |").ToList();
        Lines("README.md").Where(line => SettingRow().IsMatch(line)).ToList()
            .ShouldHaveExactly(expected, "README.md, its table of settings,");
    }

    [Fact]
    public void The_example_of_env_names_every_setting_with_its_default()
    {
        var expected = GatewaySettings.All.SelectMany(setting => new[] { $"# {setting.Meaning}", $"# {setting.Name}={setting.Default}", "" })
            .Concat(ProvidersDocument.Providers.SelectMany(Group)).ToList();
        Lines(".env.example").SkipWhile(line => line.Length > 0).Skip(1).ToList()
            .ShouldHaveExactly(expected, ".env.example");
    }

    /// <summary>A provider's settings in one block: with twenty of them, a sentence for each setting would hide the names.</summary>
    private static IEnumerable<string> Group(Provider provider)
    {
        var settings = GatewaySettings.Of([provider]).Select(setting => $"# {setting.Name}={setting.Default}").ToList();
        if (settings.Count == 0) return [];
        var needed = provider.AddressSetting.Setting == GatewaySettings.BaseUrlOf(provider) ? "its base URL" : provider.AddressSetting.Setting;
        var off = provider.NeedsBaseUrl ? $" (off until {needed} is set, for instance to {provider.AddressSetting.Example})" : "";
        return [$"# {provider.DisplayName}{off}", .. settings, ""];
    }

    /// <summary>It works as it is copied, under LocalHost and under Core Tools, who take texts only.</summary>
    [Fact]
    public void The_example_of_local_settings_has_every_setting_with_its_default()
    {
        var text = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "local.settings.example.json"));
        using var example = JsonDocument.Parse(text);
        example.RootElement.GetProperty("IsEncrypted").GetBoolean().ShouldBeFalse();
        // Of providers only the keys: their base URLs are rarely set.
        var named = GatewaySettings.All.Concat(Settings.Where(setting => setting.IsSecret && setting.Name != GatewaySettings.ApiKey));
        var expected = OfFunctions.Concat(named.Select(setting => (setting.Name, setting.Default ?? ""))).Select(pair => $"{pair.Item1}={pair.Item2}").ToList();
        example.RootElement.GetProperty("Values").EnumerateObject().Select(value => $"{value.Name}={value.Value.GetString()}").ToList()
            .ShouldHaveExactly(expected, "local.settings.example.json (Values, as NAME=value)");

        var values = example.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!);
        values["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        var reading = new ServiceCollection().AddGateway(values);
        reading.Errors.Concat(reading.Warnings).ShouldBeEmpty();
        reading.Options.OnAzure.ShouldBeFalse();
    }

    private static IEnumerable<string> Lines(string file) => File.ReadAllLines(Path.Combine(WireCorpus.RepositoryRoot, file));

    [GeneratedRegex("^\\| `[A-Z_]+` \\|")]
    private static partial Regex SettingRow();
}
