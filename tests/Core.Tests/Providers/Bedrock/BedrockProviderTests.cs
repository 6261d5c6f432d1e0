using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nano.Dialects;
using Nano.Dialects.BedrockConverse;
using Nano.Providers;
using Nano.Providers.Bedrock;
using Nano.Providers.Catalogue;
using Nano.Testing;

namespace Nano.Tests.Providers.Bedrock;

public sealed class BedrockProviderTests
{
    [Theory]
    [InlineData("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "/model/us.anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse")]
    [InlineData("minimax.minimax-m2", "/model/minimax.minimax-m2/converse")]
    [InlineData("arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A000000000000%3Ainference-profile%2Fus.anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse")]
    public void A_models_id_is_one_segment_of_the_path(string model, string path)
    {
        var provider = Create([]);
        provider.Address("https://h", model, stream: false).AbsolutePath.ShouldBe(path);
        provider.Address("https://h/base", model, stream: true).AbsolutePath.ShouldBe($"/base{path}-stream");
    }

    /// <summary>The recordings contain both forms of the path; the gateway's is one of them.</summary>
    [SkippableFact]
    public void Recorded_addresses_equal_the_gateways()
    {
        WireCorpus.Require();
        var provider = Create([]);
        foreach (var wire in WireCorpus.Of("converse").Where(w => w is { Provider: "bedrock", Model: not null } && !w.Url.Contains('<')))
        {
            var stream = wire.Url.EndsWith("-stream", StringComparison.Ordinal);
            provider.Address("https://bedrock-runtime.us-east-1.amazonaws.com", wire.Model!, stream).OriginalString.ShouldBe(wire.Url);
        }
    }

    [Theory]
    [InlineData("", "https://bedrock-runtime.us-east-1.amazonaws.com", true, "")]
    [InlineData("AWS_REGION=eu-west-3", "https://bedrock-runtime.eu-west-3.amazonaws.com", false, "")]
    [InlineData("AWS_DEFAULT_REGION= US-WEST-2 ", "https://bedrock-runtime.us-west-2.amazonaws.com", false, "")]
    [InlineData("AWS_REGION=us-gov-west-1;AWS_DEFAULT_REGION=us-east-1", "https://bedrock-runtime.us-gov-west-1.amazonaws.com", false, "")]
    [InlineData("AWS_REGION=cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn", false, "")]
    [InlineData("AWS_REGION=Frankfurt", "https://bedrock-runtime.us-east-1.amazonaws.com", true, "AWS_REGION must be an AWS region, as in us-east-1.")]
    [InlineData("AWS_REGION=evil.example/#-1", "https://bedrock-runtime.us-east-1.amazonaws.com", true, "AWS_REGION must be an AWS region, as in us-east-1.")]
    [InlineData("AWS_DEFAULT_REGION=x", "https://bedrock-runtime.us-east-1.amazonaws.com", true, "AWS_DEFAULT_REGION must be an AWS region, as in us-east-1.")]
    public void The_region_determines_the_base_URL(string settings, string baseUrl, bool isOff, string mistake)
    {
        var mistakes = new List<string>();
        Provider provider = BedrockProvider.Create(new BedrockConverseDialect(), Settings(settings), mistakes, TimeProvider.System);
        provider.DefaultBaseUrl.ShouldBe(baseUrl);
        provider.NeedsBaseUrl.ShouldBe(isOff);
        provider.AddressSetting.ShouldBe(("AWS_REGION", "us-east-1"));
        mistakes.ShouldBe(mistake.Length > 0 ? [mistake] : []);
    }

    [Theory]
    [InlineData("https://bedrock-runtime.eu-west-3.amazonaws.com", "https://bedrock.eu-west-3.amazonaws.com/foundation-models")]
    [InlineData("https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "https://bedrock.cn-north-1.amazonaws.com.cn/foundation-models")]
    [InlineData("http://127.0.0.1:9/bedrock", null)]
    [InlineData("https://vpce-1-2.bedrock-runtime.eu-west-1.vpce.amazonaws.com", null)]
    [InlineData("https://bedrock-runtime.example.com", null)]
    public void The_list_of_models_is_on_another_host(string baseUrl, string? expected) => Create([]).Lister!.CheckAddress(baseUrl)?.OriginalString.ShouldBe(expected);

    [Theory]
    [InlineData("https://bedrock-runtime.eu-west-3.amazonaws.com/x", "eu-west-3")]
    [InlineData("https://bedrock.eu-west-3.amazonaws.com/foundation-models", "eu-west-3")]
    [InlineData("https://vpce-0-1.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com/x", "ap-southeast-2")]
    [InlineData("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/x", "eu-central-1")]
    [InlineData("https://proxy.example.com/x", "eu-central-1")]
    public void A_signature_is_for_the_region_of_the_address(string address, string region)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        Create(["AWS_REGION=eu-central-1"]).Sign(message, "AKIA1\nsecret\ntoken");
        message.Headers.GetValues("Authorization").Single()
            .ShouldStartWith($"AWS4-HMAC-SHA256 Credential=AKIA1/20261123/{region}/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=");
    }

    [Fact]
    public void A_Bedrock_key_is_sent_unchanged()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "https://h/x");
        Create([]).Sign(message, "bedrock-api-key-1");
        message.Headers.ToString().ReplaceLineEndings("\n").ShouldBe("Authorization: Bearer bedrock-api-key-1\n");
    }

    [Theory]
    [InlineData("UnrecognizedClientException", "The security token included in the request is invalid.", "AWS_SESSION_TOKEN")]
    [InlineData("ExpiredTokenException", "The security token included in the request is expired", "has expired")]
    [InlineData("InvalidSignatureException", "The request signature we calculated does not match the signature you provided.", "Check AWS_SECRET_ACCESS_KEY")]
    [InlineData("InvalidSignatureException", "Signature expired: 20261123T000000Z is now earlier than 20261123T120000Z", "set the clock")]
    [InlineData("InvalidSignatureException", "Signature not yet current: 20261123T000000Z is still later than 20261122T120000Z", "set the clock")]
    [InlineData("AccessDeniedException", "You don't have access to the model with the specified model ID.", "bedrock:InvokeModel")]
    [InlineData(null, null, "Check the setting X.")]
    public void A_refused_key_comes_with_advice(string? type, string? message, string advice) =>
        Create([]).Credentials.Advice(403, new ErrorDetails(message, type, null, null), "the setting X").ShouldNotBeNull().ShouldContain(advice);

    [Theory]
    [InlineData(400, "ExpiredTokenException", true)]
    [InlineData(400, "ValidationException", false)]
    [InlineData(500, "InvalidSignatureException", false)]
    public void A_refusal_is_recognised_by_its_type(int status, string type, bool expected) =>
        Create([]).Credentials.IsRefusal(status, new ErrorDetails("m", type, null, null)).ShouldBe(expected);

    /// <summary>Claude's traits come from Anthropic; other models are not in the catalogue.</summary>
    [Theory]
    [InlineData("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5")]
    [InlineData("anthropic.claude-opus-4-8", "claude-opus-4-8")]
    [InlineData("arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-sonnet-4-6-v1", "claude-sonnet-4-6")]
    [InlineData("anthropic.claude-of-tomorrow-v1:0", null)]
    [InlineData("amazon.nova-lite-v1:0", null)]
    [InlineData("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", null)]
    public void Claude_is_known_from_anthropic(string model, string? known)
    {
        var found = Create([]).Naming.MakerOf(model) is { } maker ? ModelCatalogue.Embedded.Find(maker.Provider, maker.Model) : null;
        found?.Name.ShouldBe($"anthropic/{known}");
        (found is null).ShouldBe(known is null);
    }

    [Theory]
    [InlineData("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5")]
    [InlineData("us.anthropic.claude-of-tomorrow", "anthropic.")]
    [InlineData("anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku")]
    [InlineData("jp.anthropic.claude-opus-4-7", "anthropic.claude-opus-4-7")]
    [InlineData("us-gov.amazon.nova-pro-v1:0", "amazon.nova")]
    [InlineData("global.amazon.nova-2-lite-v1:0", "amazon.nova-2")]
    [InlineData("mistral.mistral-7b-instruct-v0:2", "mistral.mistral-7b")]
    [InlineData("mistral.pixtral-large-2502-v1:0", "mistral.")]
    [InlineData("us.writer.palmyra-x5-v1:0", "writer.")]
    [InlineData("arn:aws:bedrock:us-east-1::foundation-model/qwen.qwen3-32b-v1:0", "qwen.")]
    [InlineData("arn:aws:bedrock:us-east-1:1:provisioned-model/abc", "")]
    [InlineData("model-of-tomorrow", "")]
    [InlineData("us.someone.new-model", "")]
    public void A_family_is_found_by_the_id(string model, string prefix) => ModelFamily.Of(model).Prefix.ShouldBe(prefix);

    [Theory]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA1", "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: Amazon Bedrock needs both, or BEDROCK_API_KEY.")]
    [InlineData("AWS_SECRET_ACCESS_KEY=s", "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not: Amazon Bedrock needs both, or BEDROCK_API_KEY.")]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA1;AWS_SECRET_ACCESS_KEY=s", null)]
    [InlineData("AWS_ACCESS_KEY_ID=AKIA1;KEY_VAULT_URI=https://x.vault.azure.net", null)]
    public void An_incomplete_key_causes_a_warning(string settings, string? warning)
    {
        var reading = new ServiceCollection().AddGateway(Settings(settings));
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBe(warning is null ? [] : [warning]);
    }

    private static Provider Create(string[] settings) =>
        BedrockProvider.Create(new BedrockConverseDialect(), Settings(string.Join(';', settings)), [],
        new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 13, 0, 0, TimeSpan.Zero)));

    private static Dictionary<string, string> Settings(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries).ToDictionary(pair => pair.Split('=')[0], pair => pair[(pair.IndexOf('=') + 1)..]);
}
