using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Embeddings;

namespace Nano.Providers.Bedrock;

/// <summary>
/// Amazon Bedrock through its Converse API. A model is named by its id (<c>amazon.nova-lite-v1:0</c>), an inference profile
/// (<c>us.anthropic.claude-...</c>, <c>global.</c>) or an ARN. The credential is a Bedrock key, sent unchanged, or an AWS key
/// that signs each request.
/// </summary>
internal static class BedrockProvider
{
    public const string Region = "AWS_REGION", OtherRegion = "AWS_DEFAULT_REGION";

    internal const string KeyId = "AWS_ACCESS_KEY_ID", KeySecret = "AWS_SECRET_ACCESS_KEY", KeyToken = "AWS_SESSION_TOKEN";
    private const string RuntimeHost = "bedrock-runtime.", ControlHost = "bedrock.";
    internal const string ExampleRegion = "us-east-1";

    /// <param name="mistakes">Receives a sentence for an invalid region.</param>
    public static Provider Create(IUpstreamDialect converse, IReadOnlyDictionary<string, string> settings, List<string> mistakes, TimeProvider time)
    {
        string? region = null;
        foreach (var name in (string[])[Region, OtherRegion])
        {
            if (!settings.TryGetValue(name, out var value) || string.IsNullOrWhiteSpace(value)) continue;
            value = value.Trim().ToLowerInvariant();
            if (IsRegion(value)) region ??= value;
            else mistakes.Add($"{name} must be an AWS region, as in us-east-1.");
        }
        return Describe(converse, region, time);
    }

    /// <param name="region">Where models run (<c>us-east-1</c>), validated; null if no setting has it.</param>
    internal static Provider Describe(IUpstreamDialect converse, string? region, TimeProvider time) => new()
    {
        Id = "bedrock",
        DisplayName = "Amazon Bedrock",
        TelemetryName = "aws.bedrock",
        Aliases = ["aws"],
        KeySettings = ["BEDROCK_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"],
        KeyParts =
        [
            new(KeyId, "The id of an AWS access key for Amazon Bedrock, used instead of BEDROCK_API_KEY. Requests are then signed."),
            new(KeySecret, "The secret of AWS_ACCESS_KEY_ID."),
            new(KeyToken, "The session token of AWS_ACCESS_KEY_ID, if that is temporary (it begins with ASIA)."),
        ],
        OtherSettings =
        [
            new(Region, "The AWS region of Amazon Bedrock, for example us-east-1. The provider is off until it or BEDROCK_BASE_URL is set."),
            new(OtherRegion, "The AWS region, if AWS_REGION is not set."),
        ],
        DefaultBaseUrl = $"https://{RuntimeHost}{region ?? ExampleRegion}.{DomainOf(region ?? ExampleRegion)}",
        NeedsBaseUrl = region is null,
        AddressSetting = (Region, ExampleRegion),
        Naming = new BedrockNaming(),
        Dialects =
        [
            new(converse, Address) { Usage = UsageRules.Anthropic },
            ModelDialect.ForEmbeddings(converse, new TitanEmbed(), InvokeAddress) with { Models = "*amazon.titan-embed-text*" },
            ModelDialect.ForEmbeddings(converse, new CohereEmbed(onBedrock: true), InvokeAddress) with { Models = "*cohere.embed*" },
        ],
        Credentials = new BedrockCredential(region, time),
        Lister = new ControlLister(),
        ErrorTypeHeader = "x-amzn-ErrorType",
    };

    /// <summary>Escapes the id, so that it is always one path segment.</summary>
    private static Uri Address(string baseUrl, string model, bool stream) =>
        new($"{baseUrl}/model/{Uri.EscapeDataString(model)}/{(stream ? "converse-stream" : "converse")}");

    private static Uri InvokeAddress(string baseUrl, string model, bool stream) => new($"{baseUrl}/model/{Uri.EscapeDataString(model)}/invoke");

    /// <summary>The region in an Amazon host, including private endpoints (<c>vpce-1-2.bedrock-runtime.eu-west-1.vpce.amazonaws.com</c>); null for other
    /// hosts.</summary>
    internal static string? RegionOf(string host)
    {
        var at = host.IndexOf(ControlHost, StringComparison.Ordinal) is >= 0 and var control ? control + ControlHost.Length
            : host.IndexOf(RuntimeHost, StringComparison.Ordinal) is >= 0 and var runtime ? runtime + RuntimeHost.Length : -1;
        var word = at >= 0 && IsAmazons(host) ? host[at..].Split('.')[0] : "";
        return IsRegion(word) ? word : null;
    }

    private static bool IsAmazons(string host) => host.EndsWith(".amazonaws.com", StringComparison.Ordinal) || host.EndsWith(".amazonaws.com.cn", StringComparison.Ordinal);

    private static string DomainOf(string region) => region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";

    /// <summary><c>us-gov-west-1</c>. Runs at start, so it avoids regular expressions.</summary>
    private static bool IsRegion(string word) =>
        word.Split('-') is [{ Length: 2 } country, _, .., { Length: 1 or 2 } number] parts
        && country.All(char.IsAsciiLetterLower) && number.All(char.IsAsciiDigit)
        && parts[1..^1].All(part => part.Length > 0 && part.All(char.IsAsciiLetterLower));

    /// <summary>The list of models belongs to another service on another host, which is known only for Amazon's own addresses.</summary>
    private sealed class ControlLister : IModelLister
    {
        public ModelListForm? Form => null;

        public Uri? CheckAddress(string baseUrl)
        {
            var host = new Uri(baseUrl).Host;
            return host.StartsWith(RuntimeHost, StringComparison.Ordinal) && IsAmazons(host)
                ? new Uri($"https://{ControlHost}{host[RuntimeHost.Length..]}/foundation-models")
                : null;
        }
    }
}
