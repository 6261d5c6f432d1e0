using System.Text;

namespace Nano.Tests.Requests;

/// <summary>Chat requests that are no requests: each is a 400 that says what is wrong, before anything is sent.</summary>
public sealed class MalformedChatRequestTests
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"model":"m","messages":null}""")]
    [InlineData("""{"model":"m","messages":{}}""")]
    [InlineData("""{"model":"m","messages":"hi"}""")]
    [InlineData("""{"model":"m","messages":[]}""")]
    [InlineData("""{"model":"m","messages":["hi"]}""")]
    [InlineData("""{"model":"m","messages":[null]}""")]
    [InlineData("""{"model":"m","messages":[{"content":"hi"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":7,"content":"hi"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":7}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[7]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":7}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]} x""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":{}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[7]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":7}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":"yes"}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":{}}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":["x"]}]}""")]
    public void Is_a_400_that_says_what_is_wrong(string body)
    {
        foreach (var target in Target.All)
        {
            var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(body), target);
            made.Error.ShouldNotBeNull($"to {target}: {(made.Error is null ? made.Body.GetRawText() : "")}");
            made.Error.Status.ShouldBe(400);
            made.Error.Message.Length.ShouldBeGreaterThan(10);
        }
    }

    /// <summary>Nesting as deep as the parser allows, and deeper.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Depth_is_bounded(int depth)
    {
        var nested = string.Concat(Enumerable.Repeat("""{"properties":{"a":""", depth)) + "{}" + string.Concat(Enumerable.Repeat("}}", depth));
        var body = $$"""{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","parameters":{{nested}}}}]}""";
        foreach (var target in Target.All) Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(body), target).Error?.Status.ShouldBe(400);
    }

    /// <summary>Definitions that each name two others grow without end when every reference is written out.</summary>
    [Theory]
    [InlineData(30)]
    public void References_do_not_explode(int definitions)
    {
        var defs = string.Join(',', Enumerable.Range(0, definitions).Select(i =>
            $$$"""{"d{{{i}}}":{"type":"object","properties":{"a":{"$ref":"#/$defs/d{{{i + 1}}}"},"b":{"$ref":"#/$defs/d{{{i + 1}}}"}}}}"""[1..^1]));
        var body = $$$"""{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{{{{defs}}},"d{{{definitions}}}":{"type":"string"}}}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{{{{defs}}},"d{{{definitions}}}":{"type":"string"}}}}}}""";
        foreach (var target in Target.All)
        {
            var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(body), target);
            if (made.Error is null) made.Body.GetRawText().Length.ShouldBeLessThan(10_000_000, target.ToString());
        }
    }
}
