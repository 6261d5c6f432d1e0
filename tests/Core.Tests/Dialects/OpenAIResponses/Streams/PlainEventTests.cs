using System.Text;
using System.Text.Json;
using Nano.Dialects.OpenAIResponses.Streams;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIResponses.Streams;

/// <summary>The fast path for reading an event gives the same result as the full scan, or none.</summary>
public sealed class PlainEventTests
{
    [SkippableFact]
    public void Recorded_and_damaged_events_read_the_same_both_ways()
    {
        WireCorpus.Require();
        var random = new Random(7);
        var (plain, events) = (0, 0);
        foreach (var wire in WireCorpus.Of("responses").Where(c => c.Sse is not null))
        {
            foreach (var item in SseText.Events(wire.Sse!).Where(e => e.HasData).Take(300))
            {
                var data = Encoding.UTF8.GetBytes(item.Data);
                events++;
                if (Same(data, wire.Id)) plain++;
                if (data.Length > 600) continue;
                for (var i = 0; i < 4; i++) Same(Damage(data, random), wire.Id);
            }
        }
        // Nearly all events are deltas, which the fast path handles.
        events.ShouldBeGreaterThan(2000);
        ((double)plain / events).ShouldBeGreaterThan(0.5);
    }

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":4,"item_id":"m","output_index":0,"content_index":2,"delta":" w","logprobs":[],"obfuscation":"x"}""",
        true)]
    [InlineData("""{"delta":"é","output_index":3,"type":"t"}""", true)]
    [InlineData("""{"delta":"","summary_index":12}""", true)]
    [InlineData("""{"delta":"a","delta":"b","output_index":1,"output_index":2}""", true)]
    [InlineData("""{"delta":"a\n"}""", false)]
    [InlineData("""{"delta": "a"}""", false)]
    [InlineData("""{"delta":"a"} """, false)]
    [InlineData("""{"delta":"a","other":1}""", false)]
    [InlineData("""{"delta":"a","logprobs":[{}]}""", false)]
    [InlineData("""{"output_index":01}""", false)]
    [InlineData("""{"output_index":-1}""", false)]
    [InlineData("""{"output_index":1.0}""", false)]
    [InlineData("""{"output_index":99999999999}""", false)]
    [InlineData("""{"delta":"a",}""", false)]
    [InlineData("""{"delta":"a"}{"delta":"b"}""", false)]
    [InlineData("""{"delta":"a" """, false)]
    [InlineData("""{"delta":"a""", false)]
    [InlineData("""{"delta":"a","logprobs":[]x}""", false)]
    [InlineData("{\"delta\":\"a\tb\"}", false)]
    [InlineData("{}", false)]
    [InlineData("{", false)]
    [InlineData("", false)]
    [InlineData("[1]", false)]
    public void Only_plain_events_use_the_fast_path(string data, bool isPlain) => Same(Encoding.UTF8.GetBytes(data), data).ShouldBe(isPlain);

    private static bool Same(byte[] data, string id)
    {
        if (!PlainEvent.TryRead(data, out var plain)) return false;
        var at = $"{id}: {Encoding.UTF8.GetString(data)}";
        try
        {
            var walked = WireEvent.Walk("name"u8.ToArray(), data);
            (plain.Type.HasValue ? plain.Type.ToString() : "name").ShouldBe(walked.Type.ToString(), at);
            plain.Delta.IsPresent.ShouldBe(walked.Delta.IsPresent, at);
            plain.Delta.ToString().ShouldBe(walked.Delta.ToString(), at);
            plain.OutputIndex.ShouldBe(walked.OutputIndex, at);
            plain.PartIndex.ShouldBe(walked.PartIndex, at);
            plain.ItemId.ToString().ShouldBe(walked.ItemId.ToString(), at);
            (walked.Whole.IsPresent || walked.Item.IsPresent || walked.Response.IsPresent || walked.Annotation.IsPresent).ShouldBeFalse(at);
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"The walk refuses what the short way read: {at}", e);
        }
        return true;
    }

    internal static byte[] Damage(byte[] data, Random random)
    {
        var damaged = data.ToList();
        for (var i = random.Next(1, 4); i > 0 && damaged.Count > 0; i--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(3))
            {
                case 0: damaged.RemoveAt(at); break;
                case 1: damaged.Insert(at, (byte)"\"\\{}[],:0-9.eE \n\ta"[random.Next(18)]); break;
                default: damaged[at] = (byte)"\"\\{}[],:0-9.eE \n\ta"[random.Next(18)]; break;
            }
        }
        return [.. damaged];
    }
}
