using System.Text;
using Nano.Dialects.OpenAIResponses.Streams;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIResponses.Streams;

/// <summary>Reading by the shape of the last piece gives the same result as reading each member.</summary>
public sealed class DeltaShapeTests
{
    private const string Learnt =
        """{"type":"response.output_text.delta","sequence_number":4,"item_id":"m","output_index":1,"content_index":2,"delta":" w","logprobs":[],"obfuscation":"x"}""";

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"é","logprobs":[],"obfuscation":""}""", true)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":123456789,"item_id":"m","output_index":1,"content_index":2,"delta":"","logprobs":[],"obfuscation":"abc"}""", true)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a"}""", true)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"n","output_index":1,"content_index":2,"delta":"a"}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":0,"content_index":2,"delta":"a"}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a","delta":"b"}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a","output_index":7}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a","logprobs":[{}],"obfuscation":"x"}""",
        false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a\n","logprobs":[],"obfuscation":"x"}""",
        false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a","logprobs":[],"obfuscation":"x","more":1}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a"}}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":05,"item_id":"m","output_index":1,"content_index":2,"delta":"a"}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":,"item_id":"m","output_index":1,"content_index":2,"delta":"a"}""", false)]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":""", false)]
    [InlineData("""{"type":"response.refusal.delta","sequence_number":5,"item_id":"m","output_index":1,"content_index":2,"delta":"a"}""", false)]
    [InlineData("", false)]
    public void Only_the_same_shape_is_read(string data, bool isRead)
    {
        var shape = new DeltaShape();
        Learn(shape, Encoding.UTF8.GetBytes(Learnt)).ShouldBeTrue();
        Same(shape, Encoding.UTF8.GetBytes(data), data).ShouldBe(isRead);
    }

    [Fact]
    public void Nothing_is_read_before_a_shape_is_known() => new DeltaShape().TryRead(Encoding.UTF8.GetBytes(Learnt), out _).ShouldBeFalse();

    [SkippableFact]
    public void Recorded_and_damaged_events_read_the_same_both_ways()
    {
        WireCorpus.Require();
        var random = new Random(11);
        var (read, deltas) = (0, 0);
        foreach (var wire in WireCorpus.Of("responses").Where(c => c.Sse is not null))
        {
            var shape = new DeltaShape();
            foreach (var item in SseText.Events(wire.Sse!).Where(e => e.HasData).Take(300))
            {
                var data = Encoding.UTF8.GetBytes(item.Data);
                if (Same(shape, data, wire.Id)) read++;
                if (Learn(shape, data)) deltas++;
                else continue;
                for (var i = 0; i < 8; i++) Same(shape, PlainEventTests.Damage(data, random), wire.Id);
            }
        }
        deltas.ShouldBeGreaterThan(500);
        ((double)read / deltas).ShouldBeGreaterThan(0.5);
    }

    private static bool Learn(DeltaShape shape, byte[] data)
    {
        if (!PlainEvent.TryRead(data, out var plain) || plain.Type.ToString() != DeltaShape.Type.ToString()) return false;
        shape.Learn(data, plain);
        return true;
    }

    private static bool Same(DeltaShape shape, byte[] data, string id)
    {
        if (!shape.TryRead(data, out var delta)) return false;
        var at = $"{id}: {Encoding.UTF8.GetString(data)}";
        PlainEvent.TryRead(data, out var plain).ShouldBeTrue(at);
        plain.Type.ToString().ShouldBe("response.output_text.delta", at);
        delta.ToString().ShouldBe(plain.Delta.ToString(), at);
        (shape.Place.ItemId.ToString(), shape.Place.Index, shape.Place.Part).ShouldBe((plain.ItemId.ToString(), plain.OutputIndex, plain.PartIndex), at);
        return true;
    }
}
