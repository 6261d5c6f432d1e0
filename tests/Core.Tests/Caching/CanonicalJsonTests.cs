using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Nano.Caching;
using Nano.Testing;

namespace Nano.Tests.Caching;

/// <summary>The key of a cached response ignores white space and the order of members, and nothing else.</summary>
public sealed class CanonicalJsonTests
{
    private static readonly MemberFilter Nothing = new(stream: false, options: false);

    [Fact]
    public void Reordering_and_white_space_do_not_change_the_digest() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var value = RandomJson.Object(random);
            var written = RandomJson.Write(value, random);
            Digest(written).ShouldBe(Digest(RandomJson.Write(value, random)), $"seed {seed}: {written}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_change_of_a_member_changes_the_digest() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var value = RandomJson.Object(random);
            var written = RandomJson.Write(value, random);
            var before = Digest(written);
            var changed = value.DeepClone();
            var what = RandomJson.Change(changed, random);
            Digest(RandomJson.Write(changed, random)).ShouldNotBe(before, $"seed {seed}: {what} of {written}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1.0}""")]
    [InlineData("""{"a":1}""", """{"a":1e0}""")]
    [InlineData("""{"a":1}""", """{"a":"1"}""")]
    [InlineData("""{"a":"b"}""", """{"a":"\u0062"}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""")]
    [InlineData("""{"a":[1,[2]]}""", """{"a":[[1],2]}""")]
    [InlineData("""{"a":{},"b":1}""", """{"a":{"b":1}}""")]
    [InlineData("""{"a":null}""", """{}""")]
    [InlineData("""{"a":"1,\"b\":2"}""", """{"a":"1","b":2}""")]
    // The server decides which of two equal names applies.
    [InlineData("""{"a":1,"a":2}""", """{"a":2,"a":1}""")]
    [InlineData("""{"a":1,"\u0061":2}""", """{"\u0061":2,"a":1}""")]
    [InlineData("""{"max_tokens":1,"maxTokens":2}""", """{"maxTokens":2,"max_tokens":1}""")]
    [InlineData("""{"store":true,"\u017ftore":false}""", """{"\u017ftore":false,"store":true}""")]
    public void Digests_differ(string one, string other) => Digest(one).ShouldNotBe(Digest(other));

    [Theory]
    [InlineData("""{"a":1,"b":{"c":2,"d":[{"e":1,"f":2}]}}""", " { \"b\" :\t{\"d\":[ {\"f\":2,\"e\":1}\n],\"c\":2}\r,\"a\" : 1 } ")]
    [InlineData("""{"stream":true,"a":1,"stream_options":{"include_usage":true}}""", """{"a":1}""")]
    [InlineData("""{"a":1,"stream":false,"stream_options":null}""", """{"a":1}""")]
    public void Digests_are_equal(string one, string other) => Digest(one, new MemberFilter(stream: true, options: true))
    .ShouldBe(Digest(other, new MemberFilter(stream: true, options: true)));

    [Theory]
    [InlineData("""{"a":1,"stream_options":{"include_usage":true,"new":1}}""")]
    [InlineData("""{"a":1,"stream_options":1}""")]
    [InlineData("""{"a":{"stream":true}}""")]
    [InlineData("""{"a":1,"Stream":true}""")]
    public void Only_known_stream_options_are_ignored(string request)
    {
        var filter = new MemberFilter(stream: true, options: true);
        Digest(request, filter).ShouldNotBe(Digest("""{"a":1}""", filter));
        Digest(request, filter).ShouldNotBe(Digest("""{"a":{}}""", filter));
    }

    [Fact]
    public void An_object_with_too_many_members_has_no_digest()
    {
        string Members(int count) => $"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\":0"))}}}";
        CanonicalJson.TryDigest(Encoding.UTF8.GetBytes(Members(CanonicalJson.MaxMembers)), Nothing, new byte[32]).ShouldBeTrue();
        CanonicalJson.TryDigest(Encoding.UTF8.GetBytes(Members(CanonicalJson.MaxMembers + 1)), Nothing, new byte[32]).ShouldBeFalse();
    }

    private static string Digest(string json) => Digest(json, Nothing);

    private static string Digest(string json, MemberFilter filter)
    {
        var digest = new byte[32];
        CanonicalJson.TryDigest(Encoding.UTF8.GetBytes(json), filter, digest).ShouldBeTrue();
        return Convert.ToHexStringLower(digest);
    }
}
