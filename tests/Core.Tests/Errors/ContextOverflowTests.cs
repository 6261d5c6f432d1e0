using System.Text;
using Nano.Dialects;
using Nano.Dialects.CohereChat;
using Nano.Errors;
using Nano.Json;
using Nano.Testing;
using Nano.Tests.Routing;
using Nano.Upstream;

namespace Nano.Tests.Errors;

/// <summary>A prompt that is longer than the model's context, in the form that the clients of each dialect know, whichever provider refuses it.</summary>
public sealed class ContextOverflowTests
{
    private static readonly DialectSet Dialects = new();

    [SkippableTheory]
    [InlineData("anthropic-messages-one-error-caa1b1")]
    [InlineData("cohere-chatv2-one-error-1a6bd2")]
    [InlineData("llamacpp-chat-one-error-aaba04")]
    [InlineData("ollama-chat-one-error-0a8511")]
    [InlineData("perplexity-chat-one-error-c2d62c")]
    public void A_recorded_refusal_has_the_form_of_each_dialect(string id)
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get(id);
        IUpstreamDialect dialect = wire.Api switch { "messages" => Dialects.AnthropicMessages, "chat_v2" => new CohereChatDialect(), _ => Dialects.OpenAIChat };
        ShouldHaveItsForm(wire.Status, dialect.ReadError(wire.ResponseBytes()));
    }

    /// <summary>Public reports; see <see cref="ContextOverflow"/>.</summary>
    [Theory]
    [InlineData(400, "invalid-argument", null, "This model's maximum prompt length is 131072 but the request contains 136973 tokens.")]
    [InlineData(400, null, "invalid_request_error", "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)")]
    [InlineData(400, "invalid_parameter_error", null, "Range of input length should be [1, 30720]")]
    [InlineData(400, "400", null, "Input length 877338 exceeds the maximum allowed input length of 639968 tokens")]
    [InlineData(400, null, "INVALID_ARGUMENT", "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).")]
    [InlineData(400, null, "ValidationException", "Input is too long for requested model.")]
    [InlineData(413, null, "invalid_request_error", "Prompt is too long")]
    [InlineData(502, "context_length_exceeded", null, "Your input exceeds the context window of this model.")]
    public void A_refusal_has_the_form_of_each_dialect(int status, string? code, string? type, string message) =>
        ShouldHaveItsForm(status, new ErrorDetails(message, type, code, null));

    [Theory]
    [InlineData(429, null, "ThrottlingException", "Too many tokens, please wait before trying again.")]
    [InlineData(413, "request_too_large", "request_too_large", "Request exceeds the maximum size")]
    [InlineData(400, "string_above_max_length", null, "Invalid 'messages[0].content': string too long.")]
    [InlineData(400, null, "invalid_request_error", "max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens")]
    public void Another_limit_is_not_the_context(int status, string? code, string? type, string message) =>
        ContextOverflow.Is(Refused(status, new ErrorDetails(message, type, code, null))).ShouldBeFalse(message);

    [Fact]
    public void Errors_of_the_gateway_keep_their_codes() =>
        ContextOverflow.Is(GatewayError.Invalid("The names of these models make the prompt too long.", code: "context_length_exceeded")).ShouldBeFalse();

    private static void ShouldHaveItsForm(int status, ErrorDetails details)
    {
        var error = Refused(status, details);
        Written(error, Dialects.AnthropicMessages, "\"message\":\"prompt is too long");
        Written(error, Dialects.OpenAIChat, "\"code\":\"context_length_exceeded\"");
        Written(error, Dialects.OpenAIResponses, "\"code\":\"context_length_exceeded\"");
    }

    private static GatewayError Refused(int status, ErrorDetails details) => UpstreamErrors.FromStatus(FakeProvider.Create("p"), status, details, null, default);

    private static void Written(GatewayError error, IDialect dialect, string expected)
    {
        using var output = new JsonOutput();
        dialect.WriteError(error, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldContain(expected, Case.Insensitive, "a body");
        output.Clear();
        dialect.WriteStreamError(error, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldContain(expected, Case.Insensitive, "an event");
    }
}
