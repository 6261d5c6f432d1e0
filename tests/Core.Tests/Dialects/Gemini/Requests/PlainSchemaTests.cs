using System.Text;
using Nano.Dialects.Gemini.Requests;
using Nano.Json;

namespace Nano.Tests.Dialects.Gemini.Requests;

public sealed class PlainSchemaTests
{
    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"type":"string"}""", true)]
    [InlineData("""{"description":"a","type":"string","title":"b","minLength":1,"maxLength":2}""", true)]
    [InlineData("""{"type":"integer","minimum":0,"maximum":10,"default":{"a":1}}""", true)]
    [InlineData("""{"enum":["a","b"],"type":"string"}""", true)]
    [InlineData("""{"type":"boolean","default":null}""", true)]
    [InlineData("""{"enum":["a","b"]}""", false)]
    [InlineData("""{"type":"string","enum":[]}""", false)]
    [InlineData("""{"type":"string","enum":["a",null]}""", false)]
    [InlineData("""{"type":"number","enum":[1]}""", false)]
    [InlineData("""{"type":["string","null"]}""", false)]
    [InlineData("""{"type":null}""", false)]
    [InlineData("""{"type":"string","type":"integer"}""", false)]
    [InlineData("""{"type":"string","title":null}""", false)]
    [InlineData("""{"type":"string","nullable":true}""", false)]
    [InlineData("""{"type":"string","pattern":"a"}""", false)]
    [InlineData("""{"type":"string","format":"uri"}""", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":0}""", false)]
    [InlineData("""{"type":"number","minimum":"0"}""", false)]
    [InlineData("""{"type":"object","properties":{}}""", false)]
    [InlineData("""{"type":"array","items":{}}""", false)]
    [InlineData("""{"$ref":"#/$defs/a"}""", false)]
    [InlineData("""{"typ\u0065":"string"}""", false)]
    public void Only_members_that_pass_unchanged_are_written_directly(string schema, bool isPlain)
    {
        using var output = new JsonOutput();
        output.BeginObject();
        output.Name("a"u8);
        var cursor = new JsonCursor(Encoding.UTF8.GetBytes($"[{schema},7]"));
        cursor.NextElement();
        PlainSchema.TryWrite(ref cursor, output).ShouldBe(isPlain);
        if (!isPlain) output.Null();
        output.Name("b"u8);
        output.Null();
        output.EndObject();
        // The cursor is after the schema, or still before it.
        if (!isPlain) cursor.TakeValue().ToString().ShouldBe(schema);
        cursor.NextElement().ShouldBeTrue();
        cursor.TakeValue().ToString().ShouldBe("7");
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe($$"""{"a":{{(isPlain ? schema : "null")}},"b":null}""");
    }
}
