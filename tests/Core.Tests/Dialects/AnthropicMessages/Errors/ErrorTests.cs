using System.Text;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Errors;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Dialects.AnthropicMessages.Errors;

public sealed class ErrorTests
{
    private static readonly AnthropicMessagesDialect Dialect = new();

    public static TheoryData<string> Recorded =>
        [.. WireCorpus.Of("messages", "count_tokens").Where(c => c.Provider == "anthropic" && c.Status >= 400).Select(c => c.Id)];

    [SkippableTheory]
    [RecordedData(nameof(Recorded))]
    public void Recorded_errors(string id)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var expected = item.ResponseBody.GetProperty("error");
        var error = Dialect.ReadError(item.ResponseBytes());
        error.Message.ShouldBe(expected.GetProperty("message").GetString(), id);
        error.Type.ShouldBe(expected.GetProperty("type").GetString(), id);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("   ", null, null)]
    [InlineData("<html>busy</html>", "<html>busy</html>", null)]
    [InlineData("\"busy\"", "busy", null)]
    [InlineData("{\"error\":\"busy\"}", "busy", null)]
    [InlineData("{\"message\":\"busy\"}", "busy", null)]
    [InlineData("{\"detail\":\"busy\"}", "busy", null)]
    [InlineData("[{\"error\":{\"message\":\"busy\",\"type\":\"t\"}}]", "busy", "t")]
    [InlineData("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}", "Overloaded", "overloaded_error")]
    [InlineData("{\"error\":{\"type\":7,\"message\":[]}}", null, null)]
    [InlineData("{\"error\":null}", null, null)]
    [InlineData("{\"error\":", "{\"error\":", null)]
    [InlineData("[]", null, null)]
    [InlineData("null", "null", null)]
    public void Any_body_is_read(string body, string? message, string? type)
    {
        var error = Dialect.ReadError(Encoding.UTF8.GetBytes(body));
        error.Message.ShouldBe(message, body);
        error.Type.ShouldBe(type, body);
    }

    // https://platform.claude.com/docs/en/api/errors
    [Theory]
    [InlineData(GatewayErrorKind.InvalidRequest, 400, "invalid_request_error")]
    [InlineData(GatewayErrorKind.Unauthenticated, 401, "authentication_error")]
    [InlineData(GatewayErrorKind.Forbidden, 403, "permission_error")]
    [InlineData(GatewayErrorKind.NotFound, 404, "not_found_error")]
    [InlineData(GatewayErrorKind.MethodNotAllowed, 405, "invalid_request_error")]
    [InlineData(GatewayErrorKind.TooLarge, 413, "request_too_large")]
    [InlineData(GatewayErrorKind.UnsupportedMedia, 415, "invalid_request_error")]
    [InlineData(GatewayErrorKind.TooManyRequests, 429, "rate_limit_error")]
    [InlineData(GatewayErrorKind.Internal, 500, "api_error")]
    [InlineData(GatewayErrorKind.NotConfigured, 503, "api_error")]
    [InlineData(GatewayErrorKind.Overloaded, 503, "overloaded_error")]
    [InlineData(GatewayErrorKind.ProviderRejected, 422, "invalid_request_error")]
    [InlineData(GatewayErrorKind.ProviderRejected, 404, "not_found_error")]
    [InlineData(GatewayErrorKind.ProviderAuthFailed, 502, "api_error")]
    [InlineData(GatewayErrorKind.ProviderLimited, 429, "rate_limit_error")]
    [InlineData(GatewayErrorKind.ProviderLimited, 503, "overloaded_error")]
    [InlineData(GatewayErrorKind.ProviderLimited, 529, "overloaded_error")]
    [InlineData(GatewayErrorKind.ProviderFailed, 500, "api_error")]
    [InlineData(GatewayErrorKind.ProviderUnreachable, 502, "api_error")]
    [InlineData(GatewayErrorKind.ProviderTimeout, 504, "timeout_error")]
    public void Every_kind_has_its_word(GatewayErrorKind kind, int status, string word)
    {
        var error = new GatewayError(kind, status, "say \"why\"\n");
        using var output = new JsonOutput();
        Dialect.WriteError(error, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe($$$"""{"type":"error","error":{"type":"{{{word}}}","message":"say \"why\"\n"}}""");
        output.Clear();
        Dialect.WriteStreamError(error, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe($$$"""event: error{{{"\n"}}}data: {"type":"error","error":{"type":"{{{word}}}","message":"say \"why\"\n"}}{{{"\n\n"}}}""");
    }
}
