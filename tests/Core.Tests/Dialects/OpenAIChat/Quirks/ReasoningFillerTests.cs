using System.Text;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>Assistant turns without reasoning, from another model or a client that drops it, at providers that require some.</summary>
public sealed class ReasoningFillerTests
{
    private const string Calls = "\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]";

    [Theory]
    [InlineData("moonshot/kimi-k2.5", "\"content\":null," + Calls, " ")]
    [InlineData("moonshot/kimi-k2.6", "\"reasoning_content\":\"\",\"content\":null," + Calls, " ")]
    [InlineData("moonshot/kimi-k2.6", "\"reasoning_content\":null,\"content\":null," + Calls, " ")]
    [InlineData("moonshot/kimi-k2.6", "\"reasoning\":\"\",\"content\":null," + Calls, " ")]
    [InlineData("moonshot/kimi-k3", "\"content\":\"\"," + Calls, " ")]
    [InlineData("moonshot/kimi-k2.6", "\"reasoning_content\":\"hm\",\"content\":null," + Calls, "hm")]
    [InlineData("moonshot/kimi-k2.6", "\"reasoning_content\":\"\",\"reasoning\":\"hm\",\"content\":null," + Calls, "hm")]
    [InlineData("moonshot/kimi-k2.6", "\"content\":\"a\"", null)]
    [InlineData("moonshot/kimi-k2.6", "\"content\":\"a\",\"reasoning_content\":\"\"", "")]
    [InlineData("deepseek/deepseek-v4-pro", "\"content\":null," + Calls, "")]
    [InlineData("deepseek/deepseek-v4-pro", "\"content\":\"a\",\"reasoning_content\":\"\"", "")]
    public async Task A_turn_gets_the_text_that_its_provider_accepts(string model, string members, string? expected)
    {
        var sent = await UpstreamForm.WriteAsync(model, Encoding.UTF8.GetBytes($$"""
            {"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant",{{members}}},{"role":"user","content":"r"}]}
            """));
        (sent.Error, sent.Losses.ToString()).ShouldBe((null, ""));
        var written = sent.Body.GetProperty("messages")[1].EnumerateObject().Where(member => member.Name == "reasoning_content").Select(member => member.Value).ToArray();
        written.Length.ShouldBe(expected is null ? 0 : 1);
        if (expected is not null) written[0].GetString().ShouldBe(expected);
    }
}
