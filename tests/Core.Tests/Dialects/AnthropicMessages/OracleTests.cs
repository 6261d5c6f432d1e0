using System.Text.Json;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>The readers' result equals that of an oracle, a reader of recordings that shares no code with the codecs.</summary>
public sealed class OracleTests
{
    private static readonly AnthropicMessagesDialect Dialect = new();

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Answers), MemberType = typeof(IdentityTests))]
    public void Answer(string id)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var expected = MessagesOracle.ReadWhole(System.Text.Encoding.UTF8.GetString(item.ResponseBytes()));
        var actual = Dialect.ReadResponse(item.ResponseBytes(), UsageRules.Anthropic);
        var choice = actual.Choices[0];
        string.Concat(choice.Message.Parts.OfType<TextPart>().Select(p => Decode(p.Text.Span))).ShouldBe(expected.Choices[0].Text, id);
        string.Concat(choice.Message.Parts.OfType<ReasoningPart>().Select(p => Decode(p.Text.Span))).ShouldBe(expected.Choices[0].Reasoning, id);
        Same(expected.Choices[0].ToolCalls, [.. choice.Message.Parts.OfType<ToolCallPart>().Select(c =>
            new AnswerToolCall(c.Id.ToString(), c.Name.ToString(), c.Arguments.Json.ToString()))], id);
        Word(choice.Finish).ShouldBe(expected.Choices[0].Finish, id);
        Same(expected.Usage, actual.Usage, id);
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void Stream(string id)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var expected = MessagesOracle.ReadStream(item.Sse!);
        var log = EventLog.Of(item.ResponseBytes(), int.MaxValue, out var isComplete);
        if (expected.IsError)
        {
            // A broken response followed by a second one (anthropic-messages-sse-partools-72800c).
            log.Error.ShouldNotBeNull(id);
            isComplete.ShouldBeFalse(id);
            return;
        }
        isComplete.ShouldBeTrue(id);
        log.Text.ShouldBe(expected.Choices[0].Text, id);
        log.Reasoning.ShouldBe(expected.Choices[0].Reasoning, id);
        Same(expected.Choices[0].ToolCalls, log.Calls, id);
        Word(log.Finish).ShouldBe(expected.Choices[0].Finish, id);
        Same(expected.Usage, log.Usage, id);
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void Any_split_gives_the_same_events(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        var whole = EventLog.Of(bytes, int.MaxValue, out var isComplete);
        int[] sizes = bytes.Length < 3000 ? [1, 2, 3, 7, 61, 1000] : [1, 13, 997];
        foreach (var size in sizes)
        {
            var split = EventLog.Of(bytes, size, out var isSplitComplete);
            split.Lines.SequenceEqual(whole.Lines).ShouldBeTrue($"{id} in pieces of {size}: {split.Lines.Zip(whole.Lines).FirstOrDefault(p => p.First != p.Second)}");
            isSplitComplete.ShouldBe(isComplete, id);
        }
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void Case5_cut_streams_are_not_complete(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        var end = bytes.AsSpan().IndexOf("event: message_stop"u8);
        end.ShouldBeGreaterThan(0, id);
        foreach (var length in (int[])[end, end / 2, end / 3, 0])
        {
            // A cut may leave half an event, which is not JSON.
            var reader = Dialect.CreateEventReader(UsageRules.Anthropic);
            var log = new EventLog();
            SsePieces.ReadData(bytes[..length], int.MaxValue, e => reader.TryRead(e.Type, e.Data, log, "anthropic"));
            reader.IsComplete.ShouldBeFalse($"{id} cut at {length}");
        }
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Answers), MemberType = typeof(IdentityTests))]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void Tap_sees_what_the_reader_sees(string id)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var tap = Dialect.CreateUsageTap(UsageRules.Anthropic);
        Usage? usage;
        FinishReason finish;
        if (item.Sse is null)
        {
            tap.OnBody(item.ResponseBytes());
            var answer = Dialect.ReadResponse(item.ResponseBytes(), UsageRules.Anthropic);
            (usage, finish) = (answer.Usage! with { Extras = null }, answer.Choices[0].Finish);
            tap.Model.ShouldBe(answer.Model.ToString(), id);
        }
        else
        {
            var verdicts = new List<TapVerdict>();
            SsePieces.ReadData(item.ResponseBytes(), int.MaxValue, e =>
            {
                if (!verdicts.Contains(TapVerdict.End)) verdicts.Add(tap.OnEvent(e.Type, e.Data));
            });
            var log = EventLog.Of(item.ResponseBytes(), int.MaxValue, out _);
            if (log.Error is not null)
            {
                verdicts.ShouldContain(TapVerdict.Error, id);
                tap.IsComplete.ShouldBeFalse(id);
                return;
            }
            verdicts.ShouldContain(TapVerdict.End);
            (usage, finish) = (log.Usage, log.Finish);
        }
        tap.Usage.ShouldBe(usage, id);
        tap.Finish.ShouldBe(finish, id);
        tap.IsComplete.ShouldBeTrue(id);
        tap.Error.ShouldBeNull(id);
    }

    internal static string Decode(ReadOnlySpan<byte> escaped) => JsonSerializer.Deserialize<string>([(byte)'"', .. escaped, (byte)'"'])!;

    private static void Same(IReadOnlyList<AnswerToolCall> expected, IReadOnlyList<AnswerToolCall> actual, string id)
    {
        actual.Select(c => (c.Id, c.Name)).SequenceEqual(expected.Select(c => (c.Id, c.Name))).ShouldBeTrue(id);
        foreach (var (left, right) in expected.Zip(actual))
            JsonDifference.First(System.Text.Encoding.UTF8.GetBytes(left.Arguments), System.Text.Encoding.UTF8.GetBytes(right.Arguments)).ShouldBeNull(id);
    }

    private static void Same(AnswerUsage? expected, Usage? actual, string id)
    {
        actual?.InputTokens.ShouldBe(expected?.Prompt, id);
        actual?.OutputTokens.ShouldBe(expected?.Completion, id);
        actual?.CacheReadTokens.ShouldBe(expected?.Cached, id);
        actual?.CacheWriteTokens.ShouldBe(expected?.CacheWritten, id);
        actual?.ReasoningTokens.ShouldBe(expected?.Reasoning, id);
        (actual is null).ShouldBe(expected is null, id);
    }

    private static string? Word(FinishReason finish) => finish switch
    {
        FinishReason.None => null,
        FinishReason.Length => "length",
        FinishReason.ToolCalls => "tool_calls",
        FinishReason.Refusal => "content_filter",
        _ => "stop",
    };
}
