using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;
using Nano.Tests.Requests;

namespace Nano.Tests.Dialects.BedrockConverse.Requests;

/// <summary>The rules themselves: real accepted requests obey them, and handmade invalid ones are refused for the right reason.</summary>
public sealed class ConverseRequestRulesTests
{
    [SkippableFact]
    public void Every_recorded_good_request_is_valid()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("converse").Where(c => c.HasRequest && c.Status == 200).ToArray();
        cases.Length.ShouldBe(37);
        cases.SelectMany(c => ConverseRequestRules.Check(c.RequestBody).Select(v => $"{c.Id} {v}")).ShouldBeNone();
    }

    [Theory]
    [InlineData("$.model: is no member", """{"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]}""")]
    [InlineData("must not be blank", """{"system":[{"text":""}]}""", "blank")]
    [InlineData("temperature: must lie", """{"inferenceConfig":{"temperature":1.5}}""")]
    [InlineData("top_k: is no member", """{"inferenceConfig":{"top_k":5}}""")]
    [InlineData("tools: must not be empty", """{"toolConfig":{"tools":[]}}""")]
    [InlineData("'a b' must be 1 to 64", """{"toolConfig":{"tools":[{"toolSpec":{"name":"a b","inputSchema":{"json":{"type":"object"}}}}]}}""")]
    [InlineData("description: must be text", """{"toolConfig":{"tools":[{"toolSpec":{"name":"a","description":"","inputSchema":{"json":{"type":"object"}}}}]}}""")]
    [InlineData("must name a tool", """{"toolConfig":{"tools":[{"toolSpec":{"name":"a","inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"tool":{"name":"b"}}}}""")]
    [InlineData("turns must alternate", """{"messages":[{"role":"assistant","content":[{"text":"x"}]}]}""")]
    [InlineData("must be text that is not blank", """{"messages":[{"role":"user","content":[{"text":" "}]}]}""")]
    [InlineData("must have one member", """{"messages":[{"role":"user","content":[{"text":"x","image":{}}]}]}""")]
    [InlineData("$.toolConfig: must be there",
        """{"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"text":"y"}]}}]}]}""")]
    [InlineData("have the results []",
        """{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]},"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":{}}}]},{"role":"user","content":[{"text":"y"}]}]}""")]
    [InlineData("needs a text", """{"messages":[{"role":"user","content":[{"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}}]}]}""")]
    [InlineData("'a.pdf' must be letters", """{"messages":[{"role":"user","content":[{"text":"x"},{"document":{"format":"pdf","name":"a.pdf","source":{"bytes":"AAAA"}}}]}]}""")]
    [InlineData("'a' is used twice",
        """{"messages":[{"role":"user","content":[{"text":"x"},{"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}},{"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}}]}]}""")]
    [InlineData("behind a document",
        """{"messages":[{"role":"user","content":[{"text":"x"},{"document":{"format":"pdf","name":"a","source":{"bytes":"AAAA"}}},{"cachePoint":{"type":"default"}}]}]}""")]
    [InlineData("must be an s3", """{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"s3Location":{"uri":"https://x"}}}}]}]}""")]
    [InlineData("signature: must be there",
        """{"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"y"}}}]}]}""")]
    [InlineData("schema: must be the text", """{"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"a","schema":{}}}}}}""")]
    public void A_bad_request_is_refused(string why, string body, string? word = null)
    {
        using var document = JsonDocument.Parse(body);
        ConverseRequestRules.Check(document.RootElement).ShouldContain(v => v.Contains(word ?? why, StringComparison.Ordinal),
            string.Join('\n', ConverseRequestRules.Check(document.RootElement)));
    }
}
