using System.Net;
using System.Security.Cryptography;
using Nano.LocalHost.Tests.Hosting;
using Nano.Providers.Bedrock;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Bedrock;

/// <summary>The address and the signature of requests, as the provider receives them.</summary>
public sealed class BedrockKeyTests
{
    private const string Answer =
        """{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}""";

    [Fact]
    public async Task A_bedrock_key_is_sent_as_a_bearer_token()
    {
        await using var gateway = await StartAsync("BEDROCK_API_KEY=own-key-0123456789", "AWS_ACCESS_KEY_ID=AKIAOTHER", "AWS_SECRET_ACCESS_KEY=other");
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("bedrock/us.amazon.nova-lite-v1:0"), UpstreamScript.Json(Answer));
        reply.Status.ShouldBe(HttpStatusCode.OK);
        var request = gateway.Upstream.Request;
        request.Target.ShouldBe("/bedrock/model/us.amazon.nova-lite-v1%3A0/converse");
        request.Headers["authorization"].ShouldBe("Bearer own-key-0123456789");
        request.Headers.ContainsKey("x-amz-date").ShouldBeFalse();
    }

    /// <summary>Computes the signature again from the received request: method, target, headers and bytes.</summary>
    [Theory]
    [InlineData("bedrock/us.amazon.nova-lite-v1:0", false, null)]
    [InlineData("bedrock/us.amazon.nova-lite-v1:0", true, "session-token/with+odd=chars")]
    [InlineData("bedrock/arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a+b(c)'d", false, null)]
    public async Task An_aws_key_signs_the_request_that_arrives(string model, bool stream, string? token)
    {
        var key = new AwsKey("AKIAEXAMPLE", "the/secret+of=it", token);
        await using var gateway = await StartAsync($"AWS_ACCESS_KEY_ID={key.Id}", $"AWS_SECRET_ACCESS_KEY={key.Secret}", $"AWS_SESSION_TOKEN={token}");
        var answer = stream
            ? BedrockFixture.Stream(AmazonEventStream.Event("messageStop", """{"stopReason":"end_turn"}"""), AmazonEventStream.Event("metadata", "{}"))
            : UpstreamScript.Json(Answer);
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(model, stream), answer);
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);

        var request = gateway.Upstream.Request;
        var time = request.Headers["x-amz-date"];
        var headers = new List<(string, string)> { ("host", request.Headers["host"]), ("x-amz-date", time) };
        if (token is not null) headers.Add(("x-amz-security-token", request.Headers["x-amz-security-token"]));
        var hash = Convert.ToHexStringLower(SHA256.HashData(request.Body));
        request.Headers["authorization"].ShouldBe(AwsSignature.Authorization("POST", request.Target, "", headers, hash, key, "eu-central-1", "bedrock", time));
        request.Headers.GetValueOrDefault("x-amz-security-token").ShouldBe(token);
        reply.Text.ShouldNotContain(key.Secret);
    }

    [Theory]
    [InlineData("Amazon Bedrock has no key here. Set BEDROCK_API_KEY or AWS_BEARER_TOKEN_BEDROCK (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or the Key Vault secret bedrock-api-key.")]
    [InlineData("Amazon Bedrock is not set up here. Set AWS_REGION, for instance to us-east-1.", "AWS_REGION=", "BEDROCK_BASE_URL=", "BEDROCK_API_KEY=k0123456789")]
    public async Task A_missing_part_of_the_key_is_named(string message, params string[] settings)
    {
        await using var gateway = await StartAsync(settings);
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("bedrock/amazon.nova-lite-v1:0"));
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        reply.Error().GetProperty("message").GetString().ShouldBe(message);
    }

    /// <summary>Amazon's error repeats the text to sign, including the session token.</summary>
    [Fact]
    public async Task No_error_contains_a_part_of_a_key()
    {
        await using var gateway = await StartAsync("AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret-of-it", "AWS_SESSION_TOKEN=the-session-token");
        var said = """{"message":"The request signature we calculated does not match. The Canonical String should have been 'POST x-amz-security-token:the-session-token AKIAEXAMPLE the-secret-of-it'"}""";
        var reply = await gateway.ChatAsync(GatewayFixture.Ask("bedrock/amazon.nova-lite-v1:0"),
            new UpstreamScript(403).Header("x-amzn-errortype", "InvalidSignatureException").Send(said));
        reply.Status.ShouldBe(HttpStatusCode.BadGateway);
        reply.Text.ShouldNotContain("the-session-token");
        reply.Text.ShouldNotContain("the-secret-of-it");
        reply.Text.ShouldNotContain("AKIAEXAMPLE");
        reply.Error().GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("Check AWS_SECRET_ACCESS_KEY");
    }

    private static async Task<KeyGateway> StartAsync(params string[] settings)
    {
        var gateway = new KeyGateway(settings);
        await gateway.InitializeAsync();
        return gateway;
    }

    private sealed class KeyGateway(string[] settings) : GatewayFixture, IAsyncDisposable
    {
        protected override Dictionary<string, string> Settings(string upstream)
        {
            var all = new Dictionary<string, string>
            {
                ["API_KEY"] = CallerKey, ["PORT"] = "0", ["AWS_REGION"] = "eu-central-1", ["BEDROCK_BASE_URL"] = $"{upstream}/bedrock",
            };
            foreach (var setting in settings) all[setting[..setting.IndexOf('=')]] = setting[(setting.IndexOf('=') + 1)..];
            return all;
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
