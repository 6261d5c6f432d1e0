using Nano.Providers;

namespace Nano.Configuration;

/// <summary>
/// The settings of the gateway, read once at start (<see cref="Read"/>). <see cref="GatewaySettings"/> describes each
/// setting. Keys of providers come from <see cref="Secrets.ISecretSource"/> per request.
/// </summary>
public sealed record GatewayOptions
{
    /// <summary>The default key on a laptop. Never valid in Azure.</summary>
    public const string LaptopApiKey = "Nano";

    /// <summary>Longer keys are rejected: limits on headers would cut them.</summary>
    internal const int MaxApiKeyLength = 512;

    /// <summary>
    /// The gateway's own key as set, ASCII without blanks. Null together with <see cref="CallerKeyProblem"/>, and if the key has to be
    /// read from Key Vault (<see cref="CallerKeyInVault"/>).
    /// </summary>
    public string? ApiKey { get; init; } = LaptopApiKey;

    /// <summary>Why all callers are refused, as a sentence that names what to set; null if they are not.</summary>
    public string? CallerKeyProblem { get; init; }

    /// <summary>
    /// The mistakes in the settings, one sentence each, which names a setting and never repeats a value. LocalHost does not start with them; in Azure, where the
    /// reason would not be visible, the gateway starts and refuses every call with them.
    /// </summary>
    public IReadOnlyList<string> Mistakes { get; init; } = [];

    /// <summary>No setting has the gateway's key, but a Key Vault may have it.</summary>
    public bool CallerKeyInVault => ApiKey is null && CallerKeyProblem is null && KeyVaultUri is not null;

    /// <summary><see cref="LaptopApiKey"/> may be valid: only this machine can reach the gateway.</summary>
    public bool AllowsLaptopKey => !OnAzure && BaseAddress.IsLoopback(Host) && !IsPublic(CustomEndpointUrl);

    /// <summary>It runs in Azure.</summary>
    public bool OnAzure { get; init; }

    /// <summary>The address to listen on: an IP address, <c>localhost</c> in lower case, or <c>*</c> for every address.</summary>
    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 7071;

    /// <summary>The gateway's public address where it is not the host's own (a custom domain, a reverse proxy).</summary>
    public Uri? CustomEndpointUrl { get; init; }

    /// <summary>Origins of pages that may call from a browser, in lower case, or <c>*</c>.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>An https URL with only a host (and a port, if it is not 443).</summary>
    public Uri? KeyVaultUri { get; init; }

    /// <summary>The age at which a key from Key Vault is read again when it is used.</summary>
    public TimeSpan KeyVaultRefresh { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>By provider id, without a trailing slash; a provider that is not here has its default.</summary>
    public IReadOnlyDictionary<string, string> BaseUrls { get; init; } = new Dictionary<string, string>();

    /// <summary>The largest request body in bytes.</summary>
    public long MaxRequestBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>The largest whole response of a provider, and the largest event of a stream, in bytes.</summary>
    public int MaxResponseBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Bytes that the large buffers of all open requests may take together; 0 for half of the memory that the process may use.</summary>
    public long MaxBufferedBytes { get; init; }

    /// <summary>Bytes of cached responses that are kept in memory.</summary>
    public long CacheMaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The largest response that is cached, in bytes.</summary>
    public int CacheMaxEntryBytes { get; init; } = 1024 * 1024;

    /// <summary>How long a request waits for a shared store of cached responses.</summary>
    public TimeSpan CacheTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Requests that may be open at once.</summary>
    public int MaxConcurrentRequests { get; init; } = 2048;

    /// <summary>From sending a streamed request to its first event with content.</summary>
    public TimeSpan FirstTokenTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Between two reads of a stream that has begun; also how long a write may wait for a caller that does not read.</summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The limit of a response that is not streamed, from sending the request to the last byte.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>DNS, TCP and TLS of one connection to a provider.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence in a stream after which the caller gets an SSE comment.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The key of callers may be in the URL of Gemini requests.</summary>
    public bool AcceptsKeyInUrl { get; init; }

    /// <summary>From the stop signal to the end of the process, under LocalHost; a Functions host has its own limit.</summary>
    public TimeSpan Shutdown { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Who may read <c>/metrics</c> under LocalHost: <c>key</c> or <c>open</c>. Null: the route does not exist.</summary>
    public string? MetricsEndpoint { get; init; }

    /// <summary>How long a request waits for one call to the state store.</summary>
    public TimeSpan StateTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Where a Functions host serves this gateway, as it reports: a host name, with a port on a laptop. Null where the gateway listens itself.</summary>
    internal string? FunctionsHost { get; init; }

    /// <summary>It runs in a container, as images of .NET report: its loopback address is not that of the machine.</summary>
    internal bool InContainer { get; init; }

    /// <summary>Null where access tokens of Entra ID are not accepted.</summary>
    internal EntraOptions? Entra { get; init; }

    /// <summary>Requests per second of one caller on one instance from which it is lent an allotment; 0 for never.</summary>
    public int HotRequestsPerSecond { get; init; }

    /// <summary>How long a stream is read on after its caller has left, for its usage; zero ends it at once.</summary>
    public TimeSpan HangUpDrain { get; init; }

    /// <summary>Days for which the ledger keeps attempts; 0 for all time.</summary>
    public int UsageRetentionDays { get; init; }

    /// <summary>
    /// Reads the settings and reports all mistakes together; it raises nothing. For a setting with a mistake, the options contain
    /// the default, and <see cref="Mistakes"/> names the setting.
    /// </summary>
    /// <param name="settings">Names and values of all settings; blank values count as not set.</param>
    /// <param name="providers">Those registered: their base URLs and keys are settings too.</param>
    /// <param name="onAzure">See <see cref="GatewaySettings.IsOnAzure"/>.</param>
    /// <param name="mistakes">Mistakes in settings that were found before, to be reported with the rest.</param>
    internal static GatewayOptionsReading Read(
        IReadOnlyDictionary<string, string> settings, IReadOnlyList<Provider> providers, bool onAzure, IReadOnlyList<string>? mistakes = null) =>
        new GatewayOptionsReader(settings, providers, onAzure, mistakes ?? []).Read();

    /// <summary>The sentence for a gateway without a key of its own.</summary>
    /// <param name="why">What is wrong with the key.</param>
    internal static string NobodyIsLetIn(string why) =>
        $"This gateway refuses all callers: {why}. Set the app setting {GatewaySettings.ApiKey}, or the Key Vault secret api-key, to a long random value.";

    /// <summary>The value of <see cref="MaxBufferedBytes"/> or its default. The other half of the memory is for objects, sockets, the runtime and garbage.</summary>
    internal long BufferLimit => MaxBufferedBytes > 0 ? MaxBufferedBytes : Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 16 * 1024 * 1024);

    /// <summary>Other machines reach the gateway at this address although it listens on loopback: by a proxy on the same machine.</summary>
    internal static bool IsPublic(Uri? endpoint) => endpoint is not null && !BaseAddress.IsLoopback(endpoint.DnsSafeHost);

    /// <summary>Never shows the key.</summary>
    public override string ToString() => $"{Host}:{Port}{(OnAzure ? " on Azure" : "")}";
}

/// <summary>Options, and the mistakes in the settings that they were read from. Messages name settings and never print a key.</summary>
/// <param name="Options">Usable in tests even with errors.</param>
/// <param name="Errors">Mistakes with which the host should not start.</param>
/// <param name="Warnings">Settings that look like mistakes but do no harm.</param>
public sealed record GatewayOptionsReading(GatewayOptions Options, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings)
{
    /// <summary>The same with further mistakes, which the options contain too.</summary>
    internal GatewayOptionsReading With(IEnumerable<string> errors)
    {
        IReadOnlyList<string> all = [.. Errors, .. errors];
        return this with { Options = Options with { Mistakes = all }, Errors = all };
    }
}
