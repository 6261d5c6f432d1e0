using System.Collections;
using Nano.Providers;

namespace Nano.Routing;

/// <summary>Names of the settings, and where they come from.</summary>
public static class GatewaySettings
{
    /// <summary><c>OPENAI_BASE_URL</c>; a dash in a provider's id becomes <c>_</c>.</summary>
    public static string BaseUrlOf(IProvider provider) => provider.Id.ToUpperInvariant().Replace('-', '_') + "_BASE_URL";

    /// <summary>The environment variables of this process: in Azure, the app settings.</summary>
    public static IReadOnlyDictionary<string, string> FromEnvironment()
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry is { Key: string name, Value: string value }) settings[name] = value;
        }
        return settings;
    }

    /// <summary>Azure sets <c>WEBSITE_INSTANCE_ID</c> in every app; Core Tools on a laptop do not.</summary>
    public static bool IsOnAzure(IReadOnlyDictionary<string, string> settings) =>
        settings.TryGetValue("WEBSITE_INSTANCE_ID", out var instance) && !string.IsNullOrWhiteSpace(instance);
}
