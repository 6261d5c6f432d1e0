using Nano.Caching;

namespace Nano.Tests.Caching;

/// <summary>Two lists of fields have one key only if they are equal.</summary>
public sealed class CacheKeyTests
{
    [Fact]
    public void Any_change_of_a_field_changes_the_key()
    {
        using var builder = new CacheKeyBuilder();
        string?[][] lists =
        [
            [], [""], [null], ["", ""], [null, ""], ["", null], ["a"], ["b"], ["a", "b"], ["b", "a"], ["ab"], ["a", "", "b"], ["a\0b"], ["\u00e4"], ["a\u0308"],
            [new string('x', 5000)], [new string('x', 5001)], [new string('x', 2500), new string('x', 2500)],
        ];
        var keys = lists.Select(list => Key(builder, list)).ToList();
        keys.ShouldBeUnique();
        keys.ShouldAllBe(key => key.Length == 64 && key.All(char.IsAsciiHexDigitLower));
        lists.Select(list => Key(builder, list)).ShouldBe(keys, "a builder begins anew");
        using var other = new CacheKeyBuilder();
        lists.Reverse().Select(list => Key(other, list)).Reverse().ShouldBe(keys);
    }

    [Fact]
    public void A_list_and_its_elements_have_different_keys()
    {
        using var builder = new CacheKeyBuilder();
        string[] keys = [builder.Start().Add(["a", "b"]).Build(), builder.Start().Add("a").Add("b").Build(), builder.Start().Add(["a"]).Add(["b"]).Build(),
            builder.Start().Add(["a", "b"]).Add("").Build(), builder.Start().Add("ab"u8).Build()];
        keys.ShouldBeUnique();
    }

    private static string Key(CacheKeyBuilder builder, string?[] fields)
    {
        builder.Start();
        foreach (var field in fields) builder.Add(field);
        return builder.Build();
    }
}
