using Nano.Access;

namespace Nano.Tests.Access;

public sealed class KeyMaterialTests
{
    private static readonly string Longest = new('k', 512);
    private static readonly string Usual = new('u', 128);

    public static TheoryData<string, string, string, bool> Candidates => new()
    {
        { "itself", "the-right-key", "the-right-key", true },
        { "its beginning", "the-right-key", "the-right", false },
        { "more than it", "the-right-key", "the-right-key2", false },
        { "filled up with zeros", "the-right-key", "the-right-key\0", false },
        { "nothing", "the-right-key", "", false },
        { "another of its length", "the-right-key", "the-wrong-key", false },
        { "the longest that is compared briefly", Usual, Usual, true },
        { "one that differs in its last byte", Usual, Usual[..^1] + "v", false },
        { "one more than the longest that is compared briefly", Usual, Usual + "u", false },
        { "the beginning of one that is longer", Usual + "u", Usual, false },
        { "one byte longer than what is compared briefly", Usual + "u", Usual + "u", true },
        { "one that differs only after that", Usual + "u", Usual + "v", false },
        { "the longest", Longest, Longest, true },
        { "one more than the longest", Longest, Longest + "k", false },
        { "one that is too long", Longest + "k", Longest + "k", false },
        { "the part of one that is too long", Longest + "k", Longest, false },
        { "nothing for one that is too long", Longest + "k", "", false },
    };

    [Theory]
    [MemberData(nameof(Candidates))]
    public void Only_the_key_itself_matches(string what, string key, string candidate, bool matches) =>
        new KeyMaterial(key).Matches(candidate).ShouldBe(matches, what);
}
