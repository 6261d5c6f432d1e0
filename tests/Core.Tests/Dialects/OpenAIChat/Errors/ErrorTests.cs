using Nano.Errors;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIChat.Errors;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("", null, null, null, null)]
    [InlineData("   ", null, null, null, null)]
    [InlineData("""{"error":{"message":"m","type":"t","param":"p","code":"c"}}""", "m", "t", "c", "p")]
    [InlineData("""{"error":{"message":"m","type":null,"param":null,"code":400}}""", "m", null, "400", null)]
    [InlineData("""{"error":"m"}""", "m", null, null, null)]
    [InlineData("""{"code":"Some requested entity was not found","error":"m"}""", "m", null, "Some requested entity was not found", null)]
    [InlineData("""{"object":"error","message":"m","type":"invalid_model","param":null,"code":"1500"}""", "m", "invalid_model", "1500", null)]
    [InlineData("""{"detail":"m"}""", "m", null, null, null)]
    [InlineData("""{"detail":[{"loc":["body","x"],"msg":"m","type":"missing"}]}""", "m (x)", "missing", null, "x")]
    [InlineData("""[{"error":{"code":404,"message":"m","status":"NOT_FOUND"}}]""", "m", "NOT_FOUND", "404", null)]
    [InlineData("""{"errors":[{"message":"m","code":3}]}""", "m", null, "3", null)]
    [InlineData("""{"error":{"error":{"message":"m"}}}""", "m", null, null, null)]
    [InlineData("\"m\"", "m", null, null, null)]
    [InlineData("m", "m", null, null, null)]
    [InlineData("{", "{", null, null, null)]
    [InlineData("{}", null, null, null, null)]
    [InlineData("[]", null, null, null, null)]
    [InlineData("""{"error":{"message":{"a":1}}}""", "{\"a\":1}", null, null, null)]
    [InlineData("<html><body>502 at http://10.0.0.1</body></html>", "The provider returned a web page instead of an error object.", null, null, null)]
    [InlineData("""{"error":{"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"m\"}}"}}}""", "Provider returned error: m", null, null, null)]
    // groq-chat-one-error-9d684b
    [InlineData("""{"error":{"message":"m","type":"t","code":"tool_use_failed","failed_generation":"maybe"}}""", "m failed_generation: maybe", "t", "tool_use_failed", null)]
    public void Bodies_of_every_kind(string body, string? message, string? type, string? code, string? param)
    {
        var details = ChatCases.Dialect.ReadError(ChatCases.Utf8(body));
        details.Message.ShouldBe(message);
        details.Type.ShouldBe(type);
        details.Code.ShouldBe(code);
        details.Param.ShouldBe(param);
    }

    [Fact]
    public void Texts_are_bounded()
    {
        var text = new string('x', 100_000);
        ChatCases.Dialect.ReadError(ChatCases.Utf8(text)).Message!.Length.ShouldBe(2000);
        ChatCases.Dialect.ReadError(ChatCases.Utf8($"{{\"error\":{{\"message\":\"{text}\",\"code\":\"{text}\"}}}}")).Code!.Length.ShouldBe(2000);
    }

    [SkippableFact]
    public void Every_recorded_error_has_a_message()
    {
        WireCorpus.Require();
        ChatCases.ShouldHold(ChatCases.Errors, 40, c =>
            string.IsNullOrWhiteSpace(ChatCases.Dialect.ReadError(c.ResponseBytes()).Message) ? "no message" : null);
    }

    [Theory]
    [InlineData(GatewayErrorKind.InvalidRequest, 400, null, null, "invalid_request_error", null)]
    [InlineData(GatewayErrorKind.Unauthenticated, 401, null, null, "invalid_request_error", "invalid_api_key")]
    [InlineData(GatewayErrorKind.NotFound, 404, "model_not_found", null, "invalid_request_error", "model_not_found")]
    [InlineData(GatewayErrorKind.TooManyRequests, 429, null, null, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(GatewayErrorKind.ProviderLimited, 429, null, "RESOURCE_EXHAUSTED", "rate_limit_error", "RESOURCE_EXHAUSTED")]
    [InlineData(GatewayErrorKind.ProviderFailed, 529, null, "overloaded_error", "server_error", "overloaded_error")]
    [InlineData(GatewayErrorKind.ProviderRejected, 400, "c", "invalid_request_error", "invalid_request_error", "c")]
    [InlineData(GatewayErrorKind.ProviderAuthFailed, 502, null, null, "server_error", "provider_auth_failed")]
    [InlineData(GatewayErrorKind.Overloaded, 503, "overloaded", null, "server_error", "overloaded")]
    [InlineData(GatewayErrorKind.Internal, 500, null, null, "server_error", null)]
    public void Errors_are_written_in_OpenAIs_form(GatewayErrorKind kind, int status, string? code, string? providerType, string type, string? writtenCode)
    {
        var error = new GatewayError(kind, status, "say \"it\"\n") { Code = code, Type = providerType, Param = "messages[0].role" };
        using var output = new JsonOutput();
        ChatCases.Dialect.WriteError(error, output);
        var written = StrictChat.ReadError(System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
        written.GetProperty("message").GetString().ShouldBe("say \"it\"\n");
        written.GetProperty("type").GetString().ShouldBe(type);
        written.GetProperty("code").GetString().ShouldBe(writtenCode);
        written.GetProperty("param").GetString().ShouldBe("messages[0].role");
    }

    [Fact]
    public void An_error_in_a_stream_is_one_event_without_an_end()
    {
        using var output = new JsonOutput();
        ChatCases.Dialect.WriteStreamError(GatewayError.Invalid("m"), output);
        System.Text.Encoding.UTF8.GetString(output.WrittenSpan)
            .ShouldBe("data: {\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}\n\n");
    }
}
