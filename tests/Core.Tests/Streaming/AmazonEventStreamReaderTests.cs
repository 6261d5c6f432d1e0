using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Streaming;
using Nano.Testing;
using static Nano.Testing.Upstream.AmazonEventStream;

namespace Nano.Tests.Streaming;

public sealed class AmazonEventStreamReaderTests
{
    private const string BadChecksum = "has an event with a wrong checksum";
    private const string BadHeaders = "has an event with invalid headers";
    private const string BadLengths = "has an event with invalid lengths";
    private const string TooLarge = "has an event that is too large";

    public static TheoryData<string, byte[], string> Messages => new()
    {
        { "an event", Event("messageStart", """{"role":"assistant"}"""), """messageStart|{"role":"assistant"}""" },
        { "an exception", Exception("throttlingException", """{"message":"slow"}"""), """exception throttlingException|{"message":"slow"}""" },
        { "an error", Error("InternalFailure", "oh \"no\""), """exception InternalFailure|{"message":"oh \"no\""}""" },
        { "an exception without a name", Message("{}"u8.ToArray(), Text(":message-type", "exception")), "exception |{}" },
        { "an exception's name alone", Message("{}"u8.ToArray(), Text(":exception-type", "validationException")), "exception validationException|{}" },
        { "no payload", Event("ping", ""), "ping|{}" },
        { "no headers", Message("{}"u8.ToArray()), "|{}" },
        { "every type of header", Message("[1]"u8.ToArray(),
            Header("t", 0), Header("f", 1), Header("b", 2, 1), Header("s", 3, 1, 2), Header("i", 4, 1, 2, 3, 4), Header("l", 5, 1, 2, 3, 4, 5, 6, 7, 8),
            Header("a", 6, [.. Length(3), 1, 2, 3]), Header("d", 8, 1, 2, 3, 4, 5, 6, 7, 8), Header("u", 9, new byte[16]), Text(":event-type", "x")), "x|[1]" },
        { "an event type that is no string", Message("{}"u8.ToArray(), Header(":event-type", 4, 1, 2, 3, 4)), "|{}" },
        { "a payload of 100 KiB", Event("x", $"\"{new string('a', 100 * 1024)}\""), $"x|\"{new string('a', 100 * 1024)}\"" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_its_type_and_its_payload(string what, byte[] message, string expected)
    {
        var (events, fault) = Read([.. message, .. message], 7);
        events.ShouldBe([expected, expected], what);
        fault.ShouldBeNull();
    }

    public static TheoryData<string, byte[], string> Broken => new()
    {
        { "the message's checksum", Changed(Event("x", "{}"), ^1), BadChecksum },
        { "a byte of the payload", Changed(Event("x", """{"a":1}"""), ^6), BadChecksum },
        { "a byte of a header", Changed(Event("x", "{}"), 14), BadChecksum },
        { "the prelude's checksum", Changed(Event("x", "{}"), 9), BadChecksum },
        { "a length, its checksum left", Changed(Event("x", "{}"), 3), BadChecksum },
        { "a giant length", Lengths(int.MaxValue, 0), TooLarge },
        { "a length above 2^31", Lengths(-1, 0), TooLarge },
        { "16 MiB", Lengths(16 * 1024 * 1024, 0), TooLarge },
        { "giant headers", Lengths(1024 * 1024, 200 * 1024), TooLarge },
        { "headers above 2^31", Lengths(1024, -1), TooLarge },
        { "shorter than itself", Lengths(15, 0), BadLengths },
        { "nothing", Lengths(0, 0), BadLengths },
        { "more headers than message", Lengths(32, 17), BadLengths },
        { "a header without a name", Message([], [0, 7, 0, 0]), BadHeaders },
        { "a name that does not end", Message([], [200, 65]), BadHeaders },
        { "a header without a type", Message([], [1, 65]), BadHeaders },
        { "a type that there is not", Message([], Header("a", 10)), BadHeaders },
        { "a string that does not end", Message([], Header("a", 7, 255, 255, 65)), BadHeaders },
        { "half a length", Message([], Header("a", 7, 0)), BadHeaders },
        { "half a number", Message([], Header("a", 5, 1, 2, 3)), BadHeaders },
        { "text", Encoding.ASCII.GetBytes("data: {\"a\":1}\n\ndata: [DONE]\n\n"), BadChecksum },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_message_ends_the_stream(string what, byte[] message, string fault)
    {
        byte[] good = Event("x", "{}");
        for (var size = 1; size <= 64; size += 9)
        {
            var read = Read([.. good, .. message, .. good], size);
            read.Events.ShouldBe(["x|{}"], what);
            read.Fault.ShouldBe(fault, what);
        }
    }

    [Fact]
    public void A_truncated_message_is_ignored()
    {
        var message = Event("messageStop", """{"stopReason":"end_turn"}""");
        for (var length = 0; length < message.Length; length++)
        {
            var (events, fault) = Read([.. message, .. message[..length]], 5);
            events.Count.ShouldBe(1);
            fault.ShouldBeNull();
        }
    }

    [Fact]
    public void An_announced_length_takes_no_memory()
    {
        using var reader = new AmazonEventStreamReader();
        byte[] prelude = Lengths(15 * 1024 * 1024, 0)[..12];
        prelude.CopyTo(reader.GetMemory());
        reader.Advance(12);
        reader.TryRead(out _).ShouldBeFalse();
        reader.Fault.ShouldBeNull();
        reader.GetMemory().Length.ShouldBeLessThan(64 * 1024);
    }

    [SkippableFact]
    public void Every_split_of_a_recording_gives_the_same_events()
    {
        WireCorpus.Require();
        foreach (var wire in WireCorpus.All.Where(w => w.EventStream is not null))
        {
            var bytes = wire.EventStream!;
            var whole = Read(bytes, bytes.Length);
            whole.Fault.ShouldBeNull(wire.Id);
            whole.Events.Count.ShouldBe(wire.Response.GetProperty("events").GetArrayLength(), wire.Id);
            foreach (var size in new[] { 1, 2, 3, 5, 7, 11, 12, 13, 64, 100, 1000, 4096 }) Read(bytes, size).Events.ShouldBe(whole.Events, $"{wire.Id} in pieces of {size}");
        }
    }

    /// <summary>After any change of a stream, only events that were sent are read, in their order.</summary>
    [Fact]
    public void A_changed_stream_gives_no_event_that_was_not_sent()
    {
        byte[][] sent = [Event("messageStart", "{\"role\":\"assistant\"}"), Event("contentBlockDelta", "{\"delta\":{\"text\":\"hello\"}}"), Event("messageStop", "{}")];
        byte[] all = [.. sent.SelectMany(s => s)];
        var expected = Read(all, all.Length).Events;
        Prop.ForAll(Gen.Choose(0, all.Length - 1).ToArbitrary(), Gen.Choose(1, 255).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (at, by, size) =>
        {
            var changed = (byte[])all.Clone();
            changed[at] ^= (byte)by;
            var (events, fault) = Read(changed, size);
            return fault is not null && events.SequenceEqual(expected.Take(events.Count)) && events.Count < expected.Count;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Noise_is_refused()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(1, 40).ToArbitrary(), (noise, size) => Read(noise, size).Events.Count == 0).QuickCheckThrowOnFailure();
    }

    private static byte[] Changed(byte[] message, Index at)
    {
        message[at] ^= 1;
        return message;
    }

    private static byte[] Lengths(int total, int headers)
    {
        var message = new byte[64];
        BinaryPrimitives.WriteInt32BigEndian(message, total);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers);
        return Seal(message);
    }

    private static (List<string> Events, string? Fault) Read(byte[] bytes, int size)
    {
        using var reader = new AmazonEventStreamReader();
        var events = new List<string>();
        for (var at = 0; at < bytes.Length; at += size)
        {
            reader.ReleaseIdleBuffer();
            var piece = bytes.AsMemory(at, Math.Min(size, bytes.Length - at));
            piece.CopyTo(reader.GetMemory(piece.Length));
            reader.Advance(piece.Length);
            while (reader.TryRead(out var item)) events.Add($"{Encoding.UTF8.GetString(item.Type.Span)}|{Encoding.UTF8.GetString(item.Data.Span)}");
        }
        reader.TryReadLast(out _).ShouldBeFalse();
        return (events, reader.Fault);
    }
}
