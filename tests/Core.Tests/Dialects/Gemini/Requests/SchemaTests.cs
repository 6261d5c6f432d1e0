using Nano.Chat;
using Nano.Dialects.Gemini.Requests;
using Nano.Json;
using Nano.Testing;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini.Requests;

/// <summary>JSON schemas in, Gemini's schema and the loss report out.</summary>
public sealed class SchemaTests
{
    private const string AnyObject = """{"type":"object"}""";

    [Theory]
    // Unchanged.
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","description":"d","minLength":1,"pattern":"x","default":null}},"required":["a"],"additionalProperties":false}""",
        """{"type":"object","properties":{"a":{"type":"string","description":"d","minLength":1,"pattern":"x","default":null}},"required":["a"],"additionalProperties":false}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"type":"integer"},"minItems":1},"c":{"anyOf":[{"type":"string"},{"type":"number"}]},"d":{"type":"object","additionalProperties":{"type":"string"}}}}""",
        """{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"type":"integer"},"minItems":1},"c":{"anyOf":[{"type":"string"},{"type":"number"}]},"d":{"type":"object","additionalProperties":{"type":"string"}}}}""", "")]
    // References are expanded, whatever is beside them.
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"mine"},"b":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string","description":"its own","maxLength":3}}}""",
        """{"type":"object","properties":{"a":{"description":"mine","type":"string","maxLength":3},"b":{"type":"string","description":"its own","maxLength":3}}}""", "")]
    [InlineData("""{"$ref":"#/definitions/R","definitions":{"R":{"type":"object","properties":{"x":{"$ref":"#/definitions/a~1b~0c"}}},"a/b~c":{"type":"integer"}}}""",
        """{"type":"object","properties":{"x":{"type":"integer"}}}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"},"b":{"$ref":"#/properties/a"}}}""",
        """{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}""", "")]
    // Cycles become "any object".
    [InlineData("""{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"v":{"type":"string"},"next":{"$ref":"#/$defs/N"}}}}}""",
        """{"type":"object","properties":{"n":{"type":"object","properties":{"v":{"type":"string"},"next":{"type":"object"}}}}}""", "emulated=p.$ref")]
    [InlineData("""{"type":"object","properties":{"me":{"$ref":"#"}}}""", """{"type":"object","properties":{"me":{"type":"object"}}}""", "emulated=p.$ref")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"anyOf":[{"$ref":"#/$defs/B"},{"type":"string"}]},"B":{"type":"array","items":{"$ref":"#/$defs/A"}}}}""",
        """{"type":"object","properties":{"a":{"anyOf":[{"type":"array","items":{"type":"object"}},{"type":"string"}]}}}""", "emulated=p.$ref")]
    [InlineData("""{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/A"}}}""", AnyObject, "emulated=p.$ref")]
    // References without a target, or outside the schema.
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/none"},"b":{"$ref":"https://x.test/s.json"}}}""",
        """{"type":"object","properties":{"a":{"type":"object"},"b":{"type":"object"}}}""", "emulated=p.$ref")]
    // Other keywords with the same meaning.
    [InlineData("""{"type":"object","properties":{"a":{"const":"x"},"b":{"const":5},"c":{"type":"integer","const":5}}}""",
        """{"type":"object","properties":{"a":{"enum":["x"],"type":"string"},"b":{"enum":[5],"type":"number"},"c":{"type":"integer","enum":[5]}}}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"oneOf":[{"const":"x"},{"type":"null"}]}}}""",
        """{"type":"object","properties":{"a":{"anyOf":[{"enum":["x"],"type":"string"},{"type":"null"}]}}}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","nullable":true},"b":{"enum":["x",null],"type":"string"}}}""",
        """{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"enum":["x"],"type":["string","null"]}}}""", "")]
    [InlineData("""{"allOf":[{"$ref":"#/$defs/A"},{"properties":{"b":{"type":"string"}},"required":["b"]}],"$defs":{"A":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}}""",
        """{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a","b"]}""", "")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":[{"type":"string"},{"type":"number"}]}}}""",
        """{"type":"object","properties":{"a":{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}]}}}""", "")]
    [InlineData("""{"type":"object","properties":{"a":true}}""", """{"type":"object","properties":{"a":{}}}""", "")]
    // Expressed differently, and reported.
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","format":"email"},"b":{"type":"string","format":"date-time"},"c":{"type":"string","format":"uuid","description":"an id"}}}""",
        """{"type":"object","properties":{"a":{"type":"string","description":"Format: email"},"b":{"type":"string","format":"date-time"},"c":{"type":"string","description":"an id (format: uuid)"}}}""", "emulated=p.format")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","exclusiveMinimum":0},"b":{"type":"number","exclusiveMaximum":1.5}}}""",
        """{"type":"object","properties":{"a":{"type":"integer","minimum":1},"b":{"type":"number","maximum":1.5}}}""", "emulated=p.exclusiveMinimum,p.exclusiveMaximum")]
    // Cannot be expressed.
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","uniqueItems":true,"items":{"type":"string"}},"b":{"not":{"type":"string"}},"c":{"type":"number","multipleOf":2}}}""",
        """{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}},"b":{},"c":{"type":"number"}}}""", "dropped=p.uniqueItems,p.not,p.multipleOf")]
    [InlineData("""{"type":"object","properties":{"a":{"enum":[true]},"b":{"enum":["x",1]}}}""", """{"type":"object","properties":{"a":{"type":"boolean"},"b":{}}}""",
        "dropped=p.enum")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a","ghost"]}""",
        """{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", "")]
    // Notes without a meaning for a model, and properties named like keywords.
    [InlineData("""{"$schema":"x","$id":"y","$comment":"z","type":"object","x-order":1,"properties":{"$ref":{"type":"string"},"format":{"type":"string"},"const":{"type":"string"}}}""",
        """{"type":"object","properties":{"$ref":{"type":"string"},"format":{"type":"string"},"const":{"type":"string"}}}""", "")]
    [InlineData("""{"properties":{"a":{}}}""", """{"properties":{"a":{}},"type":"object"}""", "")]
    // Wrong shapes.
    [InlineData("""{"type":"object","properties":[],"required":"a","description":5,"anyOf":{}}""", """{"type":"object"}""", "")]
    public void Case13_schemas(string schema, string expected, string losses)
    {
        var report = new LossReport();
        Written(output => new SchemaWriter(JsonSlice.Constant(schema), "p", new SchemaBudget(), output, report).Write(isParameters: true)).ShouldBeJson(expected);
        report.ToString().ShouldBe(losses);
    }

    [Fact]
    public void Multiplying_references_are_bounded()
    {
        // Every level refers to the next one ten times: 10^20 positions in total.
        var levels = Enumerable.Range(0, 20)
            .Select(i => $"\"L{i}\":{{\"type\":\"object\",\"properties\":{{{string.Join(",", Enumerable.Range(0, 10).Select(p => $"\"p{p}\":{{\"$ref\":\"#/$defs/L{i + 1}\"}}"))}}}}}");
        var schema = $"{{\"$ref\":\"#/$defs/L0\",\"$defs\":{{{string.Join(",", levels)},\"L20\":{{\"type\":\"string\"}}}}}}";
        var report = new LossReport();
        var written = Written(output => new SchemaWriter(JsonSlice.Constant(schema), "p", new SchemaBudget(), output, report).Write(isParameters: true));
        written.Length.ShouldBeLessThan(2_000_000);
        JsonSlice.IsValid(Bytes(written)).ShouldBeTrue();
        report.Emulated.ShouldContain("p.$ref");
    }

    [Fact]
    public void Huge_schemas_are_written_within_bounds()
    {
        var many = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"p{i}\":{{\"$ref\":\"#/$defs/d{i}\"}}"));
        var required = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"p{i}\""));
        var chain = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"\"d{i}\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}"));
        var repeated = string.Join(",", Enumerable.Repeat("\"properties\":{}", 20_000));
        foreach (var schema in (string[])
        [
            $"{{\"type\":\"object\",\"properties\":{{{many}}},\"required\":[{required}],\"$defs\":{{{chain}}}}}",
            $"{{\"type\":\"object\",\"properties\":{{{many}}},\"required\":[{required}],\"allOf\":[{{\"properties\":{{{many}}}}}]}}",
            $"{{{repeated}}}",
        ])
        {
            CpuTime.Of(() => Written(output => new SchemaWriter(JsonSlice.Constant(schema), "p", new SchemaBudget(), output, new LossReport()).Write(isParameters: true)))
                .ShouldBeLessThan(TimeSpan.FromSeconds(10));
        }
    }

    [Theory]
    [InlineData("""{"type":"OBJECT","properties":{"type":{"type":"STRING","enum":["A"],"default":"B"}}}""",
        """{"type":"object","properties":{"type":{"type":"string","enum":["A"],"default":"B"}}}""")]
    [InlineData("""{"type":"OBJECT","properties":{"enum":{"type":"ARRAY","items":{"type":"NUMBER"}},"default":{"type":"BOOLEAN"},"example":{"anyOf":[{"type":"NULL"}]}}}""",
        """{"type":"object","properties":{"enum":{"type":"array","items":{"type":"number"}},"default":{"type":"boolean"},"example":{"anyOf":[{"type":"null"}]}}}""")]
    [InlineData("""{"type":["OBJECT","NULL"],"properties":{"a":{"type":"TYPE_UNSPECIFIED"},"b":{"enum":["STRING"],"default":{"type":"STRING"}}}}""",
        """{"type":["object","null"],"properties":{"a":{"type":"TYPE_UNSPECIFIED"},"b":{"enum":["STRING"],"default":{"type":"STRING"}}}}""")]
    [InlineData("""{"type":"OBJECT","properties":{"a":{"type":"string"}}}""", """{"type":"object","properties":{"a":{"type":"string"}}}""", false)]
    [InlineData("""{"type":"object"}""", """{"type":"object"}""", false)]
    [InlineData("""{"properties":{}}""", """{"properties":{}}""", false)]
    public void Upper_case_types_become_lower_case_ones_and_back(string schema, string lowered, bool wereUpper = true)
    {
        var result = SchemaTypes.Lower(JsonSlice.Constant(schema), out var were);
        result.ToString().ShouldBe(lowered);
        were.ShouldBe(wereUpper);
        if (were) SchemaTypes.Upper(result).ToString().ShouldBe(schema);
    }
}
