using System.Text;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIResponses;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Dialects;

/// <summary>Requests and responses of the APIs that count tokens, and the members that are omitted.</summary>
public sealed class TokenCountsTests
{
    private static readonly Dictionary<string, IDialect> Dialects = new()
    {
        ["messages"] = new AnthropicMessagesDialect(),
        ["responses"] = new OpenAIResponsesDialect(),
        ["gemini"] = new GeminiDialect(),
        ["vertex"] = new GeminiDialect(onVertex: true),
    };

    [Theory]
    [InlineData("messages",
        """{"model":"m","max_tokens":5,"system":"s","messages":[],"stream":true,"temperature":1,"stop_sequences":["x"],"metadata":{},"tools":[],"tool_choice":{"type":"auto"},"thinking":{"type":"adaptive"},"service_tier":"auto"}""",
        """{"model":"m","system":"s","messages":[],"tools":[],"tool_choice":{"type":"auto"},"thinking":{"type":"adaptive"}}""")]
    [InlineData("responses",
        """{"model":"m","input":[],"instructions":"i","max_output_tokens":5,"store":false,"stream":true,"include":[],"tools":[],"reasoning":{"effort":"low"},"text":{},"user":"u"}""",
        """{"model":"m","input":[],"instructions":"i","tools":[],"reasoning":{"effort":"low"},"text":{}}""")]
    [InlineData("gemini",
        """{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[],"generationConfig":{"maxOutputTokens":5}}""",
        """{"generateContentRequest":{"model":"models/m","systemInstruction":{"parts":[{"text":"s"}]},"contents":[],"generationConfig":{"maxOutputTokens":5}}}""")]
    [InlineData("vertex",
        """{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[],"toolConfig":{},"safetySettings":[]}""",
        """{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[]}""")]
    public void A_request_for_a_count_has_the_members_that_its_API_accepts(string dialect, string request, string expected)
    {
        using var output = new JsonOutput();
        Counts(dialect).WriteRequest(Encoding.UTF8.GetBytes(request), "m", output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
    }

    [Theory]
    [InlineData("messages", """{"input_tokens":14}""")]
    [InlineData("responses", """{"object":"response.input_tokens","input_tokens":14}""")]
    [InlineData("gemini", """{"totalTokens":14}""")]
    [InlineData("vertex", """{"totalTokens":14}""")]
    public void A_response_is_read_as_it_is_written(string dialect, string expected)
    {
        using var output = new JsonOutput();
        Counts(dialect).WriteCount(14, output);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
        Counts(dialect).TryReadCount(output.Written).ShouldBe(14);
        Counts(dialect).TryReadCount(Encoding.UTF8.GetBytes(" " + expected + "\n")).ShouldBe(14);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"input_tokens":-1,"totalTokens":-1}""")]
    [InlineData("""{"input_tokens":"14","totalTokens":"14"}""")]
    [InlineData("""{"input_tokens":14,"totalTokens":14}{}""")]
    public void An_invalid_count_is_not_read(string body)
    {
        foreach (var dialect in Dialects.Keys) Counts(dialect).TryReadCount(Encoding.UTF8.GetBytes(body)).ShouldBeNull(dialect);
    }

    [Theory]
    [InlineData(""" {"generateContentRequest":{"model":"models/m","contents":[]}}""", """{"model":"models/m","contents":[]}""")]
    [InlineData("""{"generate_content_request":{"contents":[]}}""", """{"contents":[]}""")]
    [InlineData("""{"contents":[]}""", """{"contents":[]}""")]
    public void Googles_wrapper_is_removed(string body, string expected) =>
        Encoding.UTF8.GetString(Counts("gemini").Unwrap(Encoding.UTF8.GetBytes(body)).Span).ShouldBe(expected);

    [SkippableFact]
    public void Recorded_counts_are_read()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("count_tokens").Where(wire => wire.Status == 200 && wire.Provider is "anthropic" or "openai").ToList();
        cases.Count(wire => wire.Status == 200).ShouldBeGreaterThan(3);
        foreach (var wire in cases.Where(wire => wire.Status == 200))
            Counts(wire.Provider == "openai" ? "responses" : "messages").TryReadCount(wire.ResponseBytes()).ShouldNotBeNull(wire.Id);
    }

    private static ITokenCounts Counts(string dialect) => Dialects[dialect].TokenCounts!;
}
