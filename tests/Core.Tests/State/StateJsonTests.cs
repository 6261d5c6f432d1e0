using Nano.State;
using Nano.State.Redis;

namespace Nano.Tests.State;

/// <summary>Rows as engines that store texts keep them.</summary>
public sealed class StateJsonTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { "text", "plain" },
        { "text", "two\nlines, \"quoted\" \\ and \u0001" },
        { "text", "Grüße, 世界 😀" },
        { "text", new string('ü', 500) },
        { "text", "<a href='b'>&</a>" },
        // Other gateways may have other fields.
        { "tag:\"quoted\"", "a" },
        { "größe", "b" },
        { new string('n', 100), "c" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Names_and_texts_come_back_as_they_were_written(string name, string text)
    {
        var fields = StateJson.Read(StateJson.Write(new StateFields().Set("before", 1).Set(name, text).Set("after", -1)).ToArray());
        (fields.Number("before"), fields.Text(name), fields.Number("after"), fields.Count).ShouldBe((1, text, -1, 3));
        var row = RedisRow.Read("a|ü\"|000", RedisRow.Write(long.MaxValue, "a|ü\"|000", new StateFields().Set(name, text)));
        (row.Version, row.Fields.Text(name)).ShouldBe((long.MaxValue, text));
    }

    /// <summary>A caller's metadata can be cut within a character.</summary>
    [Fact]
    public void Half_a_surrogate_pair_becomes_a_replacement_character() =>
        StateJson.Read(StateJson.Write(new StateFields().Set("text", "a\ud83d")).ToArray()).Text("text").ShouldBe("a\ufffd");

    [Fact]
    public void Rows_written_before_are_read()
    {
        // As System.Text.Json wrote them.
        var fields = StateJson.Read("""{"tags":"app=shop\u0026co\nenv=\u00FC","n":-9007199254740993}"""u8.ToArray());
        (fields.Text("tags"), fields.Number("n")).ShouldBe(("app=shop&co\nenv=ü", -9_007_199_254_740_993));
    }

    [Fact]
    public void Fields_keep_their_order_and_are_set_removed_and_copied()
    {
        var fields = new StateFields(1).Add("a", 1).Add("zero", 0).Add("empty", "").Add("none", null)
            .Set("b", "two").Set("c", 3).Set("a", 4).Set("b", (string?)null).Set("d", "five");
        Names(fields).ShouldBe(["a", "c", "d"]);
        (fields.Number("a"), fields.Text("b"), fields.Number("c"), fields.Text("d")).ShouldBe((4, null, 3, "five"));
        (fields.Number("d"), fields.Text("a")).ShouldBe((0, null));
        var copy = fields.Copy().Set("a", 5);
        (fields.Number("a"), copy.Number("a"), copy.Text("d"), copy.Count).ShouldBe((4, 5, "five", 3));
        Names(new StateFields().Copy().Set("x", 1)).ShouldBe(["x"]);

        static string[] Names(StateFields of)
        {
            var names = new List<string>();
            foreach (var field in of.All) names.Add(field.Name);
            return [.. names];
        }
    }
}
