using System.Text;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>
/// Stop sequences at OpenAI and Azure: most models that reason refuse them ("Unsupported parameter: 'stop' is not supported with this model"), and the others
/// accept four.
/// </summary>
public sealed class StopSequencesTests
{
    [Theory]
    [InlineData("openai/gpt-5-mini", "[\"END\"]", null, "dropped=stop")]
    [InlineData("openai/gpt-5.4", "[\"END\"]", null, "dropped=stop")]
    [InlineData("openai/o3", "\"END\"", null, "dropped=stop")]
    [InlineData("openai/o4-mini-2025-04-16", "[\"END\"]", null, "dropped=stop")]
    [InlineData("azure/gpt-5-nano", "[\"END\"]", null, "dropped=stop")]
    [InlineData("openai/gpt-5", "[]", null, "")]
    [InlineData("openai/gpt-5", "null", null, "")]
    [InlineData("openai/o1", "[\"END\"]", "[\"END\"]", "")]
    [InlineData("openai/o3-mini", "[\"END\"]", "[\"END\"]", "")]
    [InlineData("openai/gpt-4.1", "[\"END\"]", "[\"END\"]", "")]
    [InlineData("openai/gpt-5-chat-latest", "\"END\"", "\"END\"", "")]
    [InlineData("azure/my-deployment", "[\"END\"]", "[\"END\"]", "")]
    public async Task A_model_that_refuses_them_gets_none(string model, string stop, string? expected, string losses)
    {
        var sent = await UpstreamForm.WriteAsync(model, Encoding.UTF8.GetBytes($$"""{"model":"m","stop":{{stop}},"messages":[{"role":"user","content":"q"}]}"""));
        (Stop(sent), sent.Losses.ToString()).ShouldBe((expected, losses));
    }

    /// <summary>Anthropic has no limit, and Gemini's is five.</summary>
    [Theory]
    [InlineData("openai/gpt-5-mini", null)]
    [InlineData("openai/gpt-4.1", "[\"a\",\"b\",\"c\",\"d\"]")]
    [InlineData("openai/o3-mini", "[\"a\",\"b\",\"c\",\"d\"]")]
    [InlineData("azure/my-deployment", "[\"a\",\"b\",\"c\",\"d\"]")]
    public async Task A_caller_of_another_dialect_gets_at_most_four(string model, string? expected)
    {
        var messages = await UpstreamForm.WriteMessagesAsync(model,
            """{"model":"m","max_tokens":9,"stop_sequences":["a","b","c","d","e"],"messages":[{"role":"user","content":"q"}]}"""u8.ToArray());
        (Stop(messages), messages.Losses.ToString()).ShouldBe((expected, "dropped=stop_sequences"));
        var gemini = await UpstreamForm.WriteGeminiAsync(model,
            """{"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"stopSequences":["a","b","c","d","e"]}}"""u8.ToArray());
        (Stop(gemini), gemini.Losses.ToString()).ShouldBe((expected, "dropped=generationConfig.stopSequences"));
    }

    /// <summary>The limit alone is no reason to look at a Chat caller's request: OpenAI's refusal names it.</summary>
    [Fact]
    public async Task A_Chat_caller_keeps_what_it_wrote()
    {
        var sent = await UpstreamForm.WriteAsync("openai/gpt-4.1", """{"model":"m","stop":["a","b","c","d","e"],"messages":[{"role":"user","content":"q"}]}"""u8.ToArray());
        (Stop(sent), sent.Losses.ToString()).ShouldBe(("[\"a\",\"b\",\"c\",\"d\",\"e\"]", ""));
    }

    private static string? Stop(Sent sent)
    {
        sent.Error.ShouldBeNull();
        sent.Dialect.ShouldBe("openai-chat");
        return sent.Body.TryGetProperty("stop", out var stop) ? stop.GetRawText() : null;
    }
}
