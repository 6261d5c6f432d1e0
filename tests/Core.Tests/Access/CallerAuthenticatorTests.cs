using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Configuration;
using Nano.Errors;

namespace Nano.Tests.Access;

public sealed class CallerAuthenticatorTests
{
    private static readonly CallerAuthenticator Authenticator = new(new GatewayKey(new GatewayOptions { ApiKey = "the-right-key" }), new CallerTokens(TimeProvider.System));

    /// <summary>The key is available, so the check must complete synchronously.</summary>
    private static GatewayError? Refusal(CallerAuthenticator authenticator, IHeaderDictionary headers)
    {
        var pending = authenticator.CheckAsync(headers, CancellationToken.None).AsTask();
        pending.IsCompletedSuccessfully.ShouldBeTrue();
        var check = pending.Result;
        (check.Caller is null).ShouldBe(check.Refused is not null);
        return check.Refused;
    }

    [Theory]
    [InlineData("Authorization", "Bearer the-right-key")]
    [InlineData("Authorization", "bearer the-right-key")]
    [InlineData("x-api-key", "the-right-key")]
    [InlineData("api-key", "the-right-key")]
    [InlineData("x-goog-api-key", "the-right-key")]
    public void A_key_is_accepted_in_every_place_where_SDKs_send_it(string header, string value) =>
        Refusal(Authenticator, new HeaderDictionary { [header] = value }).ShouldBeNull();

    [Theory]
    [InlineData("Authorization", "Bearer the-wrong-key")]
    [InlineData("Authorization", "Bearer the-right-key2")]
    [InlineData("Authorization", "Basic the-right-key")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("x-api-key", "")]
    [InlineData("x-api-key", "The-right-key")]
    [InlineData("cookie", "the-right-key")]
    public void Anything_else_is_refused(string header, string value) =>
        Refusal(Authenticator, new HeaderDictionary { [header] = value })!.Status.ShouldBe(401);

    [Fact]
    public void A_missing_key_and_a_wrong_one_have_different_errors()
    {
        Refusal(Authenticator, new HeaderDictionary())!.Message.ShouldContain("No API key was given");
        Refusal(Authenticator, new HeaderDictionary { ["api-key"] = "x" })!.Message.ShouldContain("not this gateway's key");
    }

    [Fact]
    public void An_overlong_key_is_refused() =>
        Refusal(Authenticator, new HeaderDictionary { ["api-key"] = new string('x', 100_000) })!.Status.ShouldBe(401);

    [Fact]
    public void Without_its_own_key_the_gateway_refuses_every_caller_and_names_the_setting()
    {
        var closed = new CallerAuthenticator(new GatewayKey(new GatewayOptions { ApiKey = null, CallerKeyProblem = "Set API_KEY." }), new CallerTokens(TimeProvider.System));
        var error = Refusal(closed, new HeaderDictionary { ["api-key"] = "Nano" })!;
        error.Status.ShouldBe(503);
        error.Message.ShouldContain("API_KEY");
    }
}
