using System.Collections;
using Nano.Providers;

namespace Nano.Configuration;

/// <summary>One setting: what README and examples say of it, and what the reader of the options holds it against.</summary>
/// <param name="Name">The name of the environment variable.</param>
/// <param name="Meaning">One line, with the unit.</param>
public sealed record GatewaySetting(string Name, string Meaning)
{
    /// <summary>What holds when it is not set; null for nothing.</summary>
    public string? Default { get; init; }

    /// <summary>The range of a whole number; both null for what is none.</summary>
    public long? Minimum { get; init; }

    /// <inheritdoc cref="Minimum"/>
    public long? Maximum { get; init; }

    /// <summary>Its value is never shown.</summary>
    public bool IsSecret { get; init; }
}

/// <summary>All settings in one place. They are environment variables; in Azure, app settings.</summary>
public static class GatewaySettings
{
    public const string ApiKey = "API_KEY";
    public const string Host = "HOST";
    public const string Port = "PORT";
    public const string CustomEndpointUrl = "CUSTOM_ENDPOINT_URL";
    public const string KeyVaultUri = "KEY_VAULT_URI";
    public const string KeyVaultRefresh = "KEY_VAULT_REFRESH_SECONDS";
    public const string MaxRequestBytes = "MAX_REQUEST_BYTES";
    public const string MaxResponseBytes = "MAX_RESPONSE_BYTES";
    public const string MaxBufferedBytes = "MAX_BUFFERED_BYTES";
    public const string MaxConcurrentRequests = "MAX_CONCURRENT_REQUESTS";
    public const string ConnectTimeout = "CONNECT_TIMEOUT_SECONDS";
    public const string FirstTokenTimeout = "FIRST_TOKEN_TIMEOUT_SECONDS";
    public const string StreamIdleTimeout = "STREAM_IDLE_TIMEOUT_SECONDS";
    public const string RequestTimeout = "REQUEST_TIMEOUT_SECONDS";
    public const string KeepAlive = "KEEP_ALIVE_SECONDS";
    public const string KeyInUrl = "ACCEPT_KEY_IN_URL";
    public const string Shutdown = "SHUTDOWN_SECONDS";

    internal const string BaseUrlSuffix = "_BASE_URL";

    /// <summary>Begins the settings of servers that only the settings know.</summary>
    internal const string CustomPrefix = "CUSTOM_";

    /// <summary>The settings of the gateway itself, in the order of the documentation.</summary>
    public static IReadOnlyList<GatewaySetting> All { get; } =
    [
        new(ApiKey, "The key that callers send. The default holds on a laptop only, and only while the gateway listens on loopback.") { Default = GatewayOptions.LaptopApiKey, IsSecret = true },
        new(Host, "The address to listen on: an IP address, localhost, or * for all addresses. Azure decides this itself.") { Default = "127.0.0.1" },
        new(Port, "The TCP port to listen on; 0 for any free one. Azure decides this itself.") { Default = "7071", Minimum = 0, Maximum = 65535 },
        new(CustomEndpointUrl, "The public address of the gateway, where it is not the host's own (a custom domain, a reverse proxy). While the gateway listens on loopback, only its host and localhost are served."),
        new(KeyVaultUri, "An Azure Key Vault (https://NAME.vault.azure.net) for keys that are not set here; its secrets are named like the settings, in kebab case."),
        new(KeyVaultRefresh, "Seconds after which a key from Key Vault is read again when it is used; nobody waits for that.") { Default = "300", Minimum = 10, Maximum = 86_400 },
        new(MaxRequestBytes, "The largest request body, in bytes.") { Default = "33554432", Minimum = 1024, Maximum = 1_073_741_824 },
        new(MaxResponseBytes, "The largest response that is not streamed, and the largest event of a stream, in bytes; a larger one is a 502.") { Default = "134217728", Minimum = 65_536, Maximum = 1_073_741_824 },
        new(MaxBufferedBytes, "Bytes that the large buffers (above 64 KiB) of all open requests may take together; a request that needs more is a 503 with Retry-After. 0 for half of the memory that the process may use.") { Default = "0", Minimum = 0, Maximum = 1_099_511_627_776 },
        new(MaxConcurrentRequests, "How many requests may be open at once; more get a 429.") { Default = "2048", Minimum = 1, Maximum = 100_000 },
        new(ConnectTimeout, "Seconds for connecting to a provider (DNS, TCP and TLS).") { Default = "10", Minimum = 1, Maximum = 300 },
        new(FirstTokenTimeout, "Seconds from sending a streamed request to its first event.") { Default = "300", Minimum = 1, Maximum = 3600 },
        new(StreamIdleTimeout, "Seconds after which a stream that has begun is given up because the provider sends nothing, or a response because the caller reads nothing.") { Default = "120", Minimum = 1, Maximum = 3600 },
        new(RequestTimeout, "Seconds for a whole answer, one that is not streamed.") { Default = "600", Minimum = 1, Maximum = 3600 },
        // Azure's front end cuts a connection after about 230 s of silence.
        new(KeepAlive, "Seconds of silence in a stream after which the caller gets an SSE comment.") { Default = "15", Minimum = 1, Maximum = 200 },
        new(KeyInUrl, "1 to accept the gateway's key also in the URL of Gemini requests (?key=), for clients that cannot send a header. Other programs may log URLs. 0 to refuse it.") { Default = "0", Minimum = 0, Maximum = 1 },
        new(Shutdown, "Seconds from the signal to stop to the end of the process; open requests have all but the last 5 of them. Azure decides this itself.") { Default = "30", Minimum = 1, Maximum = 3600 },
    ];

    /// <summary>The settings of these providers: their keys and their base URLs.</summary>
    internal static IEnumerable<GatewaySetting> Of(IEnumerable<Provider> providers)
    {
        foreach (var provider in providers)
        {
            foreach (var key in provider.KeySettings)
            {
                yield return new GatewaySetting(key, $"The key of {provider.DisplayName}{(provider.IsKeyOptional ? ", if it wants one" : "")}{(key == provider.KeySettings[0] ? "" : $", if {provider.KeySettings[0]} is not set")}.") { IsSecret = true };
            }
            foreach (var part in provider.KeyParts) yield return new GatewaySetting(part.Name, part.Meaning) { IsSecret = true };
            if (provider.DefaultBaseUrl is not { } url) continue;
            yield return provider.NeedsBaseUrl && provider.AddressSetting.Setting == BaseUrlOf(provider)
                ? new GatewaySetting(BaseUrlOf(provider), $"Where {provider.DisplayName} is, for instance {url}. Until it is set, the provider is off.")
                : new GatewaySetting(BaseUrlOf(provider), $"Another base URL for {provider.DisplayName} (a proxy, a sovereign cloud, a test server).") { Default = url };
            foreach (var other in provider.OtherSettings) yield return new GatewaySetting(other.Name, other.Meaning);
        }
    }

    /// <summary><c>OPENAI_BASE_URL</c>; a dash in a provider's id becomes <c>_</c>.</summary>
    internal static string BaseUrlOf(Provider provider) => provider.SettingPrefix + BaseUrlSuffix;

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

    /// <summary>
    /// Azure sets <c>WEBSITE_INSTANCE_ID</c> or <c>WEBSITE_SITE_NAME</c>. A Functions worker without them counts as Azure too, unless
    /// Core Tools say that it is a laptop (<c>AZURE_FUNCTIONS_ENVIRONMENT=Development</c>): in doubt the laptop's key does not hold.
    /// </summary>
    public static bool IsOnAzure(IReadOnlyDictionary<string, string> settings)
    {
        if (IsSet("WEBSITE_INSTANCE_ID") || IsSet("WEBSITE_SITE_NAME")) return true;
        return IsSet("FUNCTIONS_WORKER_RUNTIME")
            && !(settings.TryGetValue("AZURE_FUNCTIONS_ENVIRONMENT", out var environment) && environment.Equals("Development", StringComparison.OrdinalIgnoreCase));

        bool IsSet(string name) => settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
    }
}
