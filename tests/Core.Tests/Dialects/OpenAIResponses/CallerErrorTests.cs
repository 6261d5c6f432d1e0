using Nano.Dialects.OpenAIResponses;
using Nano.Errors;

namespace Nano.Tests.Dialects.OpenAIResponses;

/// <summary>Codex repeats a 503 thirty times, does not repeat a 400, and waits for the <c>Retry-After</c> of a 429: docs/responses.md has the table.</summary>
public sealed class CallerErrorTests
{
    [Theory]
    // What no retry can mend.
    [InlineData(GatewayErrorKind.NotConfigured, 503, null, true, null, 400, null, true)]
    [InlineData(GatewayErrorKind.ProviderRejected, 402, null, true, null, 400, null, true)]
    [InlineData(GatewayErrorKind.ProviderAuthFailed, 502, null, true, "provider_auth_failed", 400, null, true)]
    [InlineData(GatewayErrorKind.TooManyRequests, 429, "604800", true, "budget_exceeded", 400, null, true)]
    [InlineData(GatewayErrorKind.ProviderFailed, 502, "30", true, null, 400, null, true)]
    [InlineData(GatewayErrorKind.ProviderLimited, 429, null, true, "insufficient_quota", 429, null, true)]
    // Overload, and what is mended soon.
    [InlineData(GatewayErrorKind.Overloaded, 503, null, false, "overloaded", 429, "5", false)]
    [InlineData(GatewayErrorKind.Stopping, 503, "1", false, "gateway_stopping", 429, "1", false)]
    [InlineData(GatewayErrorKind.NotConfigured, 503, "10", false, "key_unavailable", 429, "10", false)]
    [InlineData(GatewayErrorKind.ProviderLimited, 503, null, false, null, 429, "5", false)]
    [InlineData(GatewayErrorKind.ProviderLimited, 429, null, false, "rate_limit_exceeded", 429, "5", false)]
    [InlineData(GatewayErrorKind.ProviderLimited, 429, "7", false, null, 429, "7", false)]
    // The last of several targets, of which another may serve the next request.
    [InlineData(GatewayErrorKind.NotConfigured, 503, null, false, "provider_not_configured", 429, "5", false)]
    [InlineData(GatewayErrorKind.ProviderAuthFailed, 502, null, false, "provider_auth_failed", 429, "5", false)]
    // All others.
    [InlineData(GatewayErrorKind.ProviderFailed, 502, null, false, null, 502, null, false)]
    [InlineData(GatewayErrorKind.ProviderRejected, 404, null, false, null, 404, null, false)]
    public void An_error_has_the_status_that_clients_react_to(GatewayErrorKind kind, int status, string? wait, bool isFinal, string? code, int sent, string? sentWait,
        bool isSentFinal)
    {
        var dialect = new OpenAIResponsesDialect();
        var error = dialect.ForCaller(new GatewayError(kind, status, "It failed.") { RetryAfter = wait, IsFinal = isFinal, Code = code });
        (error.Status, error.RetryAfter, error.IsFinal, error.Code).ShouldBe((sent, sentWait, isSentFinal, code));
        // Written twice: for the status and for the body.
        dialect.ForCaller(error).ShouldBe(error);
    }
}
