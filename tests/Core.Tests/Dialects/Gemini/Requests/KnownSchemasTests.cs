using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.Gemini.Requests;
using Nano.Dialects.OpenAIChat;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini.Requests;

/// <summary>Schemas of functions that are rewritten once for many requests.</summary>
public sealed class KnownSchemasTests
{
    private static readonly OpenAIChatDialect Chat = new();

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","format":"email"},"b":{"type":"integer","exclusiveMinimum":0}},"uniqueItems":true,"not":{}}""")]
    [InlineData("""{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}}}""")]
    [InlineData("""{ "type" : "object", "properties" : { "a" : { "$ref" : "#/properties/b" }, "b" : { "type" : "string" } } }""")]
    [InlineData("""{"type":"object","properties":{}}""")]
    [InlineData("""{"type":"object","properties":{"\ud800":{"oneOf":[{"const":"\udc00"},{"type":"null"}]}}}""")]
    public void A_schema_becomes_the_same_in_every_request(string schema)
    {
        var body = Request(schema, schema);
        var first = Write(body);
        for (var i = 0; i < 4; i++) Write(body).ShouldBe(first);
    }

    [Fact]
    public void A_schema_that_comes_again_is_kept()
    {
        var schema = Bytes("""{"type":"object","properties":{"kept":{"type":"number","exclusiveMinimum":0},"more":{"type":"object","uniqueItems":true}}}""");
        KnownSchemas.Entry? entry = null;
        // Other tests may displace it.
        for (var i = 0; i < 20 && entry is null; i++)
        {
            Write(Request(Encoding.UTF8.GetString(schema)));
            entry = KnownSchemas.Shared.Find(schema, out _);
        }
        entry.ShouldNotBeNull();
        Encoding.UTF8.GetString(entry.Written).ShouldBe("""{"type":"object","properties":{"kept":{"type":"number","minimum":0},"more":{"type":"object"}}}""");
        entry.Dropped.ShouldBe(["tools.parameters.uniqueItems"]);
        entry.Emulated.ShouldBe(["tools.parameters.exclusiveMinimum"]);
    }

    [Fact]
    public void References_are_limited_in_a_request_whose_schemas_are_known()
    {
        // Each schema is written out to some 100 KB: the first ones are allowed, the last ones are cut.
        var properties = string.Join(",", Enumerable.Range(0, 1000).Select(i => $"\"p{i}\":{{\"$ref\":\"#/$defs/D\"}}"));
        var schema = $"{{\"type\":\"object\",\"properties\":{{{properties}}},\"$defs\":{{\"D\":{{\"type\":\"string\",\"description\":\"{new string('x', 100)}\"}}}}}}";
        schema.Length.ShouldBeLessThan(KnownSchemas.MaxSchema);
        var one = Request(schema);
        for (var i = 0; i < 4; i++) Write(one).Losses.ShouldBe("");
        var many = Request([.. Enumerable.Repeat(schema, 30)]);
        var first = Write(many);
        first.Losses.ShouldBe("emulated=tools.parameters.$ref");
        Write(many).ShouldBe(first);
        // What the limit of one request cut is not kept for others.
        Write(one).Losses.ShouldBe("");
    }

    [Fact]
    public void Only_the_same_bytes_are_found()
    {
        var known = new KnownSchemas();
        var schema = Bytes("""{"a":1}""");
        known.Find(schema, out var hash).ShouldBeNull();
        // An entry that has the hash of another schema.
        known.Add(Bytes("""{"a":2}"""), hash, Bytes("{}"), new LossReport(), 0);
        known.Find(schema, out _).ShouldBeNull();
        known.Add(schema, hash, Bytes("""{"b":1}"""), new LossReport(), 0);
        Encoding.UTF8.GetString(known.Find(schema, out _)!.Written).ShouldBe("""{"b":1}""");
    }

    [Fact]
    public void A_schema_is_worth_keeping_from_the_second_time_on()
    {
        var known = new KnownSchemas();
        var schema = Bytes("""{"a":1}""");
        known.Find(schema, out var hash);
        known.IsRepeated(schema, hash).ShouldBeFalse();
        known.IsRepeated(schema, hash).ShouldBeTrue();
        known.Bytes.ShouldBe(0);
    }

    [Fact]
    public void Memory_is_bounded()
    {
        var known = new KnownSchemas();
        var most = 0L;
        for (var i = 0; i < 2000; i++)
        {
            var schema = Bytes($"{{\"a\":\"{i}{new string('x', KnownSchemas.MaxSchema - 100)}\"}}");
            known.Find(schema, out var hash);
            known.Add(schema, hash, schema, new LossReport(), 0);
            known.Find(schema, out _).ShouldNotBeNull();
            most = Math.Max(most, known.Bytes);
        }
        most.ShouldBeInRange(KnownSchemas.MaxBytes - 2 * KnownSchemas.MaxSchema - 1024, KnownSchemas.MaxBytes);
        // A replaced entry is not counted any more.
        var (same, count) = (Bytes("""{"a":1}"""), known.Bytes);
        known.Find(same, out var itsHash);
        for (var i = 0; i < 3; i++)
        {
            known.Add(same, itsHash, same, new LossReport(), 0);
            known.Bytes.ShouldBeInRange(0, Math.Max(count + 512, KnownSchemas.MaxBytes));
        }
    }

    [Fact]
    public void What_is_too_large_or_loses_too_much_is_not_kept()
    {
        var known = new KnownSchemas();
        var large = new byte[KnownSchemas.MaxSchema + 1];
        known.Find(large, out _).ShouldBeNull();
        known.IsRepeated(large, 0).ShouldBeFalse();
        known.IsRepeated(large, 0).ShouldBeFalse();
        var losses = new LossReport();
        for (var i = 0; i < 33; i++) losses.Drop($"m{i}");
        var schema = Bytes("""{"a":1}""");
        known.Find(schema, out var hash);
        known.Add(schema, hash, schema, losses, 0);
        known.Add(schema, hash, new byte[KnownSchemas.MaxBytes / 16 + 1], new LossReport(), 0);
        known.Find(schema, out _).ShouldBeNull();
    }

    private static (string Body, string Losses) Write(byte[] body)
    {
        var losses = new LossReport();
        return (Written(output => Dialect.WriteRequest(Chat.ReadRequest(body), new RequestTarget { Model = "gemini-3-pro" }, output, losses)), losses.ToString());
    }

    private static byte[] Request(params string[] schemas)
    {
        var tools = schemas.Select((schema, i) => $$$"""{"type":"function","function":{"name":"f{{{i}}}","parameters":{{{schema}}} }}""");
        return Bytes($$"""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{{string.Join(",", tools)}}]}""");
    }
}
