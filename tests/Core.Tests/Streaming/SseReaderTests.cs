using System.Text;
using Nano.Streaming;

namespace Nano.Tests.Streaming;

public sealed class SseReaderTests
{
    [Theory]
    [InlineData("data: a\n\ndata:b\n\n", "|a", "|b")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n", "|a", "|b")]
    [InlineData("data: a\r\rdata: b\r\r", "|a", "|b")]
    [InlineData("\uFEFFdata: a\n\n", "|a")]
    [InlineData(": hello\n\nevent: x\ndata: a\n\n", "x|a")]
    [InlineData("data: a\ndata: b\ndata\ndata:  c\n\n", "|a\nb\n\n c")]
    [InlineData("event: one\ndata: 1\nid: 7\nretry: 10\n\nevent: two\ndata: 2\n\n", "one|1", "two|2")]
    [InlineData("unknown: a\nnothing\ndata: b\n\n", "|b")]
    [InlineData("\n\ndata: b\n\n\n\n", "|b")]
    [InlineData("data: \u20ac\ud83d\ude00\n\n", "|\u20ac\ud83d\ude00")]
    [InlineData("data: [DONE]", "|[DONE]")]
    [InlineData("data: [DONE]\n", "|[DONE]")]
    [InlineData("data: a\r\n\r", "|a")]
    [InlineData("data: a\r", "|a")]
    [InlineData("event: x\rdata: a\rdata: b\r", "x|a\nb")]
    public void Any_split_gives_the_same_events(string stream, params string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var size = 1; size <= bytes.Length; size++) Events(bytes, size).SequenceEqual(expected).ShouldBeTrue($"pieces of {size}");
    }

    /// <summary>The buffer moves or grows after some lines of an event were read.</summary>
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void An_event_is_the_same_where_the_buffer_moves_or_grows_within_it(string lineEnd)
    {
        foreach (var length in new[] { 10, 1000, 3000, 3500, 4000, 5000, 9000 })
        {
            string first = new('a', length), second = new('b', length / 2);
            var stream = string.Concat(new[]
            {
                "data: before", "", "event: t", $"data: {first}", $": {second}", $"id: {second}", "", "event: u", $"data: {second}", $"data: {first}", $"data: {second}", ": x", "",
            }.Select(line => line + lineEnd));
            foreach (var size in new[] { 1, 64, 500, 1024, 4096 })
                Events(Encoding.UTF8.GetBytes(stream), size).ShouldBe(["|before", $"t|{first}", $"u|{second}\n{first}\n{second}"], $"{length} in pieces of {size}");
        }
    }

    [Fact]
    public void Raw_bytes_of_all_events_are_the_stream()
    {
        var bytes = Encoding.UTF8.GetBytes(": c\r\n\r\nevent: a\ndata: 1\n\n\ndata: 2\ndata: 3\n\nrest");
        for (var size = 1; size <= bytes.Length; size++)
        {
            var all = new List<byte>();
            SsePieces.Read(bytes, size, e => all.AddRange(e.Raw.ToArray()));
            all.ShouldBe(bytes);
        }
    }

    [Fact]
    public void An_endless_event_is_detected()
    {
        using var reader = new SseReader(maxEventBytes: 10_000);
        var piece = new byte[1024];
        piece.AsSpan().Fill((byte)'x');
        for (var i = 0; i < 11; i++)
        {
            reader.IsTooLong.ShouldBe(i > 9);
            piece.CopyTo(reader.GetMemory(1024));
            reader.Advance(1024);
            reader.TryRead(out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void An_event_over_the_limit_is_reported_as_such()
    {
        using var reader = new SseReader(maxEventBytes: 100);
        Add(100);
        reader.Fault.ShouldBeNull("the limit itself is allowed");
        Add(1);
        reader.Fault.ShouldBe(FrameReaders.TooLong);

        void Add(int count)
        {
            reader.GetMemory(count).Span[..count].Fill((byte)'x');
            reader.Advance(count);
            reader.TryRead(out _).ShouldBeFalse();
        }
    }

    private static List<string> Events(byte[] bytes, int size)
    {
        var events = new List<string>();
        SsePieces.Read(bytes, size, e =>
        {
            if (e.HasData) events.Add($"{Encoding.UTF8.GetString(e.Type.Span)}|{Encoding.UTF8.GetString(e.Data.Span)}");
        });
        return events;
    }
}
