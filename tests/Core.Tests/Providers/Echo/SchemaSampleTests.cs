using System.Text;
using System.Text.Json;
using Nano.Json;
using Nano.Providers.Echo;
using Nano.Testing;

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

    /// <summary>All required members are present, at every depth, with the right type.</summary>
    [SkippableFact]
    public void Recorded_tool_schemas_get_fitting_arguments()
    {
        WireCorpus.Require();
        var failures = new List<string>();
        var seen = 0;
        foreach (var recorded in WireCorpus.Of("chat").Where(c => c.HasRequest && c.RequestBody.TryGetProperty("tools", out _)))
        {
            foreach (var tool in recorded.RequestBody.GetProperty("tools").EnumerateArray())
            {
                if (!tool.TryGetProperty("function", out var function) || !function.TryGetProperty("parameters", out var schema)) continue;
                seen++;
                using var sample = JsonDocument.Parse(Sample(schema.GetRawText()));
                if (Misfit(schema, sample.RootElement, schema, "$") is { } misfit) failures.Add($"{recorded.Id}: {misfit}");
            }
        }
        seen.ShouldBeGreaterThan(100);
        failures.ShouldBeEmpty();
    }

    private static string? Misfit(JsonElement schema, JsonElement value, JsonElement root, string path)
    {
        if (schema.ValueKind != JsonValueKind.Object) return null;
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = root;
            foreach (var step in reference.GetString()!.Split('/').Skip(1)) if (!target.TryGetProperty(step, out target)) return null;
            return value.ValueKind == JsonValueKind.Null ? null : Misfit(target, value, root, path); // null ends a cycle
        }
        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => word.GetRawText() == value.GetRawText()))
            return $"{path} is not in the enum: {value}";
        if (schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && !IsOf(type.GetString()!, value))
            return $"{path} is not of type {type}: {value}";
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            return value.EnumerateArray().Select((item, i) => Misfit(items, item, root, $"{path}[{i}]")).FirstOrDefault(m => m is not null);
        if (value.ValueKind != JsonValueKind.Object) return null;
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _))) return $"{path}.{name} is missing";
        return schema.TryGetProperty("properties", out var properties)
            ? value.EnumerateObject().Where(member => properties.TryGetProperty(member.Name, out _))
                .Select(member => Misfit(properties.GetProperty(member.Name), member.Value, root, $"{path}.{member.Name}")).FirstOrDefault(m => m is not null)
            : null;
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => true,
    };

    private static string Sample(string schema)
    {
        using var output = new JsonOutput();
        SchemaSample.Write(new JsonSlice(Encoding.UTF8.GetBytes(schema)), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
