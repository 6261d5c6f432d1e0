using Nano.Chat;
using Nano.Dialects.AnthropicMessages;

namespace Nano.Tests.Dialects.AnthropicMessages.Requests;

public sealed class BetaHeaderTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("claude-code-20250219, oauth-2025-04-20", "")]
    [InlineData("context-management-2025-06-27", "dropped=anthropic-beta:context-management-2025-06-27")]
    [InlineData("claude-code-20250219,interleaved-thinking-2025-05-14 ,effort-2025-11-24,,",
        "dropped=anthropic-beta:interleaved-thinking-2025-05-14,anthropic-beta:effort-2025-11-24")]
    public void Each_feature_is_reported(string? value, string expected)
    {
        var losses = new LossReport();
        new AnthropicMessagesDialect().DropHeaders(name => name == "anthropic-beta" ? value : null, losses);
        losses.ToString().ShouldBe(expected);
    }

    [Fact]
    public void A_header_of_a_thousand_values_is_bounded()
    {
        var losses = new LossReport();
        new AnthropicMessagesDialect().DropHeaders(_ => string.Join(',', Enumerable.Range(0, 1000).Select(i => $"beta-{i}")), losses);
        losses.Count.ShouldBe(32);
    }
}
