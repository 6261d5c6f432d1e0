using System.Text;
using System.Text.Json;
using Nano.Json;
using Nano.Providers.Echo;

namespace Nano.Tests.Providers.Echo;

public class SchemaSampleTests
{
    [Theory]
    [InlineData("{}", "\"example\"")]
    [InlineData("true", "\"example\"")]
    [InlineData("false", "null")]
    [InlineData("null", "{}")]
    [InlineData("""{"type":"string"}""", "\"example\"")]
    [InlineData("""{"type":"string","minLength":9}""", "\"examplexx\"")]
    [InlineData("""{"type":"string","maxLength":2}""", "\"ex\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2026-01-01T00:00:00Z\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"00000000-0000-4000-8000-000000000000\"")]
    [InlineData("""{"type":"string","format":"unheard"}""", "\"example\"")]
    [InlineData("""{"type":["null","integer"]}""", "1")]
    [InlineData("""{"type":"integer"}""", "1")]
    [InlineData("""{"type":"integer","minimum":5}""", "5")]
    [InlineData("""{"type":"integer","maximum":-5}""", "-5")]
    [InlineData("""{"type":"integer","exclusiveMinimum":1}""", "2")]
    [InlineData("""{"type":"integer","exclusiveMaximum":1}""", "0")]
    [InlineData("""{"type":"integer","minimum":2,"multipleOf":5}""", "5")]
    [InlineData("""{"type":"integer","minimum":1.5}""", "2")]
    [InlineData("""{"type":"number","minimum":0.5,"maximum":0.75}""", "0.75")]
    [InlineData("""{"type":"number","exclusiveMinimum":1,"exclusiveMaximum":2}""", "1.5")]
    [InlineData("""{"type":"number","maximum":1e999}""", "1")]
    [InlineData("""{"type":"boolean"}""", "true")]
    [InlineData("""{"type":"null"}""", "null")]
    [InlineData("""{"const":{"a":1}}""", """{"a":1}""")]
    [InlineData("""{"enum":[null,"b"]}""", "\"b\"")]
    [InlineData("""{"type":"integer","default":7}""", "7")]
    [InlineData("""{"type":"integer","default":null}""", "1")]
    [InlineData("""{"type":"integer","default":"seven"}""", "1")]
    [InlineData("""{"type":"string","examples":["e"]}""", "\"e\"")]
    [InlineData("""{"type":"array","items":{"type":"boolean"}}""", "[true]")]
    [InlineData("""{"type":"array","items":{"type":"boolean"},"minItems":3}""", "[true,true,true]")]
    [InlineData("""{"type":"array","maxItems":0}""", "[]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"boolean"}],"items":false}""", "[1,true]")]
    [InlineData("""{"type":"object"}""", "{}")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{}}}""", """{"a":1,"b":"b"}""")]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{}},"required":["b"]}""", """{"b":"b"}""")]
    [InlineData("""{"type":"object","required":["x"]}""", """{"x":"x"}""")]
    [InlineData("""{"type":"object","properties":{"o":{"type":"object","properties":{"p":{}}}},"required":["o"]}""", """{"o":{}}""")]
    [InlineData("""{"type":"object","properties":{"q\"uote":{"type":"string"}},"required":["q\"uote"]}""", """{"q\"uote":"example"}""")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"type":"integer"}}}""", "1")]
    [InlineData("""{"$ref":"#/$defs/a~1b%20c","$defs":{"a/b c":{"type":"integer"}}}""", "1")]
    [InlineData("""{"$ref":"#/anyOf/1","anyOf":[{"type":"string"},{"type":"integer"}]}""", "1")]
    [InlineData("""{"$ref":"#/nowhere"}""", "\"example\"")]
    [InlineData("""{"$ref":"https://example.com/s.json"}""", "\"example\"")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"integer"}]}""", "1")]
    [InlineData("""{"oneOf":[{"type":"boolean"},{"type":"integer"}]}""", "true")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"required":["a","b"],"properties":{"b":{"type":"boolean"}}}]}""", """{"a":1,"b":true}""")]
    [InlineData("""{"allOf":[{"enum":["x"]}]}""", "\"x\"")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["b"]},{"required":["a"]}]}""", """{"b":"b"}""")]
    [InlineData("""{"type":5,"enum":{},"properties":[],"required":"x","anyOf":5,"items":7,"minItems":"x"}""", "[\"example\"]")]
    public void Makes_an_instance(string schema, string expected) => Sample(schema).ShouldBe(expected);

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""")]
    [InlineData("""{"allOf":[{"$ref":"#"},{"$ref":"#"}]}""")]
    [InlineData("""{"type":"object","properties":{"l":{"$ref":"#"},"r":{"$ref":"#"},"m":{"$ref":"#"}},"required":["l","r","m"]}""")]
    [InlineData("""{"type":"array","minItems":16,"items":{"$ref":"#"}}""")]
    [InlineData("""{"anyOf":[{"$ref":"#"}],"oneOf":[{"$ref":"#"}],"properties":{}}""")]
    public void Case13_A_cycle_ends(string schema)
    {
        var sample = Sample(schema);
        JsonDocument.Parse(sample, new JsonDocumentOptions { MaxDepth = 128 });
        sample.Length.ShouldBeLessThan(2_000_000);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"]}""")]
    [InlineData("""{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#"}}},"required":["children"]}""")]
    [InlineData("""{"type":["object","null"],"properties":{"next":{"$ref":"#"}},"required":["next"]}""")]
    public void Case13_A_list_or_tree_stays_valid_and_shallow(string schema)
    {
        var sample = Sample(schema);
        sample.Length.ShouldBeLessThan(400, sample);
        sample.ShouldNotContain("children\":null");
    }

    private static string Sample(string schema)
    {
        using var output = new JsonOutput();
        SchemaSample.Write(new JsonSlice(Encoding.UTF8.GetBytes(schema)), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
