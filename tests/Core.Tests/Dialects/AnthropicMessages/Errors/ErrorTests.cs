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
    public void Every_kind_has_its_type(GatewayErrorKind kind, int status, string word)
    {
        var error = new GatewayError(kind, status, "say \"why\"\n");
        using var output = new JsonOutput();
        Dialect.WriteError(error, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe($$$"""{"type":"error","error":{"type":"{{{word}}}","message":"say \"why\"\n"}}""");
        output.Clear();
        Dialect.WriteStreamError(error, output);
        Encoding.UTF8.GetString(output.WrittenSpan)
            .ShouldBe($$$"""event: error{{{"\n"}}}data: {"type":"error","error":{"type":"{{{word}}}","message":"say \"why\"\n"}}{{{"\n\n"}}}""");
    }

    /// <summary>Types of this API pass unchanged, also in a stream, which has no status; other types are replaced with the status's type.</summary>
    [Theory]
    [InlineData(GatewayErrorKind.ProviderFailed, 502, "overloaded_error", "overloaded_error")]
    [InlineData(GatewayErrorKind.ProviderLimited, 503, "rate_limit_error", "rate_limit_error")]
    [InlineData(GatewayErrorKind.ProviderRejected, 400, "server_error", "invalid_request_error")]
    [InlineData(GatewayErrorKind.ProviderAuthFailed, 502, "authentication_error", "api_error")]
    [InlineData(GatewayErrorKind.InvalidRequest, 400, "overloaded_error", "invalid_request_error")]
    public void A_type_that_clients_know_is_kept(GatewayErrorKind kind, int status, string type, string expected) =>
        Written(new GatewayError(kind, status, "m") { Type = type }).ShouldBe($$$"""{"type":"error","error":{"type":"{{{expected}}}","message":"m"}}""");

    [Fact]
    public void The_error_contains_the_request_id() =>
        Written(new GatewayError(GatewayErrorKind.Internal, 500, "m") { RequestId = "abc" })
        .ShouldBe("""{"type":"error","error":{"type":"api_error","message":"m"},"request_id":"abc"}""");

    [Theory]
    [InlineData(GatewayErrorKind.ProviderLimited, 503, 529)]
    [InlineData(GatewayErrorKind.ProviderLimited, 429, 429)]
    [InlineData(GatewayErrorKind.Overloaded, 503, 503)]
    [InlineData(GatewayErrorKind.ProviderFailed, 502, 502)]
    public void An_overloaded_provider_has_its_own_status(GatewayErrorKind kind, int status, int expected) =>
        ((IDialect)Dialect).ForCaller(new GatewayError(kind, status, "m")).Status.ShouldBe(expected);

    /// <summary>The form that makes Claude Code compact the conversation, for any provider's error.</summary>
    [Theory]
    [InlineData("context_length_exceeded", "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.",
        "prompt is too long: 130001 tokens > 128000 maximum")]
    [InlineData("context_length_exceeded", "Your input exceeds the context window of this model.", "prompt is too long: Your input exceeds the context window of this model.")]
    [InlineData(null, "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).", "prompt is too long: 1048577 tokens > 1048576 maximum")]
    [InlineData(null, "Input is too long for requested model.", "prompt is too long: Input is too long for requested model.")]
    [InlineData(null, "prompt is too long: 208310 tokens > 200000 maximum", "prompt is too long: 208310 tokens > 200000 maximum")]
    [InlineData(null, "This model's maximum prompt length is 131072 but the request contains 136973 tokens.", "prompt is too long: 136973 tokens > 131072 maximum")]
    [InlineData(null, "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)", "prompt is too long: 291351 tokens > 262144 maximum")]
    [InlineData(null, "Input length 265,330 of grok-4-0709 exceeds the maximum allowed input length of 262,144 tokens",
        "prompt is too long: 265330 tokens > 262144 maximum")]
    [InlineData(null, "Range of input length should be [1, 30720]", "prompt is too long: Range of input length should be [1, 30720]")]
    [InlineData("too_many_prompt_tokens", "The total length of all messages is too long.", "prompt is too long: The total length of all messages is too long.")]
    // An excess, an id, the limit of the output: numbers that a client must not compute with.
    [InlineData(null, "prompt too long; exceeded max context length by 1119046 tokens (ref: 96164522-08b2-4cbf-886e-e5a38961a688)",
        "prompt is too long: prompt too long; exceeded max context length by 1119046 tokens (ref: 96164522-08b2-4cbf-886e-e5a38961a688)")]
    [InlineData("TOO_MANY_TOKENS", "too many tokens: size limit exceeded by 25836 tokens. The limit for this model is 288000 tokens.",
        "prompt is too long: too many tokens: size limit exceeded by 25836 tokens. The limit for this model is 288000 tokens.")]
    [InlineData(null, "This model's maximum context length is 262144 tokens. However, you requested 32000 output tokens and your prompt contains 262145 input tokens.",
        "prompt is too long: This model's maximum context length is 262144 tokens. However, you requested 32000 output tokens and your prompt contains 262145 input tokens.")]
    // Claude Code reads these numbers, and asks for fewer tokens.
    [InlineData(null, "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000", "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000")]
    [InlineData(null, "The temperature is too high: 300 is more than 200.", "The temperature is too high: 300 is more than 200.")]
    public void A_prompt_that_is_too_long_has_the_error_that_clients_recognise(string? code, string message, string expected) =>
        Written(new GatewayError(GatewayErrorKind.ProviderRejected, 400, message) { Code = code }).ShouldContain($"\"message\":\"{expected}\"");

    private static string Written(GatewayError error)
    {
        using var output = new JsonOutput();
        Dialect.WriteError(error, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
