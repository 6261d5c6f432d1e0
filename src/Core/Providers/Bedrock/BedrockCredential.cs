using Nano.Dialects;
using Nano.Secrets;

namespace Nano.Providers.Bedrock;

/// <summary>Sends Bedrock's own key unchanged, or signs each request with an AWS key.</summary>
/// <param name="region">The region for addresses that do not contain one; null if no setting has it.</param>
internal sealed class BedrockCredential(string? region, TimeProvider time) : CredentialScheme
{
    public override void Sign(HttpRequestMessage message, in BodySplice body, string? key)
    {
        if (key?.Split(JointKeySource.Separator) is not { Length: > 1 } parts)
        {
            BearerCredential.Add(message, key);
            return;
        }
        var signingRegion = BedrockProvider.RegionOf(message.RequestUri!.Host) ?? region ?? BedrockProvider.ExampleRegion;
        AwsSignature.Sign(message, body, new AwsKey(parts[0], parts[1], parts.Length > 2 ? parts[2] : null), signingRegion, "bedrock", time.GetUtcNow());
    }

    public override bool IsRefusal(int status, in ErrorDetails details) => status is >= 400 and < 500 && details.Type is
        "UnrecognizedClientException" or "InvalidSignatureException" or "SignatureDoesNotMatch" or "ExpiredTokenException" or "ExpiredToken"
        or "IncompleteSignatureException" or "MissingAuthenticationTokenException" or "InvalidClientTokenId" or "RequestExpired";

    public override string? Advice(int status, in ErrorDetails details, string place)
    {
        var said = details.Message ?? "";
        if (said.Contains("Signature expired", StringComparison.Ordinal) || said.Contains("Signature not yet current", StringComparison.Ordinal)
            || details.Type == "RequestExpired")
            return "The gateway's clock and Amazon's differ by more than five minutes: set the clock.";
        return details.Type switch
        {
            "ExpiredTokenException" or "ExpiredToken" =>
                $"The temporary key has expired: set new values for {BedrockProvider.KeyId}, {BedrockProvider.KeySecret} and {BedrockProvider.KeyToken}.",
            "InvalidSignatureException" or "SignatureDoesNotMatch" or "IncompleteSignatureException" =>
                $"Check {BedrockProvider.KeySecret}, and that {BedrockProvider.Region} is the region of the address.",
            "UnrecognizedClientException" or "InvalidClientTokenId" or "MissingAuthenticationTokenException" =>
                $"Check {place}. A temporary key ({BedrockProvider.KeyId} begins with ASIA) needs its {BedrockProvider.KeyToken}.",
            "AccessDeniedException" =>
                $"The key may not use this model here: allow bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on it, and see in the AWS console that the account has the model in the region of {BedrockProvider.Region}.",
            _ => $"Check {place}.",
        };
    }
}
