using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;

namespace Nano.Secrets;

/// <summary>
/// Reads secrets with Azure's <c>SecretClient</c>. No Azure library is loaded before the first read. No content is logged or
/// traced by the client, and no text of its exceptions leaves this class: it may name tenants, accounts and addresses.
/// </summary>
/// <param name="vault">The vault's address: https, host only.</param>
/// <param name="onAzure">Signs in only as the app's managed identity, never with developer tools.</param>
/// <param name="credential">For tests: replaces the identity.</param>
/// <param name="configure">For tests: changes the client's options last.</param>
/// <param name="isDocument">Whether the text of the secret with this name is not sent in a header, and may contain blanks and line breaks. Null: no text is.</param>
internal sealed class KeyVaultReader(Uri vault, bool onAzure, TimeProvider time, TokenCredential? credential = null, Action<SecretClientOptions>? configure = null,
    Func<string, bool>? isDocument = null) : IVaultReader
{
    private readonly KeyVaultProblems _problems = new(vault, onAzure);
    private readonly Lock _lock = new();
    private SecretClient? _client;
    private Task<VaultReading>? _first;

    public string Host => vault.Authority;

    /// <summary>
    /// The first read runs alone, whatever its result: it gets the vault's challenge and the token, which the client keeps. Parallel first
    /// reads would each be challenged before they signed in.
    /// </summary>
    public async Task<VaultReading> ReadAsync(string name, CancellationToken cancellationToken)
    {
        Task<VaultReading> first;
        bool isFirst;
        lock (_lock)
        {
            isFirst = _first is null;
            first = _first ??= ReadOnceAsync(name, cancellationToken);
        }
        if (isFirst) return await first.ConfigureAwait(false);
        await ((Task)first).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return await ReadOnceAsync(name, cancellationToken).ConfigureAwait(false);
    }

    private async Task<VaultReading> ReadOnceAsync(string name, CancellationToken cancellationToken)
    {
        // Also keeps Azure's assemblies and the sign-in out of the lock of the first read.
        await Task.Yield();
        try
        {
            KeyVaultSecret secret = await Client().GetSecretAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false);
            return Reading(name, secret);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode == "SecretNotFound")
        {
            return VaultReading.Missing;
        }
        catch (RequestFailedException e) when (e.Status != 0)
        {
            return _problems.OfResponse(name, e, time.GetUtcNow());
        }
        catch (Exception e)
        {
            return VaultReading.Failed(_problems.OfNoResponse(e));
        }
    }

    /// <summary>Created on first use: a cold start must not wait for Azure's assemblies.</summary>
    private SecretClient Client()
    {
        if (Volatile.Read(ref _client) is { } ready) return ready;
        lock (_lock) return _client ??= Connect(vault, onAzure, credential, configure);
    }

    /// <summary>The vault returns secrets outside of their validity too, and leaves the check to clients.</summary>
    private VaultReading Reading(string name, KeyVaultSecret secret)
    {
        var now = time.GetUtcNow();
        var properties = secret.Properties;
        if (properties.Enabled == false) return VaultReading.Unusable(_problems.Disabled(name));
        if (properties.NotBefore is { } start && start > now) return VaultReading.Unusable($"{_problems.Secret(name)} is not valid before {Day(start)}.");
        if (properties.ExpiresOn is { } end && end <= now)
            return VaultReading.Unusable($"{_problems.Secret(name)} expired at {Day(end)}. Set a new version of it, or a later expiry date.");
        if (string.IsNullOrEmpty(secret.Value)) return VaultReading.Unusable($"{_problems.Secret(name)} is empty.");
        return isDocument?.Invoke(name) != true && KeyText.Problem(secret.Value) is { } problem
            ? VaultReading.Unusable($"{_problems.Secret(name)} {problem}")
            : VaultReading.Found(secret.Value, properties.ExpiresOn);
    }

    private static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static SecretClient Connect(Uri vault, bool onAzure, TokenCredential? credential, Action<SecretClientOptions>? configure)
    {
        var options = new SecretClientOptions { RetryPolicy = new OneMoreTry() };
        // One try; CachedSecret limits the total time.
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        AzureSignIn.Hush(options.Diagnostics);
        configure?.Invoke(options);
        return new SecretClient(vault, credential ?? AzureSignIn.Create(onAzure), options);
    }

    /// <summary>
    /// One broken connection does not count as a failure. All other waits are the task of <see cref="CachedSecret"/>, which also knows who is
    /// waiting; a vault that throttles is not asked again here.
    /// </summary>
    private sealed class OneMoreTry() : RetryPolicy(1, DelayStrategy.CreateFixedDelayStrategy(TimeSpan.FromMilliseconds(200)))
    {
        protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
            message.HasResponse && (message.Response.Status == 429 || message.Response.Headers.Contains("Retry-After")) ? ValueTask.FromResult(false)
            : base.ShouldRetryAsync(message, exception);
    }
}
