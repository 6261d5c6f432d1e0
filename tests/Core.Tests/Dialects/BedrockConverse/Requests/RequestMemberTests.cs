using System.Text;
using System.Text.Json;
using Nano.Testing.Requests;

namespace Nano.Tests.Dialects.BedrockConverse.Requests;

/// <summary>Single members of a Chat request: the sent request contains this piece, and these are the losses.</summary>
public sealed class RequestMemberTests
{
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]";
    private const string Called =
        """{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}""";
    private const string Claude = "us.anthropic.claude-of-tomorrow", Haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0", Nova = "us.amazon.nova-2-lite-v1:0",
        Llama = "us.meta.llama4-scout-17b-instruct-v1:0", Mistral = "mistral.mistral-large-2407-v1:0", Titan = "amazon.titan-text-express-v1", Oss = "openai.gpt-oss-20b-1:0";

    public static TheoryData<string, string, string, string> Members => new()
    {
        // Sampling.
        { Claude, $"{Hi},\"max_tokens\":7,\"temperature\":0.5,\"stop\":[\"a\",\" \"]", """inferenceConfig":{"maxTokens":7,"temperature":0.5,"stopSequences":["a"]}""",
            "dropped=stop" },
        { Claude, $"{Hi},\"temperature\":1.7", """inferenceConfig":{"temperature":1}""", "emulated=temperature" },
        { Claude, $"{Hi},\"temperature\":0.5,\"top_p\":0.5", """inferenceConfig":{"temperature":0.5}""", "dropped=top_p" },
        { Nova, $"{Hi},\"temperature\":0.5,\"top_p\":0.5", """inferenceConfig":{"temperature":0.5,"topP":0.5}""", "" },
        { Claude, $"{Hi},\"top_k\":5", """additionalModelRequestFields":{"top_k":5}""", "" },
        { Nova, $"{Hi},\"top_k\":5", """additionalModelRequestFields":{"inferenceConfig":{"topK":5}}""", "" },
        { Llama, $"{Hi},\"top_k\":5", """{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""", "dropped=top_k" },
        { Claude, $"{Hi},\"seed\":1,\"n\":2,\"frequency_penalty\":1,\"logprobs\":true,\"user\":\"u\"", "", "dropped=user,frequency_penalty,seed,n,logprobs" },
        { Claude, $"{Hi},\"n\":1,\"frequency_penalty\":0,\"store\":false", "", "" },
        // Reasoning, by the family.
        { Claude, $"{Hi},\"reasoning_effort\":\"high\"",
            """additionalModelRequestFields":{"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"high"}}""", "" },
        { Haiku, $"{Hi},\"reasoning_effort\":\"low\",\"max_tokens\":8000", """additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":2048}}""", "" },
        { "us.anthropic.claude-3-7-sonnet-20250219-v1:0", $"{Hi},\"thinking\":{{\"type\":\"enabled\",\"budget_tokens\":1024}}",
            """thinking":{"type":"enabled","budget_tokens":1024}""", "" },
        { Haiku, $"{Hi},\"reasoning_effort\":\"low\",\"max_tokens\":8000,\"temperature\":0.2,\"top_k\":3", """inferenceConfig":{"maxTokens":8000},""",
            "dropped=temperature,top_k" },
        { Nova, $"{Hi},\"reasoning_effort\":\"xhigh\"", """additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}}""",
            "emulated=reasoning_effort" },
        // At its highest level, Nova refuses the limit and what samples. The limit is kept, as it bounds the cost.
        { Nova, $"{Hi},\"reasoning_effort\":\"high\",\"max_tokens\":4096,\"temperature\":0.5",
            """inferenceConfig":{"maxTokens":4096,"temperature":0.5},"additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}}""",
            "emulated=reasoning_effort" },
        { Nova, $"{Hi},\"thinking\":{{\"type\":\"enabled\",\"budget_tokens\":20000}},\"max_tokens\":30000", """maxReasoningEffort":"medium"}}""", "emulated=thinking" },
        { Nova, $"{Hi},\"reasoning_effort\":\"high\",\"temperature\":1,\"top_p\":0.5,\"stop\":\"a\"",
            """inferenceConfig":{"stopSequences":["a"]},"additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}}""", "dropped=top_p" },
        { Nova, $"{Hi},\"reasoning_effort\":\"low\",\"max_tokens\":4096",
            """inferenceConfig":{"maxTokens":4096},"additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}""", "" },
        // "This model doesn't support the stopSequences field."
        { Oss, $"{Hi},\"stop\":[\"a\"],\"max_tokens\":7", """inferenceConfig":{"maxTokens":7}}""", "dropped=stop" },
        { "qwen.qwen3-32b-v1:0", $"{Hi},\"stop\":\"a\"", """{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""", "dropped=stop" },
        { Llama, $"{Hi},\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]", """stopSequences":["a","b","c","d","e"]""", "" },
        { Nova, $"{Hi},\"reasoning_effort\":\"none\"", """reasoningConfig":{"type":"disabled"}""", "" },
        { Oss, $"{Hi},\"reasoning_effort\":\"medium\"", """additionalModelRequestFields":{"reasoning_effort":"medium"}""", "" },
        { Oss, $"{Hi},\"reasoning_effort\":\"none\"", "", "dropped=reasoning_effort" },
        { "qwen.qwen3-32b-v1:0", $"{Hi},\"reasoning_effort\":\"medium\"", """additionalModelRequestFields":{"reasoning_config":"high"}""", "emulated=reasoning_effort" },
        { Llama, $"{Hi},\"reasoning_effort\":\"high\"", "", "dropped=reasoning_effort" },
        { Llama, $"{Hi},\"reasoning_effort\":\"none\"", "", "emulated=reasoning_effort" },
        // Members with Converse's own names; the caller's fields take precedence.
        { Claude, $"{Hi},\"guardrailConfig\":{{\"guardrailIdentifier\":\"g\",\"guardrailVersion\":\"1\"}},\"performanceConfig\":{{\"latency\":\"optimized\"}},\"requestMetadata\":{{\"a\":\"b\"}}",
            """guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},"performanceConfig":{"latency":"optimized"},"requestMetadata":{"a":"b"}""", "" },
        { Claude, $"{Hi},\"top_k\":5,\"reasoning_effort\":\"low\",\"additionalModelRequestFields\":{{\"thinking\":{{\"type\":\"disabled\"}},\"x\":1}}",
            """additionalModelRequestFields":{"output_config":{"effort":"low"},"thinking":{"type":"disabled"},"x":1}""", "dropped=top_k" },
        { Claude, $"{Hi},\"service_tier\":\"flex\"", """serviceTier":{"type":"flex"}""", "" },
        { Claude, $"{Hi},\"service_tier\":\"auto\"", """{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""", "" },
        { Claude, $"{Hi},\"service_tier\":\"scale\",\"logit_bias\":{{\"1\":2}}", "", "dropped=service_tier,logit_bias" },
        // Tools.
        { Claude, $"{Hi},{Tool},\"tool_choice\":\"required\"",
            """toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}],"toolChoice":{"any":{}}}""", "" },
        { Claude, $"{Hi},{Tool},\"tool_choice\":{{\"type\":\"function\",\"function\":{{\"name\":\"f\"}}}}", """toolChoice":{"tool":{"name":"f"}}""", "" },
        { Claude, $"{Hi},{Tool},\"tool_choice\":\"auto\",\"parallel_tool_calls\":false", """inputSchema":{"json":{"type":"object","properties":{}}}}}]}}""",
            "dropped=parallel_tool_calls" },
        { Claude, $"{Hi},{Tool},\"tool_choice\":\"none\"", """{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""", "emulated=tool_choice" },
        { Llama, $"{Hi},{Tool},\"tool_choice\":\"required\"", """properties":{}}}}}]}}""", "dropped=tool_choice" },
        { Claude, $"\"messages\":[{Called},{{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"7\"}}]",
            """toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"Was called earlier""", "emulated=tools" },
        { Claude, $"\"messages\":[{Called},{{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"7\"}}],{Tool},\"tool_choice\":\"none\"",
            """toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":""", "dropped=tool_choice" },
        { Claude, $"\"messages\":[{Called}],{Tool}", """{"toolResult":{"toolUseId":"call_1","content":[{"text":"No result of this call was given."}],"status":"error"}}""",
            "emulated=messages.tool" },
        { "us.writer.palmyra-x5-v1:0", $"\"messages\":[{Called}],{Tool}", """{"toolResult":{"toolUseId":"call_1","content":[{"text":"No result of this call was given."}]}}""",
            "dropped=messages.is_error; emulated=messages.tool" },
        { Claude, $"\"messages\":[{Called},{{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"\"}}],{Tool}", """content":[{"text":"(nothing)"}]""",
            "emulated=messages.tool.content" },
        { Mistral, $"\"messages\":[{Called},{{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"7\"}},{{\"role\":\"user\",\"content\":\"And?\"}}],{Tool}",
            """{"role":"assistant","content":[{"text":"I have the results."}]},{"role":"user","content":[{"text":"And?"}]}""", "emulated=messages" },
        // Structured output.
        { Claude, $"{Hi},\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"a b\",\"schema\":{{\"type\":\"object\",\"properties\":{{}},\"additionalProperties\":false}}}}}}",
            """outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"answer","schema":"{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"}}}}""", "" },
        { Nova, $"{Hi},\"response_format\":{{\"type\":\"json_object\"}}", """system":[{"text":"Answer with exactly one JSON object""", "emulated=response_format" },
        // A system prompt for a model without system prompts.
        { Titan, "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Hi\"}]",
            """{"messages":[{"role":"user","content":[{"text":"Be brief."},{"text":"Hi"}]}]}""", "emulated=messages.system" },
        // Cache markers (cases 20).
        { Claude, "\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"S\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"A\",\"cache_control\":{\"type\":\"ephemeral\"}},{\"type\":\"text\",\"text\":\"B\"}]}]",
            """{"system":[{"text":"S"},{"cachePoint":{"type":"default","ttl":"1h"}}],"messages":[{"role":"user","content":[{"text":"A"},{"cachePoint":{"type":"default"}},{"text":"B"}]}]}""", "" },
        { Llama, "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"A\",\"cache_control\":{\"type\":\"ephemeral\"}}]}]", """content":[{"text":"A"}]""",
            "dropped=cache_control" },
        { Nova, $"{Hi},\"tools\":[{{\"type\":\"function\",\"function\":{{\"name\":\"f\"}},\"cache_control\":{{\"type\":\"ephemeral\"}}}}]",
            """toolConfig":{"tools":[{"toolSpec":{"name":"f",""", "dropped=cache_control" },
        // Media: formats by type, by name and by the first bytes; names of documents; parts beside them.
        { Claude, Content("""{"type":"text","text":"A"},{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"}}"""),
            """{"image":{"format":"jpeg","source":{"bytes":"AAAA"}}}""", "" },
        { Claude, Content("""{"type":"image_url","image_url":{"url":"s3://bucket/a.PNG"}}"""),
            """{"image":{"format":"png","source":{"s3Location":{"uri":"s3://bucket/a.PNG"}}}}""", "" },
        { Claude, Content("""{"type":"file","file":{"filename":"Q3 report (final)","file_data":"data:application/pdf;base64,JVBERi0="}}"""),
            """content":[{"text":"See the document."},{"document":{"format":"pdf","name":"Q3 report (final)","source":{"bytes":"JVBERi0="}}}]""", "emulated=messages.content" },
        { Claude, Content("""{"type":"text","text":"A"},{"type":"file","file":{"filename":"a_b.csv","file_data":"data:text/csv;base64,AAAA"}},{"type":"file","file":{"filename":"a b.csv","file_data":"data:text/csv;base64,AAAA"}}"""),
            """{"document":{"format":"csv","name":"a b csv","source":{"bytes":"AAAA"}}},{"document":{"format":"csv","name":"a b csv 2","source":{"bytes":"AAAA"}}}""",
            "emulated=messages.content.file.filename" },
        { Claude, Content("""{"type":"text","text":"A"},{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0="},"cache_control":{"type":"ephemeral"}}"""),
            """{"text":"A"},{"cachePoint":{"type":"default"}},{"document":{"format":"pdf","name":"Document 1",""", "" },
        { Nova, Content("""{"type":"text","text":"A"},{"type":"video_url","video_url":{"url":"s3://bucket/a.mp4"}}"""),
            """{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://bucket/a.mp4"}}}}""", "" },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_gets_a_form_that_the_model_accepts(string model, string chat, string piece, string losses)
    {
        var (body, lost) = RecordedRequestTests.Write($"{{\"model\":\"m\",{chat}}}", model);
        body.ShouldContain(piece, Case.Sensitive);
        lost.ShouldBe(losses);
        using var document = JsonDocument.Parse(body);
        ConverseRequestRules.Check(document.RootElement).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""",
        "Amazon Bedrock fetches nothing from the web: send the bytes as a base64 data URL, or an s3:// address.")]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AAAA"}}""",
        "Amazon Bedrock takes image/png, image/jpeg, image/gif or image/webp here, not 'image/tiff'.")]
    [InlineData("""{"type":"file","file":{"file_id":"file-1"}}""", "Amazon Bedrock")]
    public void An_unsupported_request_is_refused_with_the_reason(string part, string message)
    {
        var (_, _, error) = RecordedRequestTests.Write(Encoding.UTF8.GetBytes($"{{\"model\":\"m\",{Content(part)}}}"), Claude);
        error.ShouldNotBeNull().Status.ShouldBe(400);
        error.Code.ShouldBe("unsupported_content");
        error.Message.ShouldStartWith(message);
    }

    [Fact]
    public void A_tools_name_that_bedrock_refuses_is_an_error()
    {
        var (_, _, error) = RecordedRequestTests.Write(Encoding.UTF8.GetBytes($$$"""{"model":"m",{{{Hi}}},"tools":[{"type":"function","function":{"name":"a.b"}}]}"""), Claude);
        error.ShouldNotBeNull().Message.ShouldBe("Amazon Bedrock takes tool names of 1 to 64 letters, digits, '_' and '-'; 'a.b' is not one.");
    }

    /// <summary>Reasoning returns to its origin with its signature; unsigned reasoning is removed (case 16), foreign reasoning reported.</summary>
    [Theory]
    [InlineData("""{"type":"reasoning.text","text":"T","signature":"S","format":"amazon-bedrock-v1"}""",
        """{"reasoningContent":{"reasoningText":{"text":"T","signature":"S"}}}""", "")]
    [InlineData("""{"type":"reasoning.encrypted","data":"RR==","format":"amazon-bedrock-v1"}""", """{"reasoningContent":{"redactedContent":"RR=="}}""", "")]
    [InlineData("""{"type":"reasoning.text","text":"T","format":"amazon-bedrock-v1"}""", """content":[{"text":"A"}]""", "dropped=messages.reasoning_content")]
    [InlineData("""{"type":"reasoning.text","text":"T","signature":"S","format":"anthropic-claude-v1"}""", """content":[{"text":"A"}]""", "dropped=messages.reasoning_content")]
    public void Reasoning_is_sent_only_to_its_origin(string detail, string piece, string losses)
    {
        var (body, lost) = RecordedRequestTests.Write(
            $$"""{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"A","reasoning_details":[{{detail}}]},{"role":"user","content":"B"}]}""",
            Claude);
        body.ShouldContain(piece);
        lost.ShouldBe(losses);
    }

    private static string Content(string parts) => $"\"messages\":[{{\"role\":\"user\",\"content\":[{parts}]}}]";
}
