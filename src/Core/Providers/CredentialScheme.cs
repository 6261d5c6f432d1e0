using Nano.Dialects;
using Nano.Secrets;

namespace Nano.Providers;

/// <summary>How requests carry a provider's credential, and how the provider reports that it refuses one. Stateless.</summary>
internal abstract class CredentialScheme
{
    /// <summary>Short-lived tokens that replace a key; null if the scheme has none, or if a key is set.</summary>
    public virtual TokenSignIn? SignIn => null;

    /// <summary>
    /// Adds the credential and anything else the provider requires on every request. Called once per request, and again for each
    /// retry: a signature may cover method, address and content.
    /// </summary>
    /// <param name="body">The content of <paramref name="message"/>; empty for a GET.</param>
    /// <param name="key">Null when the provider needs no key.</param>
    public abstract void Sign(HttpRequestMessage message, in BodySplice body, string? key);

    /// <summary>Whether an error response other than 401 and 403 reports that the gateway's key is refused.</summary>
    public virtual bool IsRefusal(int status, in ErrorDetails details) => false;

    /// <summary>What to do about a refused key, as a sentence; null for the default advice to check <paramref name="place"/>.</summary>
    /// <param name="place">Where the key is, as a noun: <c>the setting OPENAI_API_KEY</c>.</param>
    public virtual string? Advice(int status, in ErrorDetails details, string place) => null;
}

/// <summary>Sends no credential.</summary>
internal sealed class NoCredential : CredentialScheme
{
    public static NoCredential Instance { get; } = new();

    public override void Sign(HttpRequestMessage message, in BodySplice body, string? key)
    {
    }
}

/// <summary>Sends the key as <c>Authorization: Bearer KEY</c> (RFC 6750); nothing when there is no key.</summary>
internal sealed class BearerCredential : CredentialScheme
{
    public static BearerCredential Instance { get; } = new();

    public override void Sign(HttpRequestMessage message, in BodySplice body, string? key) => Add(message, key);

    internal static void Add(HttpRequestMessage message, string? key)
    {
        if (key is not null) message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
    }
}

/// <summary>Short-lived tokens used instead of a provider's key.</summary>
/// <param name="Word">What messages call them: <c>Entra token</c>.</param>
/// <param name="Advice">What to do when the provider refuses them, as a sentence, from where the key is.</param>
/// <param name="Settings">What they depend on besides the key: with equal settings, tokens stay in use when <c>nano.json</c> changes.</param>
/// <param name="Exchange">Creates the client that fetches them, when the first one is needed.</param>
internal sealed record TokenSignIn(string Word, Func<string, string> Advice, object Settings, Func<TokenMeans, ITokenExchange> Exchange);
