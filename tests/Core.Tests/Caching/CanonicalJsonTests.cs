using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Nano.Caching;

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
            var value = Object(random, 0);
            var written = Write(value, random, isShuffled: true);
            Digest(written).ShouldBe(Digest(Write(value, random, isShuffled: true)), $"seed {seed}: {written}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_change_of_a_member_changes_the_digest() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var value = Object(random, 0);
            var written = Write(value, random, isShuffled: true);
            var before = Digest(written);
            var changed = value.DeepClone();
            var what = Change(changed, random);
            Digest(Write(changed, random, isShuffled: true)).ShouldNotBe(before, $"seed {seed}: {what} of {written}");
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

    private static JsonObject Object(Random random, int depth)
    {
        var value = new JsonObject();
        for (var i = random.Next(depth == 0 ? 1 : 0, 6); i > 0; i--) value[Name(random)] = Value(random, depth + 1);
        return value;
    }

    private static JsonNode? Value(Random random, int depth) => random.Next(depth > 4 ? 4 : 6) switch
    {
        0 => random.Next(100),
        1 => Name(random),
        2 => random.Next(2) == 0,
        3 => null,
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1))]),
        _ => Object(random, depth + 1),
    };

    private static string Name(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abcXY,:{}[]"[random.Next(11)]));

    /// <summary>Changes one random value.</summary>
    private static string Change(JsonNode root, Random random)
    {
        var places = new List<(string, Action)>();
        Collect(root, "", places);
        var (what, change) = places[random.Next(places.Count)];
        change();
        return what;
    }

    private static void Collect(JsonNode? node, string path, List<(string, Action)> places)
    {
        switch (node)
        {
            case JsonObject value:
                places.Add(($"{path} gets a member", () => value["added"] = 1));
                foreach (var (name, member) in value.ToList())
                {
                    places.Add(($"{path}.{name} is removed", () => value.Remove(name)));
                    places.Add(($"{path}.{name} is another value", () => value[name] = "another value"));
                    Collect(member, $"{path}.{name}", places);
                }
                break;
            case JsonArray list:
                places.Add(($"{path} gets an element", () => list.Add(null)));
                for (var i = 0; i < list.Count; i++)
                {
                    var at = i;
                    places.Add(($"{path}[{at}] is removed", () => list.RemoveAt(at)));
                    Collect(list[i], $"{path}[{i}]", places);
                }
                break;
        }
    }

    private static string Write(JsonNode? node, Random random, bool isShuffled)
    {
        var text = new StringBuilder();
        Write(node, random, isShuffled, text);
        return text.ToString();
    }

    private static void Write(JsonNode? node, Random random, bool isShuffled, StringBuilder text)
    {
        Space();
        switch (node)
        {
            case JsonObject value:
                var members = value.ToArray();
                // Names that only differ in case keep their order.
                if (isShuffled && members.Select(member => member.Key.ToLowerInvariant()).Distinct().Count() == members.Length) random.Shuffle(members);
                text.Append('{');
                for (var i = 0; i < members.Length; i++)
                {
                    if (i > 0) text.Append(',');
                    Space();
                    text.Append(JsonValue.Create(members[i].Key).ToJsonString());
                    Space();
                    text.Append(':');
                    Write(members[i].Value, random, isShuffled, text);
                }
                text.Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Write(list[i], random, isShuffled, text);
                }
                text.Append(']');
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
        Space();

        void Space() => text.Append(' ', random.Next(3)).Append(random.Next(8) == 0 ? "\r\n\t" : "");
    }
}
