using Nano.Chat;
using Nano.Dialects;
using Nano.Testing;
using Nano.Testing.Oracle;
using Nano.Tests.Streaming;

namespace Nano.Tests.Dialects.OpenAIResponses.Streams;

/// <summary>Recorded streams: any split of the bytes gives the same events, and the tap agrees with the reader.</summary>
public sealed class StreamTests
{
    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void Any_split_gives_the_same_events(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        var whole = EventLog.Of(bytes, int.MaxValue, out var reader);
        foreach (var size in (int[])[1000, 61, Math.Max(1, bytes.Length / 100_000)])
        {
            var pieces = EventLog.Of(bytes, size, out var other);
            pieces.Lines.ShouldBe(whole.Lines, $"{id} in pieces of {size}");
            other.IsComplete.ShouldBe(reader.IsComplete, id);
        }
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void Text_and_end_equal_the_oracles(string id)
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get(id);
        var expected = RecordedAnswer.Read(wire);
        var log = EventLog.Of(wire.ResponseBytes(), 4096, out var reader);
        reader.IsComplete.ShouldBe(!expected.IsError, id);
        (log.Error is not null).ShouldBe(expected.IsError, id);
        if (expected.IsError) return;
        log.Text.ToString().ShouldBe(expected.Choices[0].Text, id);
        log.Reasoning.ToString().ShouldBe(expected.Choices[0].Reasoning, id);
        log.Refusal.ToString().ShouldBe(expected.Choices[0].Refusal, id);
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void A_truncated_stream_is_not_complete(string id)
    {
        WireCorpus.Require();
        var wire = WireCorpus.Get(id);
        var events = SseText.Events(wire.Sse!);
        var end = events.FindIndex(e => e.Data.Contains("\"response.completed\"", StringComparison.Ordinal)
            || e.Data.Contains("\"response.incomplete\"", StringComparison.Ordinal));
        if (end < 0) return; // the one that failed
        EventLog.Of(System.Text.Encoding.UTF8.GetBytes(string.Concat(events.Take(end).Select(e => e.Raw))), int.MaxValue, out var reader);
        reader.IsComplete.ShouldBeFalse(id);
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Streams), MemberType = typeof(IdentityTests))]
    public void The_tap_agrees_with_the_reader(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        var log = EventLog.Of(bytes, int.MaxValue, out var reader);
        var tap = EventLog.Dialect.CreateUsageTap(UsageRules.OpenAI);
        var failed = false;
        SsePieces.Read(bytes, int.MaxValue, e =>
        {
            if (e.HasData) failed |= tap.OnEvent(e.Type, e.Data) == TapVerdict.Error;
        });
        failed.ShouldBe(log.Error is not null, id);
        tap.IsComplete.ShouldBe(reader.IsComplete, id);
        if (failed) return;
        tap.Usage.ShouldBe(log.Usage, id);
        tap.Finish.ShouldBe(log.Finish, id);
        tap.Model.ShouldNotBeNullOrEmpty(id);
    }

    [SkippableTheory]
    [RecordedData(nameof(IdentityTests.Answers), MemberType = typeof(IdentityTests))]
    public void The_tap_reads_a_whole_response(string id)
    {
        WireCorpus.Require();
        var bytes = WireCorpus.Get(id).ResponseBytes();
        var answer = EventLog.Dialect.ReadResponse(bytes, UsageRules.OpenAI);
        var tap = EventLog.Dialect.CreateUsageTap(UsageRules.OpenAI);
        tap.OnBody(bytes);
        if (answer.Error is not null) return; // a background response is a response only to its own dialect
        tap.IsComplete.ShouldBeTrue(id);
        tap.Usage.ShouldBe(answer.Usage is null ? null : answer.Usage with { Extras = null }, id);
        tap.Finish.ShouldBe(answer.Choices[0].Finish, id);
        tap.Model.ShouldBe(answer.Model.ToString(), id);
    }
}
