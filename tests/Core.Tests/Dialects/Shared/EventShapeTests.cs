using System.Text;
using Nano.Dialects.Shared;

namespace Nano.Tests.Dialects.Shared;

public sealed class EventShapeTests
{
    private const string Sample = """{"n":12,"a":"text","text":"one","p":"x"}""";

    [Theory]
    [InlineData(Sample, true)]
    [InlineData("""{"n":0,"a":"text","text":"two words","p":""}""", true)]
    [InlineData("""{"n":999999999999999,"a":"text","text":"\n\u00e9\"","p":"yyyyy"}""", true)]
    [InlineData("""{"n":1000000000000000,"a":"text","text":"two","p":"x"}""", false)]
    [InlineData("""{"n":01,"a":"text","text":"two","p":"x"}""", false)]
    [InlineData("""{"n":-1,"a":"text","text":"two","p":"x"}""", false)]
    [InlineData("""{"n":1.5,"a":"text","text":"two","p":"x"}""", false)]
    [InlineData("""{"n":,"a":"text","text":"two","p":"x"}""", false)]
    [InlineData("""{"n":1,"a":"text","text":"","p":"x"}""", false)]
    [InlineData("""{"n":1,"a":"text","text":"a\q","p":"x"}""", false)]
    [InlineData("""{"n":1,"a":"text","text":"a\u12","p":"x"}""", false)]
    [InlineData("""{"n":1,"a":"next","text":"two","p":"x"}""", false)]
    [InlineData("""{"n":1,"a":"text","text":"two","p":"x"} """, false)]
    [InlineData("""{"n":1,"a":"text","text":"two","p":"x","q":1}""", false)]
    [InlineData("""{"n":1,"a":"text","text":"two","p":"x""", false)]
    [InlineData("""{"n":1,"a":"text","text":"two""", false)]
    [InlineData("""{"n":1""", false)]
    [InlineData("", false)]
    public void Only_the_holes_may_differ(string data, bool isSame) => Learned().Matches(Encoding.UTF8.GetBytes(data)).ShouldBe(isSame);

    [Fact]
    public void Holes_and_the_bytes_between_them_are_found()
    {
        var shape = Learned();
        var data = """{"n":5,"a":"text","text":"longer than before","p":""}""";
        shape.Matches(Encoding.UTF8.GetBytes(data)).ShouldBeTrue();
        shape.Holes.ToArray().Select(hole => (data[hole.Found], hole.Kind, hole.Tag))
            .ShouldBe([("5", HoleKind.Count, 7), ("longer than before", HoleKind.Text, 0), ("", HoleKind.Padding, 0)]);
        data[shape.PositionOf(Sample.IndexOf("\"a\"", StringComparison.Ordinal))..].ShouldStartWith("\"a\":\"text\"");
        data[shape.PositionOf(Sample.IndexOf("\"p\"", StringComparison.Ordinal))..].ShouldBe("\"p\":\"\"}");
    }

    [Fact]
    public void An_event_that_is_read_forgets_the_shape()
    {
        var shape = Learned();
        shape.TryBegin("{}"u8.ToArray(), out _).ShouldBeTrue();
        shape.Matches(Encoding.UTF8.GetBytes(Sample)).ShouldBeFalse();
    }

    [Fact]
    public void Shapes_without_a_match_are_learned_less_often()
    {
        var shape = new EventShape();
        var learned = 0;
        for (var i = 0; i < 10_000; i++)
        {
            if (!shape.TryBegin(Encoding.UTF8.GetBytes($"{{\"created\":{i}}}"), out _)) continue;
            shape.Learn();
            learned++;
        }
        learned.ShouldBeInRange(10_000 / 65, 10_000 / 50);
    }

    [Fact]
    public void A_long_event_is_not_remembered() => new EventShape().TryBegin(new byte[EventShape.MaxLength + 1], out _).ShouldBeFalse();

    private static EventShape Learned()
    {
        var shape = new EventShape();
        shape.TryBegin(Encoding.UTF8.GetBytes(Sample), out var copy).ShouldBeTrue();
        shape.TryAddHole("\"text\""u8, HoleKind.Text).ShouldBeTrue();
        shape.TryAddHole("\"p\""u8, HoleKind.Padding).ShouldBeTrue();
        shape.TryAddHole("\"q\""u8, HoleKind.Padding).ShouldBeFalse();
        shape.TryAddValue(copy.Span[5..7], HoleKind.Count, tag: 7).ShouldBeTrue();
        shape.TryAddValue("12"u8, HoleKind.Count).ShouldBeFalse();
        shape.Learn();
        return shape;
    }
}
