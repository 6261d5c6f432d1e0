using Nano.Configuration;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;
using Nano.Routing;
using Nano.Secrets;
using Nano.Upstream;

namespace Nano.Panel;

/// <summary>
/// Asks a provider for the list of its models with the gateway's key, which is free, and describes the result and
/// what to do. It reads only the beginning of the response, and keeps nothing.
/// </summary>
internal sealed class StatusCheck(Router router, ModelsQuestion models, Heartbeat heartbeat, TimeProvider time)
{
    /// <summary>Bytes: enough for an error's message, and to read a list to its end so that the connection can be reused.</summary>
    private const int MaxResponse = 64 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);

    /// <summary>Takes <see cref="Limit"/> at most, plus a second; twice that if a key has changed. Raises nothing that a provider can cause.</summary>
    public async Task<ProviderStatus> RunAsync(Provider provider)
    {
        if (router.MissingAddress(provider) is { } missing)
        {
            return new ProviderStatus(provider.Id, ProviderLight.NoKey, $"{provider.DisplayName} is not set up here.",
                $"Set {missing}, for instance to {provider.AddressSetting.Example}.")
            {
                Checked = "whether there is an address",
                CheckedAt = time.GetUtcNow(),
            };
        }
        if (router.BaseUrlOf(provider) is not { } baseUrl)
            return new ProviderStatus(provider.Id, ProviderLight.Works, $"{provider.DisplayName} runs inside the gateway.")
                { Checked = "no request: it is built in", CheckedAt = time.GetUtcNow() };

        Secret secret = default;
        if (provider.KeySettings.Count > 0)
        {
            secret = await router.FindKeyAsync(provider, CancellationToken.None).ConfigureAwait(false);
            if (secret.Value is null && !(provider.IsKeyOptional && secret.Unavailable is null))
                return NoKey(provider, secret) with { Checked = "whether there is a key", CheckedAt = time.GetUtcNow() };
        }
        if (provider.Lister?.CheckAddress(baseUrl) is not { } uri)
        {
            return new ProviderStatus(provider.Id, ProviderLight.Works,
                $"{provider.DisplayName} has a key. The first request will show whether it works: this provider has no free request to check it with.")
            {
                Checked = "whether there is a key",
                CheckedAt = time.GetUtcNow(),
            };
        }
        var check = $"GET {Shown(uri, baseUrl)}{(secret.Value is null ? "" : provider.Credentials.SignIn is null ? " with the key" : " with a token")}";
        var status = await AskAsync(new Question(provider, uri, secret)).ConfigureAwait(false);
        // The key may just have been replaced in the vault, as the fix of a red status suggests.
        if (status.IsKeyRefused && await router.RereadKeyAsync(provider, secret.Value).ConfigureAwait(false) is { Value: { } value } newer && value != secret.Value)
            status = await AskAsync(new Question(provider, uri, newer)).ConfigureAwait(false);
        return status with { Checked = check, CheckedAt = time.GetUtcNow() };
    }

    /// <summary>An address without its base URL, which an operator may keep private.</summary>
    private static string Shown(Uri uri, string baseUrl) =>
        uri.OriginalString.StartsWith(baseUrl, StringComparison.Ordinal) ? uri.OriginalString[baseUrl.Length..] : uri.Segments[^1];

    private async Task<ProviderStatus> AskAsync(Question question)
    {
        var provider = question.Provider;
        using var clock = new RequestClock(heartbeat, CancellationToken.None);
        clock.Limit(Limit);
        using var answer = await models.AskAsync(provider, question.Uri, question.Key.Value, MaxResponse, clock).ConfigureAwait(false);
        if (answer.Error is { } error) return clock.TimedOut ? question.TooSlow(Limit) : question.Unreachable(error.Message);
        // The received part of a broken response is judged; a status counts as a response even if its body broke off.
        var found = answer.IsSuccess
            ? Judge(question, answer.Body.WrittenSpan, answer.End != ResponseEnd.TooLong, answer.Latency)
            : question.Refused(answer.Status, answer.Refusal);
        return found with { LatencyMilliseconds = answer.Latency.TotalMilliseconds };
    }

    private static ProviderStatus Judge(Question question, ReadOnlySpan<byte> body, bool isWhole, TimeSpan latency)
    {
        // A proxy's login page or another service's greeting is a 200, too. A list of models is a JSON object, at Together
        // an array (docs.together.ai/reference/models).
        if (body.TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)'[', ..] || (isWhole && !JsonSlice.IsValid(body))) return question.NoModelList();
        return latency > Slow ? question.Slow(latency) : question.Works();
    }

    private static ProviderStatus NoKey(Provider provider, Secret secret) => secret.Unavailable is { } reason
        ? new ProviderStatus(provider.Id, ProviderLight.Failed, $"The {provider.Credentials.SignIn?.Word ?? "key"} of {provider.DisplayName} cannot be read now: {reason}",
            provider.Credentials.SignIn is null ? $"Check {GatewaySettings.KeyVaultUri} and what the gateway may do there, or set {provider.KeySettings[0]}."
                : $"Check the identity that the gateway signs in with, and {provider.KeySettings[0]} where one is set.") { Checked = "" }
        : new ProviderStatus(provider.Id, ProviderLight.NoKey, $"{provider.DisplayName} has no key here.",
        $"Set {string.Join(" or ", provider.KeySettings)}, or the Key Vault secret {SecretName.Of(provider.KeySettings[0])}.") { Checked = "" };

    /// <summary>One check, with the texts of its outcomes. None of them contains the key or a provider's own text.</summary>
    private sealed record Question(Provider Provider, Uri Uri, Secret Key)
    {
        private string Name => Provider.DisplayName;

        private string Setting => GatewaySettings.BaseUrlOf(Provider);

        public ProviderStatus Works() => Is(ProviderLight.Works, Key.Value is null ? $"{Name} responds." : $"{Name} responds and accepts the key.");

        public ProviderStatus Slow(TimeSpan latency) =>
            Is(ProviderLight.Degraded, $"{Name} responds, but took {latency.TotalSeconds.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)} s.");

        public ProviderStatus TooSlow(TimeSpan limit) =>
            Is(ProviderLight.Failed, $"{Name} did not respond within {limit.TotalSeconds:0} s.", $"Check the network between the gateway and {Uri.Host}, and {Setting}.");

        public ProviderStatus Unreachable(string reason) =>
            Is(ProviderLight.Failed, reason, $"Check that the gateway's machine reaches {Uri.Authority} (network, proxy, certificate), and {Setting}.");

        public ProviderStatus NoModelList() =>
            Is(ProviderLight.Failed, $"The server at {Uri.Authority} is not {Name}'s API: its response is not a list of models.",
            $"Set {Setting} to {Name}'s base URL, or remove it to use {Provider.DefaultBaseUrl}.");

        public ProviderStatus Refused(int status, in ErrorDetails details)
        {
            if (status is 401 or 403 || Provider.Credentials.IsRefusal(status, details))
                return Is(ProviderLight.Failed, $"{Name} refuses the key (status {status}).", MendKey(status, details)) with { IsKeyRefused = true };
            return status switch
            {
                404 or 405 => Is(ProviderLight.Failed, $"There is no list of models at {Uri.Authority} (status {status}).",
                    $"Set {Setting} to {Name}'s base URL, or remove it to use {Provider.DefaultBaseUrl}."),
                429 => Is(ProviderLight.Degraded, $"{Name} responds, but limits requests now (status 429).", $"Wait, or raise the limits of the account at {Name}."),
                >= 500 => Is(ProviderLight.Degraded, $"{Name} has a failure of its own (status {status}).", $"Wait, and look at {Name}'s status page."),
                >= 300 and < 400 => Is(ProviderLight.Failed, $"{Uri.Authority} sends the gateway on to another address (status {status}), which it does not follow.",
                    $"Set {Setting} to the address where {Name}'s API is."),
                _ => Is(ProviderLight.Failed, $"{Name} refuses the list of its models (status {status}).", $"Check {KeyPlace()} and {Setting}."),
            };
        }

        private string MendKey(int status, in ErrorDetails details) =>
            Provider.Credentials.Advice(status, details, KeyPlace()) ?? Provider.Credentials.SignIn?.Advice(KeyPlace()) ??
            $"Put a valid key of {Name} into {KeyPlace()}.{(status == 403 ? $" If the key is right, check at {Name} what it may do and from where." : "")}";

        private string KeyPlace()
        {
            var setting = Key.Setting ?? Provider.KeySettings.FirstOrDefault();
            if (setting is null || Provider.KeyParts.Any(part => part.Name == setting)) return ProviderKey.Of(Key).PlaceAt(Provider);
            return Key.Origin == SecretOrigin.KeyVault ? $"the Key Vault secret {SecretName.Of(setting)}"
                : $"the setting {setting} (or remove it, and use the Key Vault secret {SecretName.Of(setting)})";
        }

        private ProviderStatus Is(ProviderLight light, string message, string? fix = null) => new(Provider.Id, light, message, fix) { Checked = "" };
    }
}
