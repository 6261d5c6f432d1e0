namespace Nano.Secrets;

/// <summary>How one provider's tokens are acquired: with a key from settings or vault, or by the gateway's identity.</summary>
internal interface ITokenExchange
{
    /// <summary>The issuer of the tokens, for messages: <c>Microsoft Entra</c>.</summary>
    string Issuer { get; }

    /// <summary>False: no key is looked up, and <see cref="FetchAsync"/> gets none.</summary>
    bool WantsKey { get; }

    /// <summary>False: this key (or the lack of one) is used without an exchange.</summary>
    bool Takes(in Secret key);

    /// <summary>Fetches one token. Any exception counts as an unreachable issuer, and its text is not shown.</summary>
    /// <param name="key">A key for which <see cref="Takes"/> is true.</param>
    Task<TokenResponse> FetchAsync(Secret key, CancellationToken cancellationToken);
}

/// <summary>A token, or why there is none. It never shows the token but in <see cref="Token"/>.</summary>
internal readonly struct TokenResponse
{
    /// <summary>Null together with <see cref="Problem"/>.</summary>
    public string? Token { get; private init; }

    public DateTimeOffset EndsAt { get; private init; }

    /// <summary>When to replace it, if the issuer reports it.</summary>
    public DateTimeOffset? ReplaceAt { get; private init; }

    /// <summary>The setting whose value it was fetched with; null for the provider's first setting.</summary>
    public string? Setting { get; private init; }

    public SecretOrigin Origin { get; private init; }

    /// <summary>A sentence for the operator that names what to do, without secrets.</summary>
    public string? Problem { get; private init; }

    public static TokenResponse Found(string token, DateTimeOffset endsAt, SecretOrigin origin, string? setting = null, DateTimeOffset? replaceAt = null) =>
        new() { Token = token, EndsAt = endsAt, ReplaceAt = replaceAt, Origin = origin, Setting = setting };

    public static TokenResponse Failed(string problem) => new() { Problem = problem };

    public override string ToString() => Problem ?? $"a token until {EndsAt:u}";
}

/// <summary>Dependencies of a token exchange.</summary>
/// <param name="Network">The outgoing connection pool, which follows no redirects.</param>
/// <param name="OnAzure">The gateway's identity is the app's managed identity, never an account of developer tools.</param>
internal sealed record TokenMeans(Func<HttpMessageInvoker> Network, TimeProvider Time, bool OnAzure)
{
    /// <summary>Tokens of Microsoft Entra for a scope. No Azure library is loaded before this is called.</summary>
    public Func<string, ITokenExchange> Entra { get => field ?? (scope => new EntraExchange(scope, () => AzureSignIn.Create(OnAzure))); init; }
}
