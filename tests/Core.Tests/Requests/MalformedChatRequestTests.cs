using System.Text;
using Nano.Testing;

namespace Nano.Tests.Requests;

/// <summary>Malformed Chat requests: each is a 400 that names the problem, before anything is sent.</summary>
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
    public void Is_a_400_that_names_the_problem(string body)
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
        var body = """{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","parameters":""" + nested + "}}]}";
        foreach (var target in Target.All) Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(body), target).Error?.Status.ShouldBe(400);
    }

    /// <summary>Definitions that each refer to the next one twice double with every level when references are expanded.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void References_do_not_explode(int tools)
    {
        const int definitions = 30;
        var defs = string.Concat(Enumerable.Range(0, definitions).Select(i => """ "dI":{"type":"object","properties":{"a":{"$ref":"#/$defs/dN"},"b":{"$ref":"#/$defs/dN"}}}, """
            .Replace("dI", $"d{i}", StringComparison.Ordinal).Replace("dN", $"d{i + 1}", StringComparison.Ordinal)));
        var schema = """{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{""" + defs + $"\"d{definitions}\"" + """:{"type":"string"}}}""";
        var list = string.Join(',', Enumerable.Range(0, tools).Select(i => """{"type":"function","function":{"name":"fI","parameters":SCHEMA}}"""
            .Replace("fI", $"f{i}", StringComparison.Ordinal).Replace("SCHEMA", schema, StringComparison.Ordinal)));
        var body = """{"model":"m","messages":[{"role":"user","content":"q"}],"tools":[""" + list
            + """],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":""" + schema + "}}}";
        foreach (var target in (Target[])[new("anthropic-messages", "m"), new("gemini", "m")])
        {
            var made = Conversion.Run("openai-chat", Encoding.UTF8.GetBytes(body), target);
            if (made.Error is null) made.Body.GetRawText().Length.ShouldBeLessThan(8_000_000, target.ToString());
        }
    }

    /// <summary>The cost is linear in the size of a request, not quadratic.</summary>
    [Theory]
    [InlineData("openai-chat", "anthropic-messages")]
    [InlineData("openai-chat", "gemini")]
    [InlineData("anthropic-messages", "openai-chat")]
    [InlineData("anthropic-messages", "gemini")]
    [InlineData("gemini", "openai-chat")]
    [InlineData("gemini", "anthropic-messages")]
    public void Many_calls_have_a_linear_cost(string from, string to)
    {
        var body = ManyCalls(from, 20_000);
        CpuTime.Of(() => Conversion.Run(from, body, new Target(to, "m")).Error.ShouldBeNull()).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    private static byte[] ManyCalls(string dialect, int count)
    {
        string All(Func<int, string> one) => string.Join(',', Enumerable.Range(0, count).Select(one));
        return Encoding.UTF8.GetBytes(dialect switch
        {
            "openai-chat" => """{"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[""" +
                All(i => $"{{\"id\":\"call.{i}\",\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":\"{{}}\"}}}}") + "]}," +
                All(i => $"{{\"role\":\"tool\",\"tool_call_id\":\"call.{count - 1 - i}\",\"content\":\"r\"}}") + "]}",
            "anthropic-messages" => """{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[""" +
                All(i => $"{{\"type\":\"tool_use\",\"id\":\"c{i}\",\"name\":\"f\",\"input\":{{}}}}") + """]},{"role":"user","content":[""" +
                All(i => $"{{\"type\":\"tool_result\",\"tool_use_id\":\"c{count - 1 - i}\",\"content\":\"r\"}}") + "]}]}",
            _ => """{"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[""" +
                All(i => """{"functionCall":{"name":"f","args":{}}}""") + """]},{"role":"user","parts":[""" +
                All(i => """{"functionResponse":{"name":"f","response":{"result":"r"}}}""") + "]}]}",
        });
    }
}
