using System.Text;
using Nano.Dialects;
using Nano.Errors;
using Nano.Testing;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini.Errors;

public sealed class ErrorTests
{
    [SkippableTheory]
    [InlineData("gemini-generatecontent-one-error-2ac7dd", "INVALID_ARGUMENT", "INVALID_ARGUMENT", null, "The requested combination of response modalities")]
    [InlineData("gemini-generatecontent-one-error-341a80", "INVALID_ARGUMENT", "API_KEY_INVALID", null, "API key not valid.")]
    [InlineData("gemini-generatecontent-one-error-3bb4f9", "INVALID_ARGUMENT", "INVALID_ARGUMENT", null, "JSON mode is not enabled")]
    [InlineData("gemini-generatecontent-one-error-42cc9e", "PERMISSION_DENIED", "SERVICE_DISABLED", null, "Generative Language API has not been used")]
    [InlineData("gemini-generatecontent-one-error-66f1ef", "NOT_FOUND", "NOT_FOUND", null, "models/gemini-live-2.5-flash is not found")]
    [InlineData("gemini-generatecontent-one-error-b4dcd8", "INVALID_ARGUMENT", "API_KEY_INVALID", null, "API key not valid.")]
    [InlineData("gemini-generatecontent-one-error-ebfb14", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", "35", "You exceeded your current quota")]
    [InlineData("gemini-generatecontent-one-error-ef0208", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", "48", "You exceeded your current quota")]
    [InlineData("vertexai-generatecontent-one-error-1a990f", "PERMISSION_DENIED", "SERVICE_DISABLED", null, "Firebase ML API")]
    [InlineData("vertexai-generatecontent-one-error-be86f8", "INVALID_ARGUMENT", "INVALID_ARGUMENT", null, "Cannot fetch content")]
    [InlineData("vertexai-generatecontent-one-error-d9eb9d", "INVALID_ARGUMENT", "API_KEY_INVALID", null, "API key not valid.")]
    [InlineData("vertexai-generatecontent-one-error-c193c1", null, null, null, null)] // a page in HTML
    public void Recorded_errors(string id, string? type, string? code, string? retryAfter, string? message)
    {
        WireCorpus.Require();
        var details = Dialect.ReadError(WireCorpus.Get(id).ResponseBytes());
        (details.Type, details.Code, details.RetryAfter).ShouldBe((type, code, retryAfter), id);
        if (message is null) details.Message.ShouldBeNull(id);
        else details.Message!.ShouldStartWith(message);
        // Google's internal details may contain a key (vertexai-generatecontent-one-error-d9eb9d).
        details.Message?.ShouldNotContain("AIzv00");
    }

    [SkippableFact]
    public void Every_recorded_error_has_a_message_or_is_a_page()
    {
        WireCorpus.Require();
        var cases = Cases.Where(c => c.Status != 200).ToList();
        cases.Count.ShouldBe(16);
        foreach (var c in cases) (Dialect.ReadError(c.ResponseBytes()).Message is null).ShouldBe(c.Oddities.Contains("html_body"), c.Id);
    }

    [Theory]
    [InlineData("""[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]""", "m", "RESOURCE_EXHAUSTED", null)]
    [InlineData("""  {"error":{"code":400,"message":"m","status":"S","details":[{"fieldViolations":[{"field":"contents[0].role","description":"d"}]}]}} """, "m", "S",
        "contents[0].role")]
    [InlineData("""{"error":"just words"}""", "just words", null, null)]
    [InlineData("""{"message":"bare"}""", "bare", null, null)]
    [InlineData("\"a string\"", "a string", null, null)]
    [InlineData("upstream connect error", "upstream connect error", null, null)]
    [InlineData("<html>", null, null, null)]
    [InlineData("{broken", null, null, null)]
    [InlineData("", null, null, null)]
    [InlineData("[]", null, null, null)]
    [InlineData("null", null, null, null)]
    [InlineData("""{"error":{"details":[5,{"retryDelay":7},{"fieldViolations":[3]}],"message":[1]}}""", null, null, null)]
    public void Error_bodies_may_be_anything(string body, string? message, string? type, string? param)
    {
        var details = Dialect.ReadError(Encoding.UTF8.GetBytes(body));
        (details.Message, details.Type, details.Param).ShouldBe((message, type, param));
    }

    [Theory]
    [InlineData(400, GatewayErrorKind.InvalidRequest, "INVALID_ARGUMENT")]
    [InlineData(401, GatewayErrorKind.Unauthenticated, "UNAUTHENTICATED")]
    [InlineData(403, GatewayErrorKind.Forbidden, "PERMISSION_DENIED")]
    [InlineData(404, GatewayErrorKind.NotFound, "NOT_FOUND")]
    [InlineData(413, GatewayErrorKind.TooLarge, "INVALID_ARGUMENT")]
    [InlineData(429, GatewayErrorKind.TooManyRequests, "RESOURCE_EXHAUSTED")]
    [InlineData(500, GatewayErrorKind.Internal, "INTERNAL")]
    [InlineData(502, GatewayErrorKind.ProviderUnreachable, "UNAVAILABLE")]
    [InlineData(503, GatewayErrorKind.NotConfigured, "UNAVAILABLE")]
    [InlineData(503, GatewayErrorKind.Overloaded, "UNAVAILABLE")]
    [InlineData(504, GatewayErrorKind.ProviderTimeout, "DEADLINE_EXCEEDED")]
    public void Errors_are_written_in_Googles_shape(int status, GatewayErrorKind kind, string word) =>
        Written(output => Dialect.WriteError(new GatewayError(kind, status, "say \"why\""), output))
            .ShouldBeJson($$$"""{"error":{"code":{{{status}}},"message":"say \"why\"","status":"{{{word}}}"}}""");

    [Fact]
    public void Further_error_members_are_written_to_details_and_read_back()
    {
        var error = new GatewayError(GatewayErrorKind.ProviderLimited, 429, "slow") { Type = "RESOURCE_EXHAUSTED", Code = "quota", Param = "contents", RetryAfter = "12" };
        var details = Dialect.ReadError(Encoding.UTF8.GetBytes(Written(output => Dialect.WriteError(error, output))));
        details.ShouldBe(new ErrorDetails("slow", "RESOURCE_EXHAUSTED", "quota", "contents") { RetryAfter = "12", Status = 429 });
    }

    /// <summary>gemini-cli retries every other 429 (googleQuotaErrors.ts).</summary>
    [Theory]
    [InlineData("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "daily_quota_exceeded", null)]
    [InlineData("DailyTokens", "daily_quota_exceeded", null)]
    [InlineData("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "RESOURCE_EXHAUSTED", "35")]
    public void A_quota_per_day_has_a_code_of_its_own(string quota, string code, string? retryAfter)
    {
        var details = Dialect.ReadError(Encoding.UTF8.GetBytes($$$"""
            {"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"{{{quota}}}"}]},{"retryDelay":"34.4s"}]}}
            """));
        (details.Code, details.RetryAfter).ShouldBe((code, retryAfter));
        var error = new GatewayError(GatewayErrorKind.ProviderLimited, 429, "m") { Type = details.Type, Code = details.Code, RetryAfter = retryAfter };
        var written = Written(output => Dialect.WriteError(error, output));
        written.Contains("PerDay", StringComparison.Ordinal).ShouldBe(retryAfter is null, written);
        Dialect.ReadError(Encoding.UTF8.GetBytes(written)).ShouldBe(details);
    }

    [Fact]
    public void Case5_an_error_in_a_stream_is_an_event_that_readers_treat_as_an_error()
    {
        var written = Written(output => Dialect.WriteStreamError(new GatewayError(GatewayErrorKind.ProviderUnreachable, 502, "cut off"), output));
        var log = Read(Events(Encoding.UTF8.GetBytes(written), 5));
        (log.Error!.Message, log.Error.Status).ShouldBe(("cut off", 502));
    }
}
