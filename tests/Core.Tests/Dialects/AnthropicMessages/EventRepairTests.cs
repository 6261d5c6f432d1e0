using System.Text;
using Nano.Dialects.AnthropicMessages;
using Nano.Json;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>Members of streams that compatible servers omit and the official SDKs need (docs/clients.md).</summary>
public sealed class EventRepairTests
{
    [Theory]
    [InlineData("", """{"type":"ping"}""", "event: ping\ndata: {\"type\":\"ping\"}\n\n")]
    [InlineData("", """{"type":"content_block_delta","index":0}""", "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0}\n\n")]
    [InlineData("", "{\n\"type\":\"ping\"\n}", "event: ping\ndata: { \"type\":\"ping\" }\n\n")]
    [InlineData("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn"}}""",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":0}}\n\n")]
    [InlineData("", """{"type":"message_delta","usage":null}""", "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":0}}\n\n")]
    [InlineData("message_delta", """{"type":"message_delta","usage":{"output_tokens":7}}""", null)]
    [InlineData("content_block_delta", """{"type":"content_block_delta"}""", null)]
    [InlineData("an_event_of_tomorrow", "{}", null)]
    [InlineData("", "[DONE]", null)]
    [InlineData("", "{", null)]
    [InlineData("", """{"type":"a\\nb"}""", null)]
    [InlineData("", """{"kind":"x"}""", null)]
    public void An_event_is_repaired_or_passes_unchanged(string type, string data, string? expected)
    {
        using var output = new JsonOutput();
        var isRepaired = new AnthropicMessagesDialect().TryRepairEvent(Encoding.UTF8.GetBytes(type), Encoding.UTF8.GetBytes(data), output);
        isRepaired.ShouldBe(expected is not null);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected ?? "");
    }
}
