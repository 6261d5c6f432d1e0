using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Json;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIChat.Responses;

/// <summary>Whole responses of other dialects as Chat.</summary>
public sealed class ResponseWriterTests
{
    [Fact]
    public void Everything_that_a_response_can_contain()
    {
        var response = new ChatResponse("gemini")
        {
            Id = T("r-1"),
            Model = T("gemini-x"),
            Usage = new Usage { InputTokens = 10, OutputTokens = 0, CacheReadTokens = 0, ReasoningTokens = 3 },
        };
        var message = new ChatMessage(ChatRole.Assistant);
        message.Parts.Add(new ReasoningPart("gemini") { Text = T("why"), Signature = T("sig") });
        message.Parts.Add(new TextPart(T("caf\\u00e9 \ud83d\ude00 ")));
        message.Parts.Add(new TextPart(T("said")) { Citations = [new Citation { Origin = "gemini", Url = T("https://x"), Title = T("X") }] });
        message.Parts.Add(new ToolCallPart(default, T("f")) { Arguments = new ToolArguments { Json = J("""{"q":"a\"b"}""") }, Signature = T("call-sig") });
        message.Parts.Add(new ToolCallPart(T("id-2"), T("g")));
        message.Parts.Add(new MediaPart(MediaKind.Image, new MediaSource { MediaType = T("image/png"), Data = T("AAAA") }));
        message.Parts.Add(new OpaquePart("gemini", T("executableCode"), J("{}")));
        response.Choices.Add(new ChatChoice(0, message) { Finish = FinishReason.Stop, NativeFinish = T("STOP"), Logprobs = J("""{"content":[]}""") });
        var losses = new LossReport();
        var written = ChatCases.WriteResponse(response, losses);
        JsonDifference.First(ChatCases.Utf8("""
            {"id":"r-1","object":"chat.completion","created":1790000000,"model":"gemini-x","choices":[{"index":0,"message":{"role":"assistant",
              "content":"café 😀 said","refusal":null,"reasoning_content":"why",
              "reasoning_details":[{"type":"reasoning.text","text":"why","signature":"sig","format":"google-gemini-v1","index":0}],
              "tool_calls":[{"id":"call_abcdefghijklmnopqrstuvwx0","type":"function","function":{"name":"f","arguments":"{\"q\":\"a\\\"b\"}"},
                  "extra_content":{"google":{"thought_signature":"call-sig"}}},
                {"id":"id-2","type":"function","function":{"name":"g","arguments":"{}"}}],
              "annotations":[{"type":"url_citation","url_citation":{"url":"https://x","title":"X","start_index":8,"end_index":12}}],
              "images":[{"type":"image_url","index":0,"image_url":{"url":"data:image/png;base64,AAAA"}}]},
              "finish_reason":"tool_calls","native_finish_reason":"STOP","logprobs":{"content":[]}}],
             "usage":{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":0},
              "completion_tokens_details":{"reasoning_tokens":3}}}
            """), written).ShouldBeNull(Encoding.UTF8.GetString(written));
        losses.Dropped.ToArray().ShouldBe(["content.executableCode"]);
        StrictChat.ReadWhole(written);
    }

    [Theory]
    [InlineData(FinishReason.None, false, "stop")]
    [InlineData(FinishReason.Stop, false, "stop")]
    [InlineData(FinishReason.Stop, true, "tool_calls")]
    [InlineData(FinishReason.StopSequence, false, "stop")]
    [InlineData(FinishReason.Length, true, "length")]
    [InlineData(FinishReason.ToolCalls, true, "tool_calls")]
    [InlineData(FinishReason.ContentFilter, false, "content_filter")]
    [InlineData(FinishReason.Refusal, false, "content_filter")]
    [InlineData(FinishReason.Pause, false, "stop")]
    [InlineData(FinishReason.Error, false, "stop")]
    [InlineData(FinishReason.Other, false, "stop")]
    public void Finish_reasons_are_OpenAIs(FinishReason finish, bool calls, string word)
    {
        var message = new ChatMessage(ChatRole.Assistant);
        if (calls) message.Parts.Add(new ToolCallPart(T("a"), T("f")));
        var response = new ChatResponse("gemini");
        response.Choices.Add(new ChatChoice(0, message) { Finish = finish });
        var choice = StrictChat.ReadWhole(ChatCases.WriteResponse(response, new LossReport())).Choices[0];
        choice.Finish.ShouldBe(word);
    }

    /// <summary>Case 16: state that Anthropic needs again survives a turn through a Chat client.</summary>
    [Fact]
    public void Case16_state_is_restored_unchanged()
    {
        var answer = new AnthropicMessagesDialect().ReadResponse("""
            {"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"thinking","thinking":"why\n","signature":"sig=="},
              {"type":"redacted_thinking","data":"sealed"},{"type":"thinking","thinking":"","signature":"alone"},{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}
            """u8.ToArray(), UsageRules.Anthropic);
        var losses = new LossReport();
        var message = new JsonSlice(ChatCases.WriteResponse(answer, losses)).Member("choices"u8).ToString();
        losses.IsEmpty.ShouldBeTrue(losses.ToString());
        var at = message.IndexOf("{\"role\"", StringComparison.Ordinal);
        var end = message.IndexOf(",\"finish_reason\"", StringComparison.Ordinal);
        var next = ChatCases.Dialect.ReadRequest(ChatCases.Utf8("{\"model\":\"c\",\"messages\":[" + message[at..end] + "]}"));
        next.Messages[0].Parts.OfType<ReasoningPart>().Select(p => $"{p.Origin}|{p.Text}|{p.Signature}|{p.Opaque}").ToArray()
            .ShouldBe(["anthropic-messages|why\n|sig==|", "anthropic-messages|||sealed", "anthropic-messages||alone|"]);
    }

    /// <summary>Annotations, logprobs and counts are not lost; each loss is reported once, by its own name.</summary>
    [Theory]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[{"text":"hi"}],"role":"model"},"finishReason":"STOP","avgLogprobs":-0.5,"logprobsResult":{"chosenCandidates":[{"token":"hi","logProbability":-0.5}]},"citationMetadata":{"citationSources":[{"uri":"https://x"}]},"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://y","title":"Y"}}],"groundingSupports":[],"searchEntryPoint":{"renderedContent":"<div>"},"webSearchQueries":[]}}],"createTime":"2026-01-01T00:00:00Z","usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":0,"totalTokenCount":1,"serviceTier":"priority","tomorrow":0,"later":2}}""",
        "choices.groundingMetadata.searchEntryPoint,usage.later", "priority")]
    [InlineData("gemini", """{"candidates":[{"content":{"parts":[],"role":"model"},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://y"}}]}}]}""",
        "choices.groundingMetadata.groundingChunks", "")]
    [InlineData("anthropic-messages",
        """{"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","container":null,"usage":{"input_tokens":1,"output_tokens":2,"service_tier":"standard","server_tool_use":{"web_search_requests":0},"cache_creation":{"ephemeral_1h_input_tokens":0}}}""",
        "", "default")]
    [InlineData("anthropic-messages",
        """{"id":"m","type":"message","role":"assistant","model":"c","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2,"server_tool_use":{"web_search_requests":2}}}""",
        "usage.server_tool_use", "")]
    public void Only_losses_are_reported(string dialect, string answer, string dropped, string tier)
    {
        IDialect source = dialect == "gemini" ? new GeminiDialect() : new AnthropicMessagesDialect();
        var losses = new LossReport();
        var written = new JsonSlice(ChatCases.WriteResponse(source.ReadResponse(ChatCases.Utf8(answer), UsageRules.OpenAI), losses));
        string.Join(",", losses.Dropped).ShouldBe(dropped);
        written.Member("service_tier"u8).AsText().ToString().ShouldBe(tier);
    }

    private static JsonText T(string escaped) => new(ChatCases.Utf8(escaped));

    private static JsonSlice J(string json) => new(ChatCases.Utf8(json));
}
