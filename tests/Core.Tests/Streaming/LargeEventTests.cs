using System.Text;
using Nano.Json;
using Nano.Streaming;
using Nano.Testing.Upstream;

namespace Nano.Tests.Streaming;

/// <summary>Events of many megabytes: whole, in any pieces, up to the limit, and counted.</summary>
public sealed class LargeEventTests
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData(1, "\n\n", 16_384)]
    [InlineData(1, "\r\n\r\n", 1)]
    [InlineData(1, "\r\r", 65_537)]
    [InlineData(7, "\n\n", 10_007)]
    [InlineData(40_000, "\r\n\r\n", 4096)]
    public void An_event_of_several_megabytes_is_read_whole(int lines, string end, int piece)
    {
        var newLine = end[..(end.Length / 2)];
        var size = piece == 1 ? MiB + 50_000 : 5 * MiB;
        var data = Enumerable.Range(0, lines).Select(i => new string((char)('a' + i % 26), size / lines)).ToList();
        var text = "data: small" + end + "event: picture" + newLine + string.Concat(data.Select(d => "data: " + d + newLine)) + newLine + "data: after" + end;
        var budget = new BufferBudget(100 * MiB);
        var seen = new List<string>();
        var raw = new MemoryStream();
        using (var reader = new SseReader(64 * MiB, budget))
        {
            Feed(reader, Encoding.UTF8.GetBytes(text), piece, See);
            if (reader.TryReadLast(out var last)) See(last);
        }
        (seen is ["|small", _, "|after"]).ShouldBeTrue($"{seen.Count} events");
        (seen[1] == "picture|" + string.Join('\n', data)).ShouldBeTrue();
        (Encoding.UTF8.GetString(raw.ToArray()) == text).ShouldBeTrue();
        budget.Used.ShouldBe(0);

        void See(SseEvent item)
        {
            raw.Write(item.Raw.Span);
            seen.Add(Encoding.UTF8.GetString(item.Type.Span) + "|" + Encoding.UTF8.GetString(item.Data.Span));
        }
    }

    [Fact]
    public void Reading_without_looking_for_events_in_between_loses_nothing()
    {
        using var reader = new SseReader(64 * MiB);
        var text = "data: " + new string('x', 3 * MiB) + "\n\n";
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at += 100_000)
        {
            var piece = bytes.AsSpan(at, Math.Min(100_000, bytes.Length - at));
            piece.CopyTo(reader.GetMemory(piece.Length).Span);
            reader.Advance(piece.Length);
            // Occasionally, so that some bytes are searched and some are not.
            if (at % 700_000 == 0) reader.TryRead(out _).ShouldBeFalse();
        }
        reader.TryRead(out var item).ShouldBeTrue();
        item.Raw.Span.SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public void A_large_event_that_the_end_of_the_stream_cuts_off_is_the_last_one()
    {
        using var reader = new SseReader(64 * MiB);
        var bytes = Encoding.UTF8.GetBytes("data: " + new string('x', 3 * MiB));
        Feed(reader, bytes, 50_000, _ => throw new InvalidOperationException("There is no whole event."));
        reader.TryReadLast(out var item).ShouldBeTrue();
        item.Raw.Span.SequenceEqual(bytes).ShouldBeTrue();
        reader.IsWhole(item).ShouldBeFalse();
    }

    [Fact]
    public void An_event_over_the_limit_is_reported_before_it_is_collected()
    {
        var budget = new BufferBudget(100 * MiB);
        using var reader = new SseReader(2 * MiB, budget);
        var fed = 0;
        while (reader.Fault is null && fed < 10 * MiB) fed += Feed(reader, new byte[16_384], 16_384, _ => { });
        reader.Fault.ShouldBe(FrameReaders.TooLong);
        budget.Used.ShouldBeLessThanOrEqualTo(4 * MiB);
    }

    [Fact]
    public void An_event_beyond_the_budget_throws_and_all_buffers_are_returned()
    {
        var budget = new BufferBudget(3 * MiB);
        using (var reader = new SseReader(64 * MiB, budget))
        {
            Should.Throw<BufferBudgetException>(() => Feed(reader, new byte[10 * MiB], 16_384, _ => { }));
        }
        budget.Used.ShouldBe(0);
        using (var reader = new AmazonEventStreamReader(64 * MiB, budget))
        {
            var message = AmazonEventStream.Event("contentBlockDelta", "{\"text\":\"" + new string('x', 10 * MiB) + "\"}");
            Should.Throw<BufferBudgetException>(() => Feed(reader, message, 16_384, _ => { }));
        }
        budget.Used.ShouldBe(0);
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(1_000_003)]
    public void A_binary_message_over_16_MiB_is_read_whole(int piece)
    {
        var payload = "{\"text\":\"" + new string('x', 17 * MiB) + "\"}";
        byte[] bytes = [.. AmazonEventStream.Event("contentBlockDelta", payload), .. AmazonEventStream.Event("messageStop", "{}")];
        var budget = new BufferBudget(100 * MiB);
        var seen = new List<int>();
        using (var reader = new AmazonEventStreamReader(64 * MiB, budget))
        {
            Feed(reader, bytes, piece, item => seen.Add(item.Data.Length));
            reader.Fault.ShouldBeNull();
        }
        seen.ShouldBe([payload.Length, 2]);
        budget.Used.ShouldBe(0);
    }

    private static int Feed(IFrameReader reader, byte[] bytes, int size, Action<SseEvent> take)
    {
        for (var at = 0; at < bytes.Length;)
        {
            reader.ReleaseIdleBuffer();
            var memory = reader.GetMemory();
            var piece = bytes.AsMemory(at, Math.Min(Math.Min(size, memory.Length), bytes.Length - at));
            piece.CopyTo(memory);
            reader.Advance(piece.Length);
            at += piece.Length;
            while (reader.TryRead(out var item)) take(item);
        }
        return bytes.Length;
    }
}
