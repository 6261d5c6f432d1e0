using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Nano.Configuration;
using Nano.Providers;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>docs/configuration.md, .env.example and local.settings.example.json have exactly the settings that the gateway reads, with its descriptions.</summary>
public class SettingsDocumentationTests
{
    /// <summary>Settings of Azure Functions itself.</summary>
    private static readonly (string, string)[] OfFunctions = [("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"), ("AzureWebJobsStorage", "UseDevelopmentStorage=true")];

    private static readonly string[] OwnServer =
    [
        "# A server of your own that implements OpenAI Chat Completions. MY_SERVER may be any name; the models are then my-server/MODEL.",
        "# Set STREAM_USAGE to false only if the server rejects stream_options.include_usage.",
        "# CUSTOM_MY_SERVER_BASE_URL=http://10.0.0.5:8000/v1",
        "# CUSTOM_MY_SERVER_API_KEY=",
        "# CUSTOM_MY_SERVER_STREAM_USAGE=true",
    ];

    private static readonly List<GatewaySetting> Settings = [.. GatewaySettings.All, .. GatewaySettings.Of(ProvidersDocument.Providers)];

    [Fact]
    public void The_table_of_settings_matches_the_code() => DocumentedLines.ShouldHaveRows("docs/configuration.md", "| setting | default | meaning |",
        [.. GatewaySettings.All.Select(setting => $"| `{setting.Name}` | {(setting.Default is { } value ? $"`{value}`" : "")} | {setting.Meaning.Replace("|", "\\|")} |")]);

    [Fact]
    public void The_example_of_env_has_every_setting_with_its_default() => DocumentedLines.ShouldHaveLines(".env.example", 2,
    [
        .. GatewaySettings.All.SelectMany(setting => new[] { $"# {setting.Meaning}", $"# {setting.Name}={setting.Default}", "" }),
        .. ProvidersDocument.Providers.SelectMany(Group),
        .. OwnServer,
    ]);

    /// <summary>A provider's settings in one block. Keys and base URLs need no description; the others have one.</summary>
    private static IEnumerable<string> Group(Provider provider)
    {
        var plain = provider.KeySettings.Append(GatewaySettings.BaseUrlOf(provider)).ToList();
        var settings = GatewaySettings.Of([provider]).SelectMany(setting => plain.Contains(setting.Name)
            ? [$"# {setting.Name}={setting.Default}"]
            : new[] { $"# {setting.Name}={setting.Default}", $"#   {setting.Meaning}" }).ToList();
        if (settings.Count == 0) return [];
        var needed = provider.AddressSetting.Setting == GatewaySettings.BaseUrlOf(provider) ? "its base URL" : provider.AddressSetting.Setting;
        var off = provider.NeedsBaseUrl ? $" (off until {needed} is set, for example to {provider.AddressSetting.Example})" : "";
        return [$"# {provider.DisplayName}{off}", .. settings, ""];
    }

    /// <summary>The example of a custom server is valid for the gateway.</summary>
    [Fact]
    public void The_example_of_env_has_a_custom_server()
    {
        var settings = Lines(".env.example").Where(line => line.StartsWith("# CUSTOM_MY_SERVER", StringComparison.Ordinal))
            .Select(line => line[2..].Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        settings.Keys.ShouldBe(["CUSTOM_MY_SERVER_BASE_URL", "CUSTOM_MY_SERVER_API_KEY", "CUSTOM_MY_SERVER_STREAM_USAGE"]);
        var services = new ServiceCollection();
        services.AddGateway(settings).Errors.ShouldBeEmpty();
        services.Select(service => service.ImplementationInstance).OfType<IReadOnlyList<Provider>>().Single().ShouldContain(provider => provider.Id == "my-server");
    }

    /// <summary>A copy of it works under LocalHost and under Core Tools, which accept only strings.</summary>
    [Fact]
    public void The_example_of_local_settings_has_every_setting_with_its_default()
    {
        var text = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "local.settings.example.json"));
        using var example = JsonDocument.Parse(text);
        example.RootElement.GetProperty("IsEncrypted").GetBoolean().ShouldBeFalse();
        // For providers only the keys: their base URLs are rarely set.
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
}
