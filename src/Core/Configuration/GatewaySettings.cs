using System.Collections;
using Nano.Providers;

namespace Nano.Configuration;

/// <summary>One setting, as docs/configuration.md and the example files document it and as the options reader validates it.</summary>
/// <param name="Name">The name of the environment variable.</param>
/// <param name="Meaning">One line, with the unit.</param>
public sealed record GatewaySetting(string Name, string Meaning)
{
    /// <summary>The value when it is not set; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>The range of a whole number; both are null for a setting that is not a number.</summary>
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
    public const string AllowedOrigins = "ALLOWED_ORIGINS";
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
    public const string StateStore = "STATE_STORE";
    public const string StateTimeout = "STATE_TIMEOUT_MILLISECONDS";
    public const string HotRequests = "HOT_REQUESTS_PER_SECOND";
    public const string HangUpDrain = "HANG_UP_DRAIN_SECONDS";
    public const string UsageRetention = "USAGE_RETENTION_DAYS";
    public const string EntraTenant = "ENTRA_TENANT_ID";
    public const string EntraAudience = "ENTRA_AUDIENCE";
    public const string EntraAuthority = "ENTRA_AUTHORITY";
    public const string CacheStore = "CACHE_STORE";
    public const string CacheMaxBytes = "CACHE_MAX_BYTES";
    public const string CacheMaxEntryBytes = "CACHE_MAX_ENTRY_BYTES";
    public const string CacheTimeout = "CACHE_TIMEOUT_MILLISECONDS";
    public const string EchoPrices = "ECHO_PRICES";
    public const string MetricsEndpoint = "METRICS_ENDPOINT";

    /// <summary>The contents of <c>nano.json</c>, if a file does not suit; it overrides a file.</summary>
    public const string Config = "NANO_CONFIG";

    internal const string BaseUrlSuffix = "_BASE_URL";

    /// <summary>The prefix of the settings of your own servers (custom providers).</summary>
    internal const string CustomPrefix = "CUSTOM_";

    /// <summary>The settings of the gateway itself, in the order of the documentation.</summary>
    public static IReadOnlyList<GatewaySetting> All { get; } =
    [
        new(ApiKey, "The key that callers send. The default applies only on a laptop, and only while the gateway listens on loopback without a public CUSTOM_ENDPOINT_URL.")
            { Default = GatewayOptions.LaptopApiKey, IsSecret = true },
        new(Host, "The address to listen on: an IP address, localhost, or * for all addresses. Ignored in Azure.") { Default = "127.0.0.1" },
        new(Port, "The TCP port to listen on; 0 selects a free port. Ignored in Azure.") { Default = "7071", Minimum = 0, Maximum = 65535 },
        new(CustomEndpointUrl, "The public URL of the gateway, with or without /v1, if it differs from the host's own (a custom domain, a reverse proxy). While the gateway listens on loopback, it serves only this host name and localhost."),
        new(AllowedOrigins, "Origins of web pages that may call the API from a browser (CORS), separated by commas, as in https://app.example.com; * for all. Without it, browsers keep pages of other origins out."),
        new(KeyVaultUri, "An Azure Key Vault (https://NAME.vault.azure.net) for keys that are not set here. Its secrets have the settings' names in kebab case."),
        new(KeyVaultRefresh, "Seconds after which a key from Key Vault is read again when it is used. Requests do not wait for this.")
            { Default = "300", Minimum = 10, Maximum = 86_400 },
        new(MaxRequestBytes, "The largest request body, in bytes.") { Default = "33554432", Minimum = 1024, Maximum = 1_073_741_824 },
        new(MaxResponseBytes, "The largest response that is not streamed, and the largest event of a stream, in bytes. A larger one becomes a 502.")
            { Default = "134217728", Minimum = 65_536, Maximum = 1_073_741_824 },
        new(MaxBufferedBytes, "Bytes that the large buffers (above 64 KiB) of all open requests may use together. A request that needs more gets a 503 with Retry-After. 0 means half of the memory that the process may use.") { Default = "0", Minimum = 0, Maximum = 1_099_511_627_776 },
        new(MaxConcurrentRequests, "The number of requests that may be open at once. More get a 429.") { Default = "2048", Minimum = 1, Maximum = 100_000 },
        new(ConnectTimeout, "Seconds to connect to a provider (DNS, TCP and TLS).") { Default = "10", Minimum = 1, Maximum = 300 },
        new(FirstTokenTimeout, "Seconds from sending a streamed request to its first event.") { Default = "300", Minimum = 1, Maximum = 3600 },
        new(StreamIdleTimeout, "Seconds after which a stream is aborted because the provider sends nothing, or a response because the caller reads nothing.")
            { Default = "120", Minimum = 1, Maximum = 3600 },
        new(RequestTimeout, "Seconds for a response that is not streamed.") { Default = "600", Minimum = 1, Maximum = 3600 },
        // Azure's front end cuts a connection after about 230 s of silence.
        new(KeepAlive, "Seconds of silence after which the caller of a stream, or of a response with x-nano-keep-alive, gets a keep-alive.")
            { Default = "15", Minimum = 1, Maximum = 200 },
        new(KeyInUrl, "1 to accept the gateway's key also in the URL of Gemini requests (?key=), for clients that cannot send a header. Other programs may log URLs. 0 to refuse it.") { Default = "0", Minimum = 0, Maximum = 1 },
        new(Shutdown, "Seconds from the stop signal to the end of the process. Open requests get all but the last 5. Ignored in Azure.")
            { Default = "30", Minimum = 1, Maximum = 3600 },
        new(StateStore, "Where virtual keys, budgets and usage are kept: sqlite:PATH (not in the Functions app), table:https://ACCOUNT.table.core.windows.net, redis:HOST:PORT[,options], or none. On a laptop, sqlite:nano.db, which the first virtual key creates."),
        new(StateTimeout, "Milliseconds that a request waits for one call to the state store.") { Default = "250", Minimum = 10, Maximum = 60_000 },
        new(HotRequests, "Requests per second of one caller on one instance from which the instance reserves limits ahead, so that requests do not wait for the state store; 0 for never.") { Default = "0", Minimum = 0, Maximum = 100_000 },
        new(HangUpDrain, "Seconds for which the gateway reads a stream on after its caller has left, to charge the usage that the provider reports at its end; 0 ends it at once and charges an estimate. Only for callers with a virtual key or an access token.") { Default = "0", Minimum = 0, Maximum = 600 },
        new(UsageRetention, "Days for which the ledger keeps requests, 40 or more; 0 keeps them all.") { Default = "0", Minimum = 0, Maximum = 36_500 },
        new(EntraTenant, "The tenant of Entra ID whose access tokens are accepted: its id or a domain. Requires ENTRA_AUDIENCE, and policies in nano.json with app roles or groups."),
        new(EntraAudience, "The audience of these access tokens: the application ID URI (api://...) or the client ID of the gateway's app registration; several are separated by commas."),
        new(EntraAuthority, "The sign-in address of Entra ID where it is not https://login.microsoftonline.com: that of a national cloud."),
        new(CacheStore, "Where cached responses are kept besides memory: memory, redis (the server of STATE_STORE), or blob:https://ACCOUNT.blob.core.windows.net[/CONTAINER].")
            { Default = "memory" },
        new(CacheMaxBytes, "Bytes of cached responses that one instance keeps in memory.") { Default = "67108864", Minimum = 1_048_576, Maximum = 17_179_869_184 },
        new(CacheMaxEntryBytes, "The largest response that is cached, in bytes.") { Default = "1048576", Minimum = 1024, Maximum = 67_108_864 },
        new(CacheTimeout, "Milliseconds that a request waits for CACHE_STORE before it counts as a miss.") { Default = "100", Minimum = 1, Maximum = 60_000 },
        new(EchoPrices, "Prices of the built-in model nano/echo, to try budgets with: INPUT,OUTPUT in USD per million tokens."),
        new(MetricsEndpoint, "key to serve metrics for Prometheus at /metrics to callers with the gateway's own key, or open to serve them without a key. Without it, there is no such route. Ignored in Azure."),
        new(Config, "The contents of nano.json as one text, where a file does not suit: provider instances, aliases and policies. It takes precedence over a file and is read once, at start."),
    ];

    /// <summary>The settings of these providers: their keys and their base URLs.</summary>
    internal static IEnumerable<GatewaySetting> Of(IEnumerable<Provider> providers)
    {
        foreach (var provider in providers)
        {
            foreach (var key in provider.KeySettings)
            {
                yield return new GatewaySetting(key,
                    $"The key of {provider.DisplayName}{(provider.IsKeyOptional ? ", if it requires one" : "")}{(key == provider.KeySettings[0] ? "" : $", if {provider.KeySettings[0]} is not set")}.") { IsSecret = true };
            }
            foreach (var part in provider.KeyParts) yield return new GatewaySetting(part.Name, part.Meaning) { IsSecret = true };
            if (provider.DefaultBaseUrl is not { } url) continue;
            yield return provider.NeedsBaseUrl && provider.AddressSetting.Setting == BaseUrlOf(provider)
                ? new GatewaySetting(BaseUrlOf(provider), $"The base URL of {provider.DisplayName}, for example {url}. The provider is off until it is set.")
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
    /// Core Tools report a laptop (<c>AZURE_FUNCTIONS_ENVIRONMENT=Development</c>): in doubt, the laptop's default key is not valid.
    /// </summary>
    public static bool IsOnAzure(IReadOnlyDictionary<string, string> settings)
    {
        if (IsSet("WEBSITE_INSTANCE_ID") || IsSet("WEBSITE_SITE_NAME")) return true;
        return IsSet("FUNCTIONS_WORKER_RUNTIME")
            && !(settings.TryGetValue("AZURE_FUNCTIONS_ENVIRONMENT", out var environment) && environment.Equals("Development", StringComparison.OrdinalIgnoreCase));

        bool IsSet(string name) => settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
    }
}
