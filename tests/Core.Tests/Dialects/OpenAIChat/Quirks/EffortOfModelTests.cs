using System.Text;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>Chat's reasoning effort at models of which the gateway knows that they reason, but not their efforts.</summary>
public sealed class EffortOfModelTests
{
    [Theory]
    [InlineData("openai/gpt-6.9-new", "high", "high")]
    [InlineData("openai/gpt-6.9-new", "minimal", "minimal")]
    [InlineData("openai/gpt-6.9-new", "none", "none")]
    [InlineData("azure/team-gpt-5.5-prod", "xhigh", "xhigh")]
    [InlineData("azure/team-gpt-5.5-prod", "of-tomorrow", "of-tomorrow")]
    public async Task An_effort_that_may_be_valid_passes(string model, string effort, string expected)
    {
        var sent = await UpstreamForm.WriteAsync(model, Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":"q"}],"reasoning_effort":"{{effort}}"}"""));
        sent.Error.ShouldBeNull();
        (sent.Dialect, sent.Body.GetProperty("reasoning_effort").GetString(), sent.Losses.ToString()).ShouldBe(("openai-chat", expected, ""));
    }

    /// <summary>Another form of the same setting is converted, because the provider does not know the member.</summary>
    [Fact]
    public async Task The_reasoning_object_becomes_an_effort()
    {
        var sent = await UpstreamForm.WriteAsync("openai/gpt-6.9-new", """{"model":"m","messages":[{"role":"user","content":"q"}],"reasoning":{"effort":"high"}}"""u8.ToArray());
        sent.Body.GetProperty("reasoning_effort").GetString().ShouldBe("high");
        sent.Body.TryGetProperty("reasoning", out _).ShouldBeFalse();
    }
}
