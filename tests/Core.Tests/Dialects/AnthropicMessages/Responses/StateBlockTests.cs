using System.Text;
using System.Text.Json;
using Nano.Chat;
using Nano.Json;
using Nano.Tests.Streaming;
using static Nano.Tests.Dialects.AnthropicMessages.Responses.WrittenStream;

namespace Nano.Tests.Dialects.AnthropicMessages.Responses;

/// <summary>The position of sealed state and ids in other dialects' responses.</summary>
public sealed class StateBlockTests
{
    /// <summary>Sealed state is in the members that clients of this API keep: a signature closes its block, and unreadable reasoning is a separate block.</summary>
    [Fact]
    public void State_is_in_the_blocks_that_clients_send_back()
    {
        var losses = new LossReport();
        var written = Stream(losses,
            new ChatEvent(ChatEventKind.Reasoning) { Part = 0, Text = Text("hm") },
            new ChatEvent(ChatEventKind.ReasoningSignature) { Part = 0, Text = Text("s1") },
            new ChatEvent(ChatEventKind.Reasoning) { Part = 1, Text = Text("so") },
            new ChatEvent(ChatEventKind.ReasoningOpaque) { Part = 2, Text = Text("o1") },
            new ChatEvent(ChatEventKind.ToolCallStart) { ToolIndex = 0, Id = Text("c__nano1_xyz"), Name = Text("f"), Signature = Text("sealed") },
            new ChatEvent(ChatEventKind.ReasoningSignature) { Part = -1, Text = Text("s2") },
            new ChatEvent(ChatEventKind.ToolCallEnd) { ToolIndex = 0 });
        Sequence(written, "state");
        losses.IsEmpty.ShouldBeTrue(losses.ToString());
        Blocks(written).ShouldBe(["thinking hm s1", "thinking so ", "redacted_thinking o1", "tool_use c__nano1_xyz", "thinking  s2"]);
    }

    [Fact]
    public void A_call_whose_state_is_too_long_for_its_id_is_reported()
    {
        var losses = new LossReport();
        Stream(losses, new ChatEvent(ChatEventKind.ToolCallStart) { Id = Text("c"), Name = Text("f"), Signature = Text("sealed") });
        losses.ToString().ShouldBe("dropped=tool_calls.signature");
    }

    [Theory]
    [InlineData("chatcmpl-1a", "msg_1a")]
    [InlineData("resp_1a", "msg_1a")]
    [InlineData("msg_1a", "msg_1a")]
    [InlineData("gen-1a", "msg_gen-1a")]
    [InlineData("", "msg_abc")]
    public void Client_case12_ids_begin_as_clients_expect(string id, string expected)
    {
        Stream(new ChatEvent(ChatEventKind.Start) { Id = Text(id) }).ShouldContain($"\"id\":\"{expected}\"");
        using var output = new JsonOutput();
        Dialect.WriteResponse(new ChatResponse("openai-chat") { Id = Text(id) }, Context, output, new LossReport());
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldStartWith($"{{\"id\":\"{expected}\"");
    }

    private static string[] Blocks(string stream)
    {
        var blocks = new List<string>();
        SsePieces.ReadData(Encoding.UTF8.GetBytes(stream), int.MaxValue, e =>
        {
            var data = JsonSerializer.Deserialize<JsonElement>(e.Data.Span);
            if (data.TryGetProperty("content_block", out var block))
                blocks.Add(block.GetProperty("type").GetString() + " "
                    + (block.TryGetProperty("id", out var id) ? id.GetString() : block.TryGetProperty("data", out var state) ? state.GetString() : ""));
            if (!data.TryGetProperty("delta", out var delta) || !delta.TryGetProperty("type", out var type)) return;
            if (type.GetString() == "thinking_delta") blocks[^1] += delta.GetProperty("thinking").GetString() + " ";
            if (type.GetString() == "signature_delta")
                blocks[^1] += (blocks[^1].EndsWith("thinking ", StringComparison.Ordinal) ? " " : "") + delta.GetProperty("signature").GetString();
        });
        return [.. blocks];
    }
}
