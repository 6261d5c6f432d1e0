using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Nano.Json;

namespace Nano.Tests.Json;

/// <summary>Halves of surrogate pairs: valid JSON, but not text.</summary>
public sealed class HalfPairTests
{
    [Theory]
    [InlineData(@"cut \ud83d", 4, @"cut \ufffd")]
    [InlineData(@"cut \uD83D", 4, @"cut \ufffd")]
    [InlineData(@"\ude00 cut", 0, @"\ufffd cut")]
    [InlineData(@"\ud83d\ude00", -1, @"\ud83d\ude00")]
    [InlineData(@"\ud83d\ud83d\ude00", 0, @"\ufffd\ud83d\ude00")]
    [InlineData(@"\ude00\ud83d", 0, @"\ufffd\ufffd")]
    [InlineData(@"\ud83dx\ude00", 0, @"\ufffdx\ufffd")]
    [InlineData(@"\ud83d\n\ude00", 0, @"\ufffd\n\ufffd")]
    [InlineData(@"\ud83d\u0041", 0, @"\ufffd\u0041")]
    [InlineData(@"\ud83d\\ude00", 0, @"\ufffd\\ude00")]
    // An escaped backslash and letters.
    [InlineData(@"\\ud83d", -1, @"\\ud83d")]
    [InlineData(@"\\\ud83d", 2, @"\\\ufffd")]
    [InlineData(@"\\\\ud83d", -1, @"\\\\ud83d")]
    [InlineData(@"{""a"":""\ud800"",""\udfff"":1}", 6, @"{""a"":""\ufffd"",""\ufffd"":1}")]
    [InlineData("", -1, "")]
    [InlineData(@"\u00e9 \ue000 \ud7ff", -1, @"\u00e9 \ue000 \ud7ff")]
    // Invalid JSON is not changed.
    [InlineData(@"\ud8", -1, @"\ud8")]
    [InlineData(@"\u", -1, @"\u")]
    [InlineData(@"\uD8zz", -1, @"\uD8zz")]
    public void A_half_is_found_and_replaced(string json, int at, string replaced)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        JsonEscaping.IndexOfHalf(bytes).ShouldBe(at);
        JsonEscaping.ReplaceHalves(bytes);
        Encoding.UTF8.GetString(bytes).ShouldBe(replaced);
    }

    /// <summary>For any UTF-16 text, the repaired JSON equals the result of a replacing decoder.</summary>
    [Fact]
    public void Repaired_text_equals_Unicode_replacement() => Prop.ForAll(Units(), units =>
    {
        var escaped = new StringBuilder();
        foreach (var unit in units)
        {
            if (unit is '"' or '\\') escaped.Append('\\').Append(unit);
            else if (unit < ' ' || char.IsSurrogate(unit) || unit % 3 == 0) escaped.Append("\\u").Append(((int)unit).ToString(unit % 2 == 0 ? "x4" : "X4"));
            else escaped.Append(unit);
        }
        var bytes = Encoding.UTF8.GetBytes(escaped.ToString());
        var text = new string(units);
        var replaced = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        (JsonEscaping.IndexOfHalf(bytes) < 0).ShouldBe(replaced == text);
        JsonEscaping.Is(bytes, Encoding.UTF8.GetBytes(replaced)).ShouldBe(replaced == text, "half a pair equals nothing");
        JsonEscaping.ReplaceHalves(bytes);
        JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString(bytes)}\"").ShouldBe(replaced);
        JsonEscaping.Is(bytes, Encoding.UTF8.GetBytes(replaced)).ShouldBeTrue();
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(@"cut \ud83d", true, false)]
    [InlineData(@"cut \\ud83d", false, false)]
    [InlineData(@"\ude00 on", false, true)]
    [InlineData(@"\ud83d\ude00", false, false)]
    [InlineData(@"\\ude00", false, false)]
    [InlineData(@"ud83d", false, false)]
    [InlineData("", false, false)]
    public void A_half_at_the_edge_may_be_completed_by_the_next_piece(string text, bool endsWithHigh, bool beginsWithLow)
    {
        JsonEscaping.EndsWithHigh(Encoding.UTF8.GetBytes(text)).ShouldBe(endsWithHigh);
        JsonEscaping.BeginsWithLow(Encoding.UTF8.GetBytes(text)).ShouldBe(beginsWithLow);
    }

    [Fact]
    public void A_long_escaped_name_is_compared_too()
    {
        var name = string.Concat(Enumerable.Repeat("name", 200));
        var escaped = string.Concat(name.Select(c => $"\\u{(int)c:x4}"));
        new JsonText(Encoding.UTF8.GetBytes(escaped)).Is(Encoding.UTF8.GetBytes(name)).ShouldBeTrue();
        new JsonText(Encoding.UTF8.GetBytes(escaped)).Is(Encoding.UTF8.GetBytes(name[1..])).ShouldBeFalse();
        new JsonText(Encoding.UTF8.GetBytes(escaped + @"\ud800")).Is(Encoding.UTF8.GetBytes(name)).ShouldBeFalse();
    }

    /// <summary>The gateway's own text, truncated.</summary>
    [Fact]
    public void The_gateways_own_text_may_be_truncated_within_an_emoji() =>
        JsonText.From("cut \ud83d").ToString().ShouldBe("cut \ufffd");

    private static Arbitrary<char[]> Units() =>
        Gen.OneOf(Gen.Elements('a', '"', '\\', 'u', 'd', '8', '\n', '\u00e9', '\ud83d', '\ud800', '\ude00', '\udfff', '\ufffd'), Gen.Choose(0, 0xffff).Select(unit => (char)unit))
        .ArrayOf().ToArbitrary();
}
