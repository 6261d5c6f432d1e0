using System.Text.Json;
using Nano.Testing;
using Nano.Testing.Requests;

namespace Nano.Tests.Requests;

/// <inheritdoc cref="AnthropicRequestRulesTests"/>
public sealed class GeminiRequestRulesTests
{
    [SkippableFact]
    public void Every_recorded_good_request_is_valid()
    {
        WireCorpus.Require();
        var cases = WireCorpus.Of("generateContent").Where(c => c.HasRequest && c.Status == 200).ToArray();
        cases.Length.ShouldBeGreaterThan(70);
        cases.SelectMany(c => GeminiRequestRules.Check(c.RequestBody, c.Model).Select(v => $"{c.Id} {v}")).ShouldBeNone();
    }

    [Theory]
    [InlineData("$.contents: must be an array", """{"contents":[]}""")]
    [InlineData("$.messages: is no member", """{"messages":[]}""")]
    [InlineData("$.model: is no member", """{"model":"m"}""")]
    [InlineData("$.stream: is no member", """{"stream":true}""")]
    [InlineData("role: must be user or model", """{"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}""")]
    [InlineData("parts: must be an array", """{"contents":[{"role":"user","parts":[]}]}""")]
    [InlineData("exactly one data member", """{"contents":[{"role":"user","parts":[{"text":"x","inlineData":{"mimeType":"a/b","data":"AAAA"}}]}]}""")]
    [InlineData("exactly one data member", """{"contents":[{"role":"user","parts":[{}]}]}""")]
    [InlineData("cacheControl: is no member", """{"contents":[{"role":"user","parts":[{"text":"x","cacheControl":{}}]}]}""")]
    [InlineData("text: must be a string", """{"contents":[{"role":"user","parts":[{"text":["x"]}]}]}""")]
    [InlineData("mimeType: must be a media type", """{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"png","data":"AAAA"}}]}]}""")]
    [InlineData("data: must be base64", """{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"data:x"}}]}]}""")]
    [InlineData("fileUri: must be an address", """{"contents":[{"role":"user","parts":[{"fileData":{"fileUri":"file-123"}}]}]}""")]
    [InlineData("mimeType: must be a media type", """{"contents":[{"role":"user","parts":[{"fileData":{"fileUri":"https://x/y","mimeType":"image/*"}}]}]}""")]
    [InlineData("args: must be an object",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":"{}"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}""")]
    [InlineData("response: must be an object",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":"x"}}]}]}""")]
    [InlineData("named $ref",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"a":[{"$ref":"#/x"}]}}}]}]}""")]
    [InlineData("do not match the calls",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"g","response":{}}}]}]}""")]
    [InlineData("1 function calls are followed by 0",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"text":"y"}]}]}""")]
    [InlineData("right after a user turn",
        """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}""")]
    [InlineData("response id 'b' answers no call",
        """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","id":"a"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","id":"b","response":{}}}]}]}""")]
    [InlineData("thoughtSignature: may stand in model turns", """{"contents":[{"role":"user","parts":[{"text":"x","thoughtSignature":"AAAA"}]}]}""")]
    [InlineData("thoughtSignature: must be base64", """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"x","thoughtSignature":"@@"}]}]}""")]
    [InlineData("$.systemInstruction: must be an object", """{"systemInstruction":"be good"}""")]
    [InlineData("$.systemInstruction.parts", """{"systemInstruction":{"parts":[{"text":""}]}}""")]
    [InlineData("functionDeclarations: must be an array", """{"tools":[{"functionDeclarations":[]}]}""")]
    [InlineData("'1f' must begin", """{"tools":[{"functionDeclarations":[{"name":"1f"}]}]}""")]
    [InlineData("'f' is declared twice", """{"tools":[{"functionDeclarations":[{"name":"f"},{"name":"f"}]}]}""")]
    [InlineData("strict: is no member", """{"tools":[{"functionDeclarations":[{"name":"f","strict":true}]}]}""")]
    [InlineData("has parameters and", """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"},"parametersJsonSchema":{"type":"object"}}]}]}""")]
    [InlineData("parameters.$defs: is no member", """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","$defs":{}}}]}]}""")]
    [InlineData("parameters.additionalProperties: is no member",
        """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","additionalProperties":false}}]}]}""")]
    [InlineData("properties.a.type: must be one",
        """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":["string","null"]}}}}]}]}""")]
    [InlineData("properties.a.items: is mandatory", """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"array"}}}}]}]}""")]
    [InlineData("properties.a.format",
        """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"string","format":"uuid"}}}}]}]}""")]
    [InlineData("enum: must be strings", """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"string","enum":[1]}}}}]}]}""")]
    [InlineData("enum: is taken only for STRING",
        """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"integer","enum":["1"]}}}}]}]}""")]
    [InlineData("is no property", """{"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{},"required":["a"]}}]}]}""")]
    [InlineData("$ref: leads nowhere", """{"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}}]}]}""")]
    [InlineData("mode: must be one of", """{"toolConfig":{"functionCallingConfig":{"mode":"any"}}}""")]
    [InlineData("ANY needs declared functions", """{"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}""")]
    [InlineData("is taken only with ANY",
        """{"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO","allowedFunctionNames":["f"]}}}""")]
    [InlineData("g is not declared", """{"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}}}""")]
    [InlineData("generationConfig.maxTokens", """{"generationConfig":{"max_tokens":5}}""")]
    [InlineData("temperature: must lie", """{"generationConfig":{"temperature":2.5}}""")]
    [InlineData("topK: must lie", """{"generationConfig":{"topK":0}}""")]
    [InlineData("seed: must lie", """{"generationConfig":{"seed":5000000000}}""")]
    [InlineData("candidateCount: must lie", """{"generationConfig":{"candidateCount":9}}""")]
    [InlineData("maxOutputTokens: must be an integer", """{"generationConfig":{"maxOutputTokens":"5"}}""")]
    [InlineData("logprobs: needs responseLogprobs", """{"generationConfig":{"logprobs":5}}""")]
    [InlineData("stopSequences: must be", """{"generationConfig":{"stopSequences":["1","2","3","4","5","6"]}}""")]
    [InlineData("stopSequences: must be", """{"generationConfig":{"stopSequences":[""]}}""")]
    [InlineData("responseModalities: must be", """{"generationConfig":{"responseModalities":["VIDEO"]}}""")]
    [InlineData("responseMimeType: must be JSON", """{"generationConfig":{"responseSchema":{"type":"OBJECT"}}}""")]
    [InlineData("has responseSchema and responseJsonSchema",
        """{"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT"},"responseJsonSchema":{}}}""")]
    [InlineData("thinkingLevel: must be", """{"generationConfig":{"thinkingConfig":{"thinkingLevel":"xhigh"}}}""")]
    [InlineData("has a level and a budget", """{"generationConfig":{"thinkingConfig":{"thinkingLevel":"LOW","thinkingBudget":5}}}""")]
    [InlineData("thinkingBudget: must lie", """{"generationConfig":{"thinkingConfig":{"thinkingBudget":-2}}}""")]
    public void A_bad_request_is_refused(string violation, string members)
    {
        var found = GeminiRequestRules.Check(Filled(members));
        found.ShouldContain(v => v.Contains(violation), $"found [{string.Join(" | ", found)}]");
    }

    [Fact]
    public void Third_generation_models_require_signatures()
    {
        var body = Filled("""{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}""");
        GeminiRequestRules.Check(body, "gemini-2.5-flash").ShouldBeEmpty();
        GeminiRequestRules.Check(body, "gemini-3.6-flash").ShouldContain(v => v.Contains("thoughtSignature"));
    }

    private static JsonElement Filled(string members)
    {
        var given = JsonDocument.Parse(members).RootElement;
        if (given.TryGetProperty("contents", out _)) return given;
        var good = new Dictionary<string, JsonElement> { ["contents"] = JsonDocument.Parse("""[{"role":"user","parts":[{"text":"x"}]}]""").RootElement };
        foreach (var m in given.EnumerateObject()) good[m.Name] = m.Value;
        return JsonSerializer.SerializeToElement(good);
    }
}
