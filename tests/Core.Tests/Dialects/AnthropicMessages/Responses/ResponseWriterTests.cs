using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.OpenAIChat;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Tests.Streaming;
using static Nano.Tests.Dialects.AnthropicMessages.Responses.WrittenStream;

namespace Nano.Tests.Dialects.AnthropicMessages.Responses;

/// <summary>Responses of other dialects for a caller who speaks Messages.</summary>
public sealed class ResponseWriterTests
{
    public static TheoryData<string> Whole => [.. WireCorpus.Of("chat").Where(c => c.Status == 200 && c.Sse is null).Select(c => c.Id)];

    public static TheoryData<string> Streams => [.. WireCorpus.Of("chat").Where(c => c.Status == 200 && c.Sse is not null).Select(c => c.Id)];

    /// <summary>Every recorded Chat response, written as Messages, is the same to a reader of Messages (first choice).</summary>
    [SkippableTheory]
    [RecordedData(nameof(Whole))]
    public void Chat_responses(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        var (answer, _) = new OpenAIChatDialect().TryReadResponse(bytes, UsageRules.OpenAI, "x");
        if (answer is null || answer.Choices.Count == 0) return;
        using var output = new JsonOutput();
        var losses = new LossReport();
        Dialect.WriteResponse(answer, Context, output, losses);
        Same(ChatOracle.ReadWhole(Encoding.UTF8.GetString(bytes)), MessagesOracle.ReadWhole(Encoding.UTF8.GetString(output.WrittenSpan)), answer.Usage, losses, id);
    }

    /// <summary>Case 4, 10: every recorded Chat stream, as Messages: the same text and calls, one block after the other, usage at the end.</summary>
    [SkippableTheory]
    [RecordedData(nameof(Streams))]
    public void Case4_chat_streams(string id)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var expected = ChatOracle.ReadStream(item.Sse!);
        if (expected.IsError) return;
        using var output = new JsonOutput();
        var losses = new LossReport();
        var writer = Dialect.CreateEventWriter(Context, output, losses);
        var reader = new OpenAIChatDialect().CreateEventReader(UsageRules.OpenAI);
        SsePieces.ReadData(item.ResponseBytes(), int.MaxValue, e => reader.TryRead(e.Type, e.Data, writer, "x").ShouldBeNull(id));
        writer.Complete();
        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        Sequence(text, id);
        Same(expected, MessagesOracle.ReadStream(text), writer.Usage, losses, id, Context.InputEstimate!.Value);
    }

    [Theory]
    [InlineData(FinishReason.Stop, "end_turn")]
    [InlineData(FinishReason.Length, "max_tokens")]
    [InlineData(FinishReason.ToolCalls, "tool_use")]
    [InlineData(FinishReason.StopSequence, "stop_sequence")]
    [InlineData(FinishReason.Refusal, "refusal")]
    [InlineData(FinishReason.ContentFilter, "refusal")]
    [InlineData(FinishReason.Pause, "pause_turn")]
    [InlineData(FinishReason.None, "end_turn")]
    [InlineData(FinishReason.Other, "end_turn")]
    public void Finish(FinishReason finish, string word)
    {
        var written = Stream(new ChatEvent(ChatEventKind.Text) { Text = Text("a") }, new ChatEvent(ChatEventKind.Finish) { Finish = finish });
        written.ShouldContain($"\"stop_reason\":\"{word}\"");
    }

    [Fact]
    public void A_stream_event_by_event() => Stream(
        new ChatEvent(ChatEventKind.Start) { Id = Text("x1"), Model = Text("m") },
        new ChatEvent(ChatEventKind.Reasoning) { Text = Text("hm") },
        new ChatEvent(ChatEventKind.Text) { Text = Text("a\\n") },
        new ChatEvent(ChatEventKind.Text) { Text = Text("b") },
        new ChatEvent(ChatEventKind.ToolCallStart) { ToolIndex = 0, Id = Text("c0"), Name = Text("f") },
        new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 0, Text = Text("{\\\"x\\\":") },
        new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 0, Text = Text("1}") },
        new ChatEvent(ChatEventKind.ToolCallEnd) { ToolIndex = 0 },
        new ChatEvent(ChatEventKind.ToolCallStart) { ToolIndex = 1, Name = Text("g") },
        new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 1, Json = JsonSlice.Constant("{\"y\":\"\\n\"}") },
        new ChatEvent(ChatEventKind.Finish) { Finish = FinishReason.ToolCalls },
        new ChatEvent(ChatEventKind.Usage) { Usage = new Usage { InputTokens = 10, CacheReadTokens = 4, OutputTokens = 6 } }).ShouldBe("""
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_x1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":0,"cache_creation_input_tokens":null,"cache_read_input_tokens":null}}}

        event: ping
        data: {"type":"ping"}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a\n"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":1}

        event: content_block_start
        data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c0","name":"f","caller":{"type":"direct"},"input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":2}

        event: content_block_start
        data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"call_abc1","name":"g","caller":{"type":"direct"},"input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"y\":\"\\n\"}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":3}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":6,"cache_read_input_tokens":4,"output_tokens":6,"cache_creation_input_tokens":null}}

        event: message_stop
        data: {"type":"message_stop"}


        """.ReplaceLineEndings("\n"));

    /// <summary>Interleaved fragments of parallel calls are ordered without loss (case 10).</summary>
    [Fact]
    public void Case10_interleaved_calls_become_blocks_one_after_the_other()
    {
        var written = Stream(
            new ChatEvent(ChatEventKind.ToolCallStart) { ToolIndex = 0, Id = Text("a"), Name = Text("f") },
            new ChatEvent(ChatEventKind.ToolCallStart) { ToolIndex = 1, Id = Text("b"), Name = Text("g") },
            new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 1, Text = Text("{\\\"y\\\"") },
            new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 0, Text = Text("{}") },
            new ChatEvent(ChatEventKind.Text) { Text = Text("between") },
            new ChatEvent(ChatEventKind.ToolCallArguments) { ToolIndex = 1, Text = Text(":2}") },
            new ChatEvent(ChatEventKind.Finish) { Finish = FinishReason.ToolCalls });
        Sequence(written, "interleaved");
        var answer = MessagesOracle.ReadStream(written).Choices[0];
        answer.ToolCalls.Select(c => $"{c.Id} {c.Name} {c.Arguments}").ShouldBe(["a f {}", "b g {\"y\":2}"]);
        answer.Text.ShouldBe("between");
    }

    [Fact]
    public void Parts_without_a_block_are_reported()
    {
        var losses = new LossReport();
        Stream(losses,
            new ChatEvent(ChatEventKind.Logprobs) { Json = JsonSlice.Constant("{}") },
            new ChatEvent(ChatEventKind.Media) { Media = new MediaPart(MediaKind.Audio, default) },
            new ChatEvent(ChatEventKind.Text) { Choice = 1, Text = Text("b") },
            new ChatEvent(ChatEventKind.Text) { Text = Text("a") },
            new ChatEvent(ChatEventKind.Citation) { Citation = new Citation { Origin = "openai-chat", Url = Text("u") } });
        losses.ToString().ShouldBe("dropped=logprobs,audio,choices; emulated=annotations");
    }

    private static void Same(Answer expected, Answer actual, Usage? usage, LossReport losses, string id, long estimate = 0)
    {
        actual.IsError.ShouldBeFalse($"{id}: {actual.Error}");
        var (asked, said) = (expected.Choices.Count > 0 ? expected.Choices[0] : new AnswerChoice(0), actual.Choices[0]);
        said.Text.ShouldBe(asked.Text + asked.Refusal, id);
        // The oracle reads no reasoning_details; there the same text is in reasoning_content, or nowhere else.
        if (asked.Reasoning.Length > 0 || !DetailsAlone.Contains(id)) said.Reasoning.ShouldBe(asked.Reasoning, id);
        // Calls of custom tools have no block here, and are reported.
        var calls = asked.ToolCalls.Where(c => losses.Dropped.All(d => d != "custom")).ToArray();
        said.ToolCalls.Select(c => c.Name).SequenceEqual(calls.Select(c => c.Name)).ShouldBeTrue(id);
        foreach (var (left, right) in calls.Zip(said.ToolCalls)) SameArguments(left.Arguments, right.Arguments, losses, id);
        actual.Usage!.Prompt.ShouldBe(usage?.InputTokens ?? estimate, id);
        actual.Usage.Completion.ShouldBe(usage?.OutputTokens ?? 0, id);
        actual.Usage.Cached.ShouldBe(usage?.CacheReadTokens, id);
        actual.Usage.CacheWritten.ShouldBe(usage?.CacheWriteTokens, id);
        actual.Usage.Reasoning.ShouldBe(usage?.ReasoningTokens, id);
    }

    private static readonly string[] DetailsAlone = ["snowflake-chat-sse-logprobs-f02d2e"];

    private static void SameArguments(string asked, string said, LossReport losses, string id)
    {
        if (asked.Trim() is "" or "null") said.ShouldBe("{}", id);
        else if (asked != said && !losses.Emulated.Contains("tool_calls.function.arguments"))
            JsonDifference.First(Encoding.UTF8.GetBytes(asked), Encoding.UTF8.GetBytes(said)).ShouldBeNull(id);
    }
}
