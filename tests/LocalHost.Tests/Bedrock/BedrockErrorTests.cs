using System.Net;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Bedrock;

public sealed class BedrockErrorTests(BedrockFixture gateway) : IClassFixture<BedrockFixture>
{
    /// <summary>The oddities bedrock_error_type_header and error_without_error_key:message: the type is in a header, the message in the body.</summary>
    [SkippableTheory]
    [InlineData("bedrock-converse-one-error-3d8ccc", HttpStatusCode.NotFound, "ResourceNotFoundException")]
    [InlineData("bedrock-converse-one-error-9b9d4b", HttpStatusCode.BadRequest, null)]
    [InlineData("bedrock-converse-one-error-b99188", HttpStatusCode.BadRequest, null)]
    [InlineData("bedrock-converse-one-error-ced037", HttpStatusCode.BadRequest, null)]
    [InlineData("bedrock-converse-one-error-dd5967", HttpStatusCode.BadRequest, null)]
    public async Task A_recorded_error_keeps_its_status_and_message(string id, HttpStatusCode status, string? type)
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get(id);
        var reply = await gateway.ReplayAsync(wire);
        reply.Status.ShouldBe(status);
        reply.Error().GetProperty("message").GetString().ShouldBe(wire.ResponseBody.GetProperty("message").GetString());
        if (type is not null) reply.Error().GetProperty("code").GetString().ShouldBe(type);
    }

    [SkippableFact]
    public async Task A_recorded_refusal_of_the_key_names_what_to_check()
    {
        WireCorpus.Require();
        var reply = await gateway.ReplayAsync(WireCorpus.Get("bedrock-converse-one-error-8b8b93"));
        reply.Status.ShouldBe(HttpStatusCode.BadGateway);
        var error = reply.Error();
        error.GetProperty("code").GetString().ShouldBe("provider_auth_failed");
        error.GetProperty("message").GetString()
            .ShouldBe("Provider 'bedrock' refused the gateway's key (status 403). Check the setting BEDROCK_API_KEY. A temporary key (AWS_ACCESS_KEY_ID begins with ASIA) needs its AWS_SESSION_TOKEN. It says: The security token included in the request is invalid.");
    }

    [Fact]
    public async Task A_rate_limit_keeps_its_retry_after()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(BedrockFixture.Model),
            new UpstreamScript(429).Header("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/").Header("retry-after", "7")
                .Send("""{"message":"Too many tokens."}"""));
        reply.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        reply.Headers["retry-after"].ShouldBe("7");
        reply.Error().GetProperty("code").GetString().ShouldBe("ThrottlingException");
    }

    [Theory]
    [InlineData("<html>Bad gateway</html>", HttpStatusCode.BadGateway, 502)]
    [InlineData("", HttpStatusCode.BadGateway, 500)]
    [InlineData("""{"Message":"No."}""", HttpStatusCode.BadRequest, 400)]
    [InlineData("""{"__type":"com.amazon.coral.validate#ValidationException","message":"No."}""", HttpStatusCode.BadRequest, 400)]
    public async Task Any_error_body_makes_an_error(string body, HttpStatusCode status, int upstream)
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(BedrockFixture.Model), new UpstreamScript(upstream).Send(body));
        reply.Status.ShouldBe(status);
        reply.Error().GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_message_and_a_status_in_a_200_are_an_error_with_that_status()
    {
        var reply = await gateway.ChatAsync(GatewayFixture.Ask(BedrockFixture.Model), UpstreamScript.Json("""{"message":"m","status":404}"""));
        reply.Status.ShouldBe(HttpStatusCode.NotFound);
        reply.Error().GetProperty("message").GetString().ShouldBe("m");
    }
}
