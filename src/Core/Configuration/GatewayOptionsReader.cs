using System.Globalization;
using System.Net;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Secrets;

namespace Nano.Configuration;

/// <summary>
/// Reads options from settings and collects every mistake; none stops it. Messages name the setting and what
/// would be valid; they never repeat a value, since it may be a misplaced key.
/// </summary>
internal sealed class GatewayOptionsReader(IReadOnlyDictionary<string, string> settings, IReadOnlyList<Provider> providers, bool onAzure, IReadOnlyList<string> mistakes)
{
    private const int ShortKeyLength = 16;

    /// <summary>Of Azure's public, Chinese and US government clouds.</summary>
    private static readonly string[] VaultDomains = [".vault.azure.net", ".vault.azure.cn", ".vault.usgovcloudapi.net"];

    private readonly List<string> _errors = [.. mistakes];
    private readonly List<string> _warnings = [];

    public GatewayOptionsReading Read()
    {
        var host = ReadHost();
        var vault = ReadKeyVault();
        var endpoint = ReadAddress(GatewaySettings.CustomEndpointUrl);
        var (key, problem) = ReadCallerKey(host, endpoint, hasVault: vault is not null);
        var options = new GatewayOptions
        {
            OnAzure = onAzure,
            ApiKey = key,
            CallerKeyProblem = problem,
            Host = host,
            Port = (int)ReadNumber(GatewaySettings.Port),
            CustomEndpointUrl = endpoint,
            AllowedOrigins = ReadOrigins(),
            KeyVaultUri = vault,
            KeyVaultRefresh = ReadSeconds(GatewaySettings.KeyVaultRefresh),
            BaseUrls = ReadBaseUrls(),
            MaxRequestBytes = ReadNumber(GatewaySettings.MaxRequestBytes),
            MaxResponseBytes = (int)ReadNumber(GatewaySettings.MaxResponseBytes),
            MaxBufferedBytes = ReadNumber(GatewaySettings.MaxBufferedBytes),
            MaxConcurrentRequests = (int)ReadNumber(GatewaySettings.MaxConcurrentRequests),
            ConnectTimeout = ReadSeconds(GatewaySettings.ConnectTimeout),
            FirstTokenTimeout = ReadSeconds(GatewaySettings.FirstTokenTimeout),
            StreamIdleTimeout = ReadSeconds(GatewaySettings.StreamIdleTimeout),
            RequestTimeout = ReadSeconds(GatewaySettings.RequestTimeout),
            KeepAlive = ReadSeconds(GatewaySettings.KeepAlive),
            AcceptsKeyInUrl = ReadNumber(GatewaySettings.KeyInUrl) == 1,
            Shutdown = ReadSeconds(GatewaySettings.Shutdown),
            Entra = ReadEntra(),
            HotRequestsPerSecond = (int)ReadNumber(GatewaySettings.HotRequests),
            HangUpDrain = ReadSeconds(GatewaySettings.HangUpDrain),
            UsageRetentionDays = ReadRetention(),
            CacheMaxBytes = ReadNumber(GatewaySettings.CacheMaxBytes),
            CacheMaxEntryBytes = (int)ReadNumber(GatewaySettings.CacheMaxEntryBytes),
            CacheTimeout = TimeSpan.FromMilliseconds(ReadNumber(GatewaySettings.CacheTimeout)),
            MetricsEndpoint = ReadMetricsEndpoint(),
            StateTimeout = TimeSpan.FromMilliseconds(ReadNumber(GatewaySettings.StateTimeout)),
            FunctionsHost = Value("WEBSITE_HOSTNAME"),
            InContainer = Value("DOTNET_RUNNING_IN_CONTAINER")?.Trim().ToLowerInvariant() is "true" or "1",
        };
        CheckSizes(options);
        CheckProviderKeys();
        CheckStrayBaseUrls();
        _warnings.AddRange(UnusedSettings.Find(settings, providers));
        return new GatewayOptionsReading(options with { Mistakes = _errors }, _errors, _warnings);
    }

    /// <summary>A blank value counts as not set: that is how a setting is cleared in a file or a portal.</summary>
    private string? Value(string name) => settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value : null;

    private static string Default(string name) => GatewaySettings.All.First(setting => setting.Name == name).Default!;

    private string ReadHost()
    {
        var host = Value(GatewaySettings.Host)?.Trim().ToLowerInvariant() ?? Default(GatewaySettings.Host);
        if (host is "*" or "localhost" || IsIPAddress(host)) return host;
        _errors.Add($"{GatewaySettings.Host} must be an IP address, localhost, or * for all addresses.");
        return Default(GatewaySettings.Host);
    }

    /// <summary>.NET also parses a single number as an address.</summary>
    private static bool IsIPAddress(string host) => IPAddress.TryParse(host, out _) && host.AsSpan().ContainsAny('.', ':');

    private (string? Key, string? Problem) ReadCallerKey(string host, Uri? endpoint, bool hasVault)
    {
        var key = Value(GatewaySettings.ApiKey);
        // Whether the vault contains the key is known at the first request; GatewayKey judges it then.
        if (key is null && hasVault) return (null, null);
        var isLaptopKey = key is null || key.Equals(GatewayOptions.LaptopApiKey, StringComparison.OrdinalIgnoreCase);
        if (onAzure && isLaptopKey)
        {
            var found = key is null ? "is not set" : $"is '{GatewayOptions.LaptopApiKey}', which is public";
            return (null, GatewayOptions.NobodyIsLetIn($"{GatewaySettings.ApiKey} {found}"));
        }
        var opener = Opener(host, endpoint);
        if (!onAzure && isLaptopKey && opener is not null)
        {
            var close = opener == GatewaySettings.Host ? $"{GatewaySettings.Host} to 127.0.0.1" : $"{opener} to an address of this machine";
            _errors.Add($"{opener} opens the gateway to other machines, and {GatewaySettings.ApiKey} is {(key is null ? "not set" : "the default")}. Set {GatewaySettings.ApiKey} to a long random value, or {close}.");
        }
        if (key is null) return (GatewayOptions.LaptopApiKey, null);
        CheckKey(GatewaySettings.ApiKey, key);
        if (!isLaptopKey && key.Length < ShortKeyLength && (onAzure || opener is not null))
        {
            _warnings.Add($"{GatewaySettings.ApiKey} has fewer than {ShortKeyLength} characters, and other machines can reach the gateway. Use a long random value.");
        }
        return (key, null);
    }

    /// <summary>The setting by which other machines reach the gateway; null if none does.</summary>
    private static string? Opener(string host, Uri? endpoint) =>
        !BaseAddress.IsLoopback(host) ? GatewaySettings.Host : GatewayOptions.IsPublic(endpoint) ? GatewaySettings.CustomEndpointUrl : null;

    private void CheckKey(string name, string key)
    {
        if (key.Length > GatewayOptions.MaxApiKeyLength && name == GatewaySettings.ApiKey) _errors.Add($"{name} has more than {GatewayOptions.MaxApiKeyLength} characters.");
        if (KeyText.Problem(key) is { } problem) _errors.Add($"{name} {problem}");
    }

    /// <summary>A body or response that is larger than the whole budget would get a 503 that no retry can fix.</summary>
    private void CheckSizes(GatewayOptions options)
    {
        var (largest, name) = options.MaxRequestBytes >= options.MaxResponseBytes
            ? (options.MaxRequestBytes, GatewaySettings.MaxRequestBytes)
            : (options.MaxResponseBytes, GatewaySettings.MaxResponseBytes);
        // While its buffer grows, another buffer still contains the beginning.
        if (largest + LargeBuffers.Largest <= options.BufferLimit) return;
        var budget = options.MaxBufferedBytes > 0 ? GatewaySettings.MaxBufferedBytes : $"half of the memory that the process may use ({options.BufferLimit} bytes)";
        _warnings.Add($"{name} is not 1 MiB below {budget}: the largest messages are always refused with a 503.");
    }

    private long ReadNumber(string name)
    {
        var setting = GatewaySettings.All.First(setting => setting.Name == name);
        var fallback = long.Parse(setting.Default!, CultureInfo.InvariantCulture);
        if (Value(name) is not { } value) return fallback;
        if (long.TryParse(value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= setting.Minimum && number <= setting.Maximum)
            return number;
        _errors.Add($"{name} must be a whole number from {setting.Minimum} to {setting.Maximum}.");
        return fallback;
    }

    private string? ReadMetricsEndpoint()
    {
        var value = Value(GatewaySettings.MetricsEndpoint)?.Trim().ToLowerInvariant();
        if (value is null or "key" or "open") return value;
        _errors.Add($"{GatewaySettings.MetricsEndpoint} must be key or open.");
        return null;
    }

    private TimeSpan ReadSeconds(string name) => TimeSpan.FromSeconds(ReadNumber(name));

    private Uri? ReadAddress(string name, bool httpsOnly = false)
    {
        if (Value(name)?.Trim() is not { } value) return null;
        if (BaseAddress.Problem(value, httpsOnly) is not { } problem) return new Uri(value);
        _errors.Add($"{name} {problem}.");
        return null;
    }

    /// <summary>The windows of budgets have up to 31 days, and are computed from what the ledger has.</summary>
    private int ReadRetention()
    {
        var days = (int)ReadNumber(GatewaySettings.UsageRetention);
        if (days is 0 or >= 40) return days;
        _errors.Add($"{GatewaySettings.UsageRetention} must be 0, or at least 40: the budgets of a month are computed from what the ledger has.");
        return 0;
    }

    private EntraOptions? ReadEntra()
    {
        var (tenant, audience) = (Value(GatewaySettings.EntraTenant)?.Trim(), Value(GatewaySettings.EntraAudience)?.Trim());
        var authority = ReadAddress(GatewaySettings.EntraAuthority);
        if (tenant is null && audience is null) return null;
        if (tenant is null || audience is null)
            _errors.Add($"{(tenant is null ? GatewaySettings.EntraAudience : GatewaySettings.EntraTenant)} is set and {(tenant is null ? GatewaySettings.EntraTenant : GatewaySettings.EntraAudience)} is not. Both are needed to accept access tokens.");
        else if (!EntraOptions.IsTenant(tenant)) _errors.Add($"{GatewaySettings.EntraTenant} must be the id or a domain of one tenant.");
        if (authority is not null && !EntraOptions.IsSafe(authority)) _errors.Add($"{GatewaySettings.EntraAuthority} must begin with https://.");
        var audiences = audience?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        return new EntraOptions(tenant ?? "", audiences, authority?.OriginalString.Trim().TrimEnd('/') ?? EntraOptions.DefaultAuthority);
    }

    private List<string> ReadOrigins()
    {
        var origins = new List<string>();
        foreach (var text in (Value(GatewaySettings.AllowedOrigins) ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (WebOrigin.Read(text) is { } origin) origins.Add(origin);
            else _errors.Add($"{GatewaySettings.AllowedOrigins} must hold origins, each a scheme, a host and a port if it is not the scheme's own, as in https://app.example.com; or * for all.");
        }
        return origins;
    }

    private Uri? ReadKeyVault()
    {
        if (ReadAddress(GatewaySettings.KeyVaultUri, httpsOnly: true) is not { } vault) return null;
        if (vault.AbsolutePath != "/")
        {
            _errors.Add($"{GatewaySettings.KeyVaultUri} has a path; it must end with the host, as in https://NAME.vault.azure.net.");
            return null;
        }
        // Other hosts are allowed: there are sovereign clouds, and servers that speak the vault's protocol on a laptop.
        if (!VaultDomains.Any(domain => vault.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)))
            _warnings.Add($"{GatewaySettings.KeyVaultUri} names no host of Azure Key Vault ({string.Join(", ", VaultDomains.Select(domain => "NAME" + domain))}).");
        return vault;
    }

    private Dictionary<string, string> ReadBaseUrls()
    {
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var provider in providers)
        {
            var name = GatewaySettings.BaseUrlOf(provider);
            if (Value(name) is null) continue;
            if (provider.DefaultBaseUrl is null) _warnings.Add($"{name} means nothing: {provider.DisplayName} runs inside the gateway.");
            else if (ReadAddress(name) is not null) urls[provider.Id] = Value(name)!.Trim().TrimEnd('/');
        }
        return urls;
    }

    private void CheckProviderKeys()
    {
        foreach (var provider in providers)
        {
            CheckParts(provider);
            string? first = null;
            foreach (var name in provider.KeySettings)
            {
                if (Value(name) is not { } key) continue;
                if (!provider.DocumentSettings.Contains(name)) CheckKey(name, key);
                CheckIsNotOwnKey(provider, name, key);
                if (first is not null && !provider.HasSeveralCredentials && Value(first) != key) _warnings.Add($"{first} and {name} are both set and differ: {first} is used.");
                first ??= name;
            }
        }
    }

    /// <summary>
    /// A shell that points a client at the gateway has the gateway's key under the provider's name. Another address may be that of a second gateway, which has the same key.
    /// </summary>
    private void CheckIsNotOwnKey(Provider provider, string name, string key)
    {
        if (Value(GatewaySettings.BaseUrlOf(provider)) is not null || provider.NeedsBaseUrl || provider.AddressSource != GatewaySettings.BaseUrlOf(provider)) return;
        if (key.Equals(GatewayOptions.LaptopApiKey, StringComparison.OrdinalIgnoreCase) || key == Value(GatewaySettings.ApiKey))
            _warnings.Add($"{name} is the gateway's own key, which {provider.DisplayName} refuses. Remove it where the gateway starts, and set it only in the command of a client.");
    }

    /// <summary>Half a key may belong to another program, or its other half may be in the vault: then it is not a mistake.</summary>
    private void CheckParts(Provider provider)
    {
        foreach (var part in provider.KeyParts)
            if (Value(part.Name) is { } value) CheckKey(part.Name, value);
        if (provider.KeyParts is not [var id, var secret, ..] || Value(GatewaySettings.KeyVaultUri) is not null) return;
        if (Value(id.Name) is null == Value(secret.Name) is null) return;
        var (there, missing) = Value(id.Name) is null ? (secret.Name, id.Name) : (id.Name, secret.Name);
        _warnings.Add($"{there} is set and {missing} is not: {provider.DisplayName} needs both, or {provider.KeySettings[0]}.");
    }

    /// <summary>The environment is full of other programs' variables, so only names that end like ours are looked at.</summary>
    private void CheckStrayBaseUrls()
    {
        var named = new List<string>();
        foreach (var name in settings.Keys)
            if (name.EndsWith(GatewaySettings.BaseUrlSuffix, StringComparison.Ordinal)) named.Add(name);
        // Usually there is none, so do not compile the rest at start.
        if (named.Count > 0) CheckBaseUrls(named);
    }

    private void CheckBaseUrls(List<string> named)
    {
        var known = providers.Select(GatewaySettings.BaseUrlOf).ToList();
        foreach (var name in named.Order(StringComparer.Ordinal))
        {
            if (known.Contains(name)) continue;
            // Base URLs that name no provider are reported separately.
            if (name.StartsWith(GatewaySettings.CustomPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            var near = NearNames.Of(name[..^GatewaySettings.BaseUrlSuffix.Length], known.Select(other => other[..^GatewaySettings.BaseUrlSuffix.Length]), 1);
            _warnings.Add($"{name} is the base URL of no provider here{(near.Count > 0 ? $". Was {near[0]}{GatewaySettings.BaseUrlSuffix} meant?" : " and is not used.")}");
        }
    }
}
