using System.Text;
using System.Text.Json;
using Nano.Dialects.OpenAIChat.Quirks;
using Nano.Json;
using Nano.Testing;

namespace Nano.Tests.Dialects.OpenAIChat.Quirks;

/// <summary>Schemas in Moonshot's dialect.</summary>
public sealed class BranchedSchemaTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","enum":["anyOf"]}}}""", null)]
    [InlineData("""{"type":"object","properties":{"anyOf":{"type":"array","items":{"type":"string"}},"type":{"anyOf":[{"type":"string"},{"type":"null"}]}}}""", null)]
    [InlineData("""{"properties":{}}""", """{"type":"object","properties":{}}""")]
    [InlineData("{}", """{"type":"object"}""")]
    [InlineData("""{"type":null,"properties":{}}""", """{"type":"object","properties":{}}""")]
    [InlineData("""{"type":"object","anyOf":[{"required":["a"]},true]}""", """{"anyOf":[{"type":"object","required":["a"]},true]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"description":"d","type":"string","anyOf":[{"minLength":1},{"type":"null"}]}}}""",
        """{"type":"object","properties":{"a":{"description":"d","anyOf":[{"type":"string","minLength":1},{"type":"null"}]}}}""")]
    // A branch that branches.
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","anyOf":[{"anyOf":[{"minLength":1}]}]}}}""",
        """{"type":"object","properties":{"a":{"anyOf":[{"anyOf":[{"type":"string","minLength":1}]}]}}}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":[{"type":"string"},{"type":"number"}],"prefixItems":[true]}}}""",
        """{"type":"object","properties":{"a":{"type":"array","prefixItems":[true,{"type":"string"},{"type":"number"}]}}}""")]
    [InlineData("""{"type":"object","$defs":{"d":{"oneOf":[{"not":{"type":"string","anyOf":[{}]}}]}},"additionalProperties":{"type":"array","items":[]}}""",
        """{"type":"object","$defs":{"d":{"oneOf":[{"not":{"anyOf":[{"type":"string"}]}}]}},"additionalProperties":{"type":"array","prefixItems":[]}}""")]
    public void A_schema_is_written(string schema, string? expected)
    {
        using var output = new JsonOutput();
        BranchedSchema.Write(new JsonSlice(Encoding.UTF8.GetBytes(schema)), output).ShouldBe(expected is not null);
        JsonDifference.First(JsonDocument.Parse(expected ?? schema).RootElement, JsonDocument.Parse(output.Written.ToArray()).RootElement)
            .ShouldBeNull(Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
