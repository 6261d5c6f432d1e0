using System.Text;
using System.Text.Json;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.Gemini.Requests;

/// <summary>Schemas in Google's form as JSON Schema: a model of another provider understands the same, and no provider refuses them.</summary>
public sealed class SchemaGeneralizerTests
{
    public static TheoryData<string, string> Schemas => new()
    {
        // What the AI SDK makes of a type or a union with null.
        {
            """{"type":"OBJECT","properties":{"middle":{"type":"STRING","nullable":true}},"required":["middle"]}""",
            """{"type":"object","properties":{"middle":{"type":["string","null"]}},"required":["middle"]}"""
        },
        {
            """{"type":"OBJECT","properties":{"a":{"anyOf":[{"type":"STRING"},{"type":"NUMBER","nullable":true}],"nullable":true}}}""",
            """{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":["number","null"]},{"type":"null"}]}}}"""
        },
        {
            """{"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["x","y"],"nullable":true},"b":{"enum":["x"],"nullable":true},"c":{"type":"STRING","nullable":false}}}""",
            """{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x","y",null]},"b":{"enum":["x",null]},"c":{"type":"string"}}}"""
        },
        // int64 is a string in ProtoJSON, and js-genai types it so.
        {
            """{"type":"OBJECT","properties":{"a":{"type":"ARRAY","minItems":"1","maxItems":"3","items":{"type":"STRING","minLength":"2","maxLength":4}}},"minProperties":"1"}""",
            """{"type":"object","properties":{"a":{"type":"array","minItems":1,"maxItems":3,"items":{"type":"string","minLength":2,"maxLength":4}}},"minProperties":1}"""
        },
        {
            """{"type":"OBJECT","properties":{"a":{"type":"NUMBER","minimum":"0.5","maximum":1}}}""",
            """{"type":"object","properties":{"a":{"type":"number","minimum":0.5,"maximum":1}}}"""
        },
        // Both spellings of ProtoJSON.
        {
            """{"type":"OBJECT","properties":{"a":{"any_of":[{"type":"STRING"},{"type":"ARRAY","min_items":"1","items":{"type":"STRING"}}]}},"property_ordering":["a"]}""",
            """{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"string"}}]}}}"""
        },
        {
            """{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"},"c":{"type":"STRING"}},"propertyOrdering":["c","a","unknown","c"]}""",
            """{"type":"object","properties":{"c":{"type":"string"},"a":{"type":"string"},"b":{"type":"string"}}}"""
        },
        // Names of properties are not keywords.
        {
            """{"type":"OBJECT","properties":{"nullable":{"type":"TYPE_UNSPECIFIED","nullable":true},"minItems":{"type":"STRING"},"propertyOrdering":{"type":"STRING"}}}""",
            """{"type":"object","properties":{"nullable":{},"minItems":{"type":"string"},"propertyOrdering":{"type":"string"}}}"""
        },
        { """{"type":"OBJECT","properties":{"a":{"type":"STRING","minLength":"many"}}}""", """{"type":"object","properties":{"a":{"type":"string","minLength":"many"}}}""" },
    };

    [Theory, MemberData(nameof(Schemas))]
    public void A_response_schema_becomes_JSON_Schema(string schema, string expected)
    {
        var request = $$$"""{"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{{{schema}}}}}""";
        Run(request, "openai-chat").GetProperty("response_format").GetProperty("json_schema").GetProperty("schema").GetRawText().ShouldBe(expected);
        Run(request, "openai-responses").GetProperty("text").GetProperty("format").GetProperty("schema").GetRawText().ShouldBe(expected);
    }

    [Theory, MemberData(nameof(Schemas))]
    public void Parameters_become_JSON_Schema(string schema, string expected)
    {
        var request = $$$"""{"contents":[{"role":"user","parts":[{"text":"q"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{{{schema}}}}]}]}""";
        Run(request, "openai-chat").GetProperty("tools")[0].GetProperty("function").GetProperty("parameters").GetRawText().ShouldBe(expected);
        Run(request, "anthropic-messages").GetProperty("tools")[0].GetProperty("input_schema").GetRawText().ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":["string","null"],"minLength":1,"nullable":true}},"propertyOrdering":["a"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}}}""")]
    public void JSON_Schema_stays_as_it_is(string schema)
    {
        var request = $$$"""
            {"contents":[{"role":"user","parts":[{"text":"q"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{{{schema}}}},
             "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{{{schema}}}}]}]}
            """;
        var chat = Run(request, "openai-chat");
        chat.GetProperty("response_format").GetProperty("json_schema").GetProperty("schema").GetRawText().ShouldBe(schema);
        chat.GetProperty("tools")[0].GetProperty("function").GetProperty("parameters").GetRawText().ShouldBe(schema);
    }

    private static JsonElement Run(string request, string to)
    {
        var made = Conversion.Run("gemini", Encoding.UTF8.GetBytes(request), new Target(to, "m"));
        made.Error.ShouldBeNull();
        made.Losses.ToString().ShouldBe("");
        return made.Body;
    }
}
