using System.Text;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.Gemini.Requests;

/// <summary>Tool results: an object in Gemini, text elsewhere.</summary>
public sealed class ResultTests
{
    [Theory]
    [InlineData("""{"output":"rain"}""", "rain")]
    [InlineData("""{"output":{"sky":"rain"}}""", """{"sky":"rain"}""")]
    [InlineData("""{"sky":"rain"}""", """{"sky":"rain"}""")]
    [InlineData("""{"output":"rain","wind":3}""", """{"output":"rain","wind":3}""")]
    [InlineData("""{"output":""}""", """{"output":""}""")]
    [InlineData("""{"output":[1,"a"]}""", """{"output":[1,"a"]}""")]
    [InlineData("""{"error":"no such city"}""", """{"error":"no such city"}""")]
    public void A_result_is_taken_out_of_its_object_for_another_dialect(string response, string expected) =>
        Content("gemini", Request(response), "openai-chat").ShouldBe(expected);

    [Fact]
    public void A_failure_is_in_only_one_object()
    {
        const string messages = """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"{\"error\":\"no\"}"}]}]}""";
        Conversion.Run("anthropic-messages", Encoding.UTF8.GetBytes(messages), new Target("gemini", "gemini-of-tomorrow")).Body
            .GetProperty("contents")[2].GetProperty("parts")[0].GetProperty("functionResponse").GetProperty("response").GetRawText().ShouldBe("""{"error":"no"}""");
    }

    private static string Request(string response) =>
        """{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":RESPONSE}}]}]}"""
            .Replace("RESPONSE", response, StringComparison.Ordinal);

    private static string? Content(string from, string request, string to) =>
        Conversion.Run(from, Encoding.UTF8.GetBytes(request), new Target(to, "a-model")).Body.GetProperty("messages")[2].GetProperty("content").GetString();
}
