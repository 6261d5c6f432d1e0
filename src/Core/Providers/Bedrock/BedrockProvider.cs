using System.Net.Http.Headers;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.BedrockConverse;
using Nano.Secrets;

namespace Nano.Providers.Bedrock;

/// <summary>
/// Amazon Bedrock by its Converse API. A model is named by its id (<c>amazon.nova-lite-v1:0</c>), an inference profile
/// (<c>us.anthropic.claude-...</c>, <c>global.</c>) or an ARN. The key is one of Bedrock's own, sent as it is, or one of AWS
/// that signs each request.
/// </summary>
/// <param name="region">Where models run (<c>us-east-1</c>), checked; null when no setting says it.</param>
internal sealed class BedrockProvider(IUpstreamDialect converse, string? region, TimeProvider time) : IProvider
{
    public const string Region = "AWS_REGION", OtherRegion = "AWS_DEFAULT_REGION";

    private const string KeyId = "AWS_ACCESS_KEY_ID", KeySecret = "AWS_SECRET_ACCESS_KEY", KeyToken = "AWS_SESSION_TOKEN";
    private const string RuntimeHost = "bedrock-runtime.", ControlHost = "bedrock.";
    private const string ExampleRegion = "us-east-1";

    public string Id => "bedrock";

    public string DisplayName => "Amazon Bedrock";

    public IReadOnlyList<string> Aliases => ["aws"];

    public IReadOnlyList<string> KeySettings { get; } = ["BEDROCK_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"];

    public IReadOnlyList<ProviderSetting> KeyParts { get; } =
    [
        new(KeyId, "A key of AWS for Amazon Bedrock, in the place of BEDROCK_API_KEY: its id. Requests are then signed."),
        new(KeySecret, "The secret of AWS_ACCESS_KEY_ID."),
        new(KeyToken, "The session token that belongs to AWS_ACCESS_KEY_ID, where that is temporary (it begins with ASIA)."),
    ];

    public IReadOnlyList<ProviderSetting> OtherSettings { get; } =
    [
        new(Region, "The AWS region whose Amazon Bedrock is used, for instance us-east-1. Until it or BEDROCK_BASE_URL is set, the provider is off."),
        new(OtherRegion, "The AWS region, if AWS_REGION is not set."),
    ];

    public string? DefaultBaseUrl { get; } = $"https://{RuntimeHost}{region ?? ExampleRegion}.{DomainOf(region ?? ExampleRegion)}";

    public bool NeedsBaseUrl => region is null;

    public (string Setting, string? Example) AddressSetting => (Region, ExampleRegion);

    public IReadOnlyList<string> ModelPrefixes => Prefixes.All;

    public IUpstreamDialect Dialect => converse;

    public UsageRules Usage => UsageRules.Anthropic;

    public string? ErrorTypeHeader => "x-amzn-ErrorType";

    /// <summary>The id is one segment of the path, whatever is in it.</summary>
    public Uri BuildUri(string baseUrl, string model, bool stream) =>
        new($"{baseUrl}/model/{Uri.EscapeDataString(model)}/{(stream ? "converse-stream" : "converse")}");

    /// <summary>The list of models is another service's on a host of its own, which is known only beside Amazon's own address.</summary>
    public Uri? BuildModelsUri(string baseUrl)
    {
        var host = new Uri(baseUrl).Host;
        return host.StartsWith(RuntimeHost, StringComparison.Ordinal) && IsAmazons(host)
            ? new Uri($"https://{ControlHost}{host[RuntimeHost.Length..]}/foundation-models")
            : null;
    }

    public void Sign(HttpRequestHeaders headers, string? key) => headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

    public void Sign(HttpRequestMessage message, in BodySplice body, string? key)
    {
        if (key?.Split(JointKeySource.Separator) is not { Length: > 1 } parts) Sign(message.Headers, key);
        else AwsSignature.Sign(message, body, new AwsKey(parts[0], parts[1], parts.Length > 2 ? parts[2] : null), RegionOf(message.RequestUri!.Host), "bedrock", time.GetUtcNow());
    }

    public bool IsKeyRefusal(int status, in ErrorDetails details) => status is >= 400 and < 500 && details.Type is
        "UnrecognizedClientException" or "InvalidSignatureException" or "SignatureDoesNotMatch" or "ExpiredTokenException" or "ExpiredToken"
        or "IncompleteSignatureException" or "MissingAuthenticationTokenException" or "InvalidClientTokenId" or "RequestExpired";

    public string? RefusalAdvice(int status, in ErrorDetails details)
    {
        const string keys = $"BEDROCK_API_KEY, or {KeyId}, {KeySecret} and {KeyToken} (or the Key Vault secrets of those names)";
        var said = details.Message ?? "";
        if (said.Contains("Signature expired", StringComparison.Ordinal) || said.Contains("Signature not yet current", StringComparison.Ordinal) || details.Type == "RequestExpired")
            return "The gateway's clock and Amazon's differ by more than five minutes: set the clock.";
        return details.Type switch
        {
            "ExpiredTokenException" or "ExpiredToken" => $"The temporary key has ended: set {KeyId}, {KeySecret} and {KeyToken} anew.",
            "InvalidSignatureException" or "SignatureDoesNotMatch" or "IncompleteSignatureException" => $"Check {KeySecret}, and that {Region} is the region of the address.",
            "UnrecognizedClientException" or "InvalidClientTokenId" or "MissingAuthenticationTokenException" => $"Check {keys}. A temporary key ({KeyId} begins with ASIA) needs its {KeyToken}.",
            "AccessDeniedException" => $"The key may not use this model here: allow bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on it, and see in the AWS console that the account has the model in the region of {Region}.",
            _ => $"Check {keys}.",
        };
    }

    /// <summary>Claude is the same model here as at Anthropic, which the catalogue knows: how it thinks, what it refuses.</summary>
    public ModelAtMaker? MakerOf(string model)
    {
        const string maker = "anthropic.";
        var name = ModelFamily.WithoutPlace(model);
        return name.StartsWith(maker, StringComparison.Ordinal) ? new ModelAtMaker("anthropic", WithoutVersion(name[maker.Length..].ToString())) : null;
    }

    /// <param name="mistakes">Takes what is wrong with the region.</param>
    public static BedrockProvider Create(IUpstreamDialect converse, IReadOnlyDictionary<string, string> settings, List<string> mistakes, TimeProvider time)
    {
        string? region = null;
        foreach (var name in (string[])[Region, OtherRegion])
        {
            if (!settings.TryGetValue(name, out var value) || string.IsNullOrWhiteSpace(value)) continue;
            value = value.Trim().ToLowerInvariant();
            if (IsRegion(value)) region ??= value;
            else mistakes.Add($"{name} must be an AWS region, as in us-east-1.");
        }
        return new BedrockProvider(converse, region, time);
    }

    /// <summary>The address says it where it is Amazon's, also a private endpoint's (<c>vpce-1-2.bedrock-runtime.eu-west-1.vpce.amazonaws.com</c>).</summary>
    private string RegionOf(string host)
    {
        var at = host.IndexOf(ControlHost, StringComparison.Ordinal) is >= 0 and var control ? control + ControlHost.Length
            : host.IndexOf(RuntimeHost, StringComparison.Ordinal) is >= 0 and var runtime ? runtime + RuntimeHost.Length : -1;
        var word = at >= 0 && IsAmazons(host) ? host[at..].Split('.')[0] : "";
        return IsRegion(word) ? word : region ?? ExampleRegion;
    }

    private static bool IsAmazons(string host) => host.EndsWith(".amazonaws.com", StringComparison.Ordinal) || host.EndsWith(".amazonaws.com.cn", StringComparison.Ordinal);

    private static string DomainOf(string region) => region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";

    /// <summary><c>us-gov-west-1</c>. Asked at the start, which does without regular expressions.</summary>
    private static bool IsRegion(string word) =>
        word.Split('-') is [{ Length: 2 } country, _, .., { Length: 1 or 2 } number] parts
        && country.All(char.IsAsciiLetterLower) && number.All(char.IsAsciiDigit)
        && parts[1..^1].All(part => part.Length > 0 && part.All(char.IsAsciiLetterLower));

    /// <summary><c>claude-haiku-4-5-20251001</c> of <c>claude-haiku-4-5-20251001-v1:0</c>.</summary>
    private static string WithoutVersion(string name)
    {
        var at = name.LastIndexOf("-v", StringComparison.Ordinal);
        if (at < 0 || at + 2 == name.Length) return name;
        foreach (var c in name.AsSpan(at + 2))
            if (!char.IsAsciiDigit(c) && c != ':') return name;
        return name[..at];
    }

    /// <summary>A class of its own: the table of makers is made when a name without a provider is first looked for, and not at start.</summary>
    private static class Prefixes
    {
        public static IReadOnlyList<string> All { get; } = ["arn:aws:bedrock:", "us.", "eu.", "apac.", "global.", .. ModelFamily.Makers];
    }
}
