using Azure.Core;
using Azure.Identity;

namespace Nano.Secrets;

/// <summary>Tokens of Microsoft Entra for the gateway's identity in Azure.</summary>
/// <param name="scope">The scope of the tokens: <c>https://cognitiveservices.azure.com/.default</c>.</param>
/// <param name="signIn">Creates the credential for the first token.</param>
internal sealed class EntraExchange(string scope, Func<TokenCredential> signIn) : ITokenExchange
{
    private TokenCredential? _credential;

    public string Issuer => "Microsoft Entra";

    public bool WantsKey => false;

    public bool Takes(in Secret key) => true;

    public async Task<TokenResponse> FetchAsync(Secret key, CancellationToken cancellationToken)
    {
        try
        {
            _credential ??= signIn();
            var token = await _credential.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken).ConfigureAwait(false);
            return TokenResponse.Found(token.Token, token.ExpiresOn, SecretOrigin.Entra, replaceAt: token.RefreshOn);
        }
        catch (CredentialUnavailableException)
        {
            return TokenResponse.Failed(
                "no account is signed in to Azure. Give the app a managed identity (AZURE_CLIENT_ID names a user-assigned one); on a laptop run 'az login'.");
        }
        catch (AuthenticationFailedException e)
        {
            return TokenResponse.Failed($"signing in to Microsoft Entra failed{AzureSignIn.Code(e)}. Check the identity that the gateway signs in with.");
        }
    }
}
