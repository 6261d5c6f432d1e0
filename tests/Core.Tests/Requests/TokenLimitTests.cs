using System.Text;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <summary>Messages requires <c>max_tokens</c>, so its callers send a limit for models that they do not know.</summary>
public sealed class TokenLimitTests
{
    [Theory]
    [InlineData("openai/gpt-4o", 64000, 16384, "emulated=max_tokens")]
    [InlineData("openai/gpt-4.1", 50000, 32768, "emulated=max_tokens")]
    [InlineData("mistral/codestral-latest", 64000, 4096, "emulated=max_tokens")]
    // At most the model's, or the model is unknown.
    [InlineData("openai/gpt-4o", 16384, 16384, "")]
    [InlineData("openai/gpt-of-tomorrow", 64000, 64000, "")]
    [InlineData("any-server/gpt-4o", 64000, 64000, "")]
    public async Task A_limit_of_Messages_is_at_most_the_models(string model, long asked, long sent, string losses)
    {
        var written = await UpstreamForm.WriteMessagesAsync(model, Request(asked));
        ((written.Body.Given("max_tokens") ?? written.Body.GetProperty("max_completion_tokens")).GetInt64(), written.Losses.ToString()).ShouldBe((sent, losses));
    }

    [Theory]
    [InlineData("google/gemini-2.5-flash", "generationConfig.maxOutputTokens", 65536)]
    [InlineData("cohere/command-a-03-2025", "max_tokens", 8000)]
    public async Task It_is_so_in_every_dialect(string model, string member, long sent)
    {
        var written = await UpstreamForm.WriteMessagesAsync(model, Request(128000));
        member.Split('.').Aggregate(written.Body, (json, name) => json.GetProperty(name)).GetInt64().ShouldBe(sent);
        written.Losses.Emulated.ShouldBe(["max_tokens"]);
    }

    /// <summary>Anthropic itself decides about its models; callers of other dialects need no limit.</summary>
    [Fact]
    public async Task A_limit_that_the_caller_chose_is_sent()
    {
        (await UpstreamForm.WriteMessagesAsync("anthropic/claude-sonnet-5", Request(900000))).Body.GetProperty("max_tokens").GetInt64().ShouldBe(900000);
        var chat = await UpstreamForm.WriteAsync("cohere/command-a-03-2025", Encoding.UTF8.GetBytes("""{"model":"m","max_tokens":64000,"messages":[{"role":"user","content":"q"}]}"""));
        (chat.Body.GetProperty("max_tokens").GetInt64(), chat.Losses.ToString()).ShouldBe((64000, ""));
    }

    /// <summary>A budget for reasoning is a part of the limit.</summary>
    [Theory]
    [InlineData("""{"type":"enabled","budget_tokens":100000}""", 24576)]
    [InlineData("""{"type":"enabled","budget_tokens":9000}""", 9000)]
    public async Task A_budget_stays_below_the_limit(string thinking, long budget)
    {
        var written = await UpstreamForm.WriteMessagesAsync("google/gemini-2.5-flash", Request(128000, $"\"thinking\":{thinking},"));
        var config = written.Body.GetProperty("generationConfig");
        (config.GetProperty("maxOutputTokens").GetInt64(), config.GetProperty("thinkingConfig").GetProperty("thinkingBudget").GetInt64()).ShouldBe((65536, budget));
        written.Losses.Emulated.Contains("thinking").ShouldBe(budget != 9000);
    }

    private static byte[] Request(long limit, string members = "") =>
        Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":{{limit}},{{members}}"messages":[{"role":"user","content":"q"}]}""");
}
