using Nano.Chat;

namespace Nano.Tests.Dialects.AnthropicMessages.Responses;

/// <summary>Deltas of one block share their first bytes, which are written once.</summary>
public sealed class DeltaTests
{
    [Fact]
    public void Each_delta_has_the_index_of_its_block_and_its_own_type()
    {
        var stream = WrittenStream.Stream(
            Said(ChatEventKind.Text, "a"), Said(ChatEventKind.Text, "b\\n\\\""), Said(ChatEventKind.Text, "c"),
            Said(ChatEventKind.Reasoning, "r"), Said(ChatEventKind.Reasoning, "s"), Said(ChatEventKind.ReasoningSignature, "sig"),
            Said(ChatEventKind.Text, "d"), Said(ChatEventKind.Text, "e"),
            new ChatEvent(ChatEventKind.ToolCallStart) { Part = -1, Id = WrittenStream.Text("t1"), Name = WrittenStream.Text("f") },
            new ChatEvent(ChatEventKind.ToolCallArguments) { Part = -1, Text = WrittenStream.Text("{") },
            new ChatEvent(ChatEventKind.ToolCallArguments) { Part = -1, Text = WrittenStream.Text("}") },
            new ChatEvent(ChatEventKind.ToolCallEnd) { Part = -1 }, Said(ChatEventKind.Text, "g"));
        var deltas = stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(item => item.Contains("content_block_delta"));
        deltas.ShouldBe(((string[])
        [
            """0,"delta":{"type":"text_delta","text":"a"}""",
            """0,"delta":{"type":"text_delta","text":"b\n\""}""",
            """0,"delta":{"type":"text_delta","text":"c"}""",
            """1,"delta":{"type":"thinking_delta","thinking":"r"}""",
            """1,"delta":{"type":"thinking_delta","thinking":"s"}""",
            """1,"delta":{"type":"signature_delta","signature":"sig"}""",
            """2,"delta":{"type":"text_delta","text":"d"}""",
            """2,"delta":{"type":"text_delta","text":"e"}""",
            """3,"delta":{"type":"input_json_delta","partial_json":"{"}""",
            """3,"delta":{"type":"input_json_delta","partial_json":"}"}""",
            """4,"delta":{"type":"text_delta","text":"g"}""",
        ]).Select(rest => $$"""event: content_block_delta{{"\n"}}data: {"type":"content_block_delta","index":{{rest}}}"""));
    }

    private static ChatEvent Said(ChatEventKind kind, string text) => new(kind) { Part = -1, Text = WrittenStream.Text(text) };
}
