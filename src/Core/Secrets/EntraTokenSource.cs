using Azure.Core;
using Azure.Identity;

namespace Nano.Secrets;

/// <summary>
/// Tokens of Microsoft Entra in the place of one provider's key; every other key comes from the source behind. One token for
/// one scope is kept in memory and replaced before its end, in the background, by whoever uses it; it is fetched by one at
/// a time, and a failure is told for a while before the next attempt. A token that has expired is never handed out.
/// </summary>
/// <param name="keys">Where all other keys come from.</param>
/// <param name="setting">The name of the key's setting that the tokens stand for.</param>
/// <param name="scope">What the tokens are good for: <c>https://cognitiveservices.azure.com/.default</c>.</param>
/// <param name="signIn">Makes the credential, when the first token is wanted.</param>
internal sealed class EntraTokenSource(ISecretSource keys, string setting, string scope, Func<TokenCredential> signIn, TimeProvider time) : ISecretSource
{
    /// <summary>Before its end, where the token does not say itself when to replace it.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>A token that ends so soon may end on its way.</summary>
    private static readonly TimeSpan TooLate = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private TokenCredential? _credential;
    private Known? _known;
    private Task? _flight;

    public VaultHealth? Vault => keys.Vault;

    public ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        if (!settings.Contains(setting)) return keys.FindAsync(settings, cancellationToken);
        var now = time.GetUtcNow();
        if (Volatile.Read(ref _known) is not { } known) return WaitAsync(Start(), cancellationToken);
        if (now < known.DueAt) return ValueTask.FromResult(known.Secret);
        var flight = Start();
        return now < known.EndsAt ? ValueTask.FromResult(known.Secret) : WaitAsync(flight, cancellationToken);
    }

    /// <summary>A refused token is as good as the next one of the same identity, so none is fetched ahead of its time.</summary>
    public ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken) =>
        settings.Contains(setting) ? FindAsync(settings, cancellationToken) : keys.RereadAsync(settings, refused, cancellationToken);

    private Task Start()
    {
        lock (_lock)
        {
            if (_flight is not null) return _flight;
            // Outside of the request's context: what is fetched is everybody's and no part of one request's trace.
            var isSuppressed = ExecutionContext.IsFlowSuppressed();
            if (!isSuppressed) ExecutionContext.SuppressFlow();
            try
            {
                return _flight = Task.Run(FetchAsync);
            }
            finally
            {
                if (!isSuppressed) ExecutionContext.RestoreFlow();
            }
        }
    }

    private async ValueTask<Secret> WaitAsync(Task flight, CancellationToken cancellationToken)
    {
        try
        {
            await flight.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Secret.NotAvailable($"Microsoft Entra has not answered within {Patience.TotalSeconds:0} seconds.", Pause);
        }
        return Volatile.Read(ref _known)!.Secret;
    }

    private async Task FetchAsync()
    {
        Known known;
        try
        {
            _credential ??= signIn();
            var token = await _credential.GetTokenAsync(new TokenRequestContext([scope]), CancellationToken.None).ConfigureAwait(false);
            var due = token.RefreshOn is { } refresh && refresh < token.ExpiresOn ? refresh : token.ExpiresOn - Early;
            known = new Known(Secret.Found(token.Token, setting, SecretOrigin.Entra), due, token.ExpiresOn - TooLate);
        }
        catch (Exception e)
        {
            known = Failed(Problem(e));
        }
        lock (_lock)
        {
            Volatile.Write(ref _known, known);
            _flight = null;
        }
    }

    /// <summary>The token at hand stays as long as it holds.</summary>
    private Known Failed(string problem)
    {
        var now = time.GetUtcNow();
        if (_known is { Secret.Value: not null } before && now < before.EndsAt) return before with { DueAt = now + Pause };
        return new Known(Secret.NotAvailable(problem, Pause), now + Pause, now + Pause);
    }

    private static string Problem(Exception e) => e switch
    {
        CredentialUnavailableException => "nobody is signed in to Azure here. Give the app a managed identity (AZURE_CLIENT_ID names a user-assigned one); on a laptop run 'az login'.",
        AuthenticationFailedException => $"signing in to Microsoft Entra failed{AzureSignIn.Code(e)}. Check the identity that the gateway signs in with.",
        _ => $"Microsoft Entra cannot be reached ({e.GetType().Name}).",
    };

    /// <param name="DueAt">From then on, use fetches the next one.</param>
    /// <param name="EndsAt">From then on, it is not used.</param>
    private sealed record Known(Secret Secret, DateTimeOffset DueAt, DateTimeOffset EndsAt);
}
