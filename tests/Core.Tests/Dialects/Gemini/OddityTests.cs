using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Testing;
using static Nano.Tests.Dialects.Gemini.Testing;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>The oddities of recorded Gemini responses by case id, and handmade ones that were not recorded.</summary>
public sealed class OddityTests
{
    [SkippableTheory]
    [InlineData("gemini-generatecontent-one-basic-0a73cb", FinishReason.ContentFilter, null, "", 0)] // no candidates, a block without a reason
    [InlineData("gemini-generatecontent-one-basic-ff28af", FinishReason.Other, "OTHER", "", 0)] // a candidate without content
    [InlineData("gemini-generatecontent-one-filter-2b8320", FinishReason.ContentFilter, "SAFETY", "", 0)] // content is {}
    [InlineData("gemini-generatecontent-one-trunc-2fee33", FinishReason.Length, "MAX_TOKENS", "", 0)] // no parts
    [InlineData("gemini-generatecontent-one-code-e1a4be", FinishReason.ToolCalls, "STOP", null, 1)] // STOP also ends calls
    [InlineData("gemini-generatecontent-one-partools-89d7cb", FinishReason.ToolCalls, "STOP", null, 2)] // parallel calls
    [InlineData("vertexai-generatecontent-one-basic-54b08d", FinishReason.ContentFilter, "FAKE_NEW_BLOCK_REASON", "", 0)] // a blocked prompt
    [InlineData("vertexai-generatecontent-one-basic-703201", FinishReason.ContentFilter, "MODEL_ARMOR", "", 0)]
    [InlineData("vertexai-generatecontent-one-basic-d883c3", FinishReason.ContentFilter, "MODEL_ARMOR", "", 0)]
    [InlineData("vertexai-generatecontent-one-basic-43ef6f", FinishReason.Other, "FAKE_NEW_FINISH_REASON", null, 0)] // a future value
    // an array of chunks, enums as numbers
    [InlineData("vertexai-generatecontent-one-basic-ca903b", FinishReason.Stop, "1", "I told my wife she was drawing her eyebrows too high. She looked surprised.", 0)]
    public void Whole_response(string id, FinishReason finish, string? native, string? text, int calls)
    {
        WireCorpus.Require();
        var choice = Answer(id).Choices[0];
        choice.Finish.ShouldBe(finish, id);
        (choice.NativeFinish.IsPresent ? choice.NativeFinish.ToString() : null).ShouldBe(native, id);
        if (text is not null) string.Concat(choice.Message.Parts.OfType<TextPart>().Select(p => p.Text)).ShouldBe(text, id);
        choice.Message.Parts.OfType<ToolCallPart>().Count().ShouldBe(calls, id);
    }

    [SkippableFact]
    public void Several_candidates_keep_their_index()
    {
        WireCorpus.Require();
        Answer("gemini-generatecontent-one-think-0572ab").Choices.Select(c => c.Index).SequenceEqual([0, 1]).ShouldBeTrue();
    }

    [SkippableTheory]
    [InlineData("gemini-generatecontent-one-think-0572ab", 12, 84, 84, null)] // reasoning, but no candidatesTokenCount
    [InlineData("gemini-generatecontent-one-websearch-84ac8c", 526, 27, 27, null)] // prompts of server tools are input
    [InlineData("gemini-generatecontent-one-filter-2b8320", 14, 0, null, null)] // the total shows that there is no output
    [InlineData("vertexai-generatecontent-one-logprobs-3fb988", 6, 24, 23, null)]
    public void Usage(string id, int input, int output, int? reasoning, int? cached)
    {
        WireCorpus.Require();
        var usage = Answer(id).Usage!;
        (usage.InputTokens, usage.OutputTokens, usage.ReasoningTokens, usage.CacheReadTokens).ShouldBe((input, output, reasoning, cached), id);
    }

    [SkippableTheory]
    [InlineData("gemini-generatecontent-one-basic-0a73cb")]
    [InlineData("vertexai-generatecontent-one-basic-703201")] // trafficType alone is not a count
    public void Case2_missing_usage_is_absent(string id)
    {
        WireCorpus.Require();
        Answer(id).Usage.ShouldBeNull(id);
    }

    [Theory]
    [InlineData("""{"promptTokenCount":0,"totalTokenCount":0}""", 0L, 0L)]
    [InlineData("""{"promptTokenCount":5}""", 5L, null)]
    [InlineData("""{"candidatesTokenCount":0,"promptTokenCount":3}""", 3L, 0L)]
    [InlineData("""{"promptTokenCount":1000000000000001,"toolUsePromptTokenCount":9223372036854775807,"candidatesTokenCount":1000000000000000}""", null, 1000000000000000L)]
    [InlineData("""{"promptTokenCount":-1,"candidatesTokenCount":"x","totalTokenCount":1e99}""", null, null)]
    [InlineData("""{"promptTokenCount":9000000000000000000,"toolUsePromptTokenCount":9000000000000000000,"candidatesTokenCount":2}""", null, 2L)]
    public void Case2_zero_is_not_absent(string metadata, long? input, long? output)
    {
        var usage = Dialect.ReadResponse(Bytes($$"""{"candidates":[],"usageMetadata":{{metadata}}}"""), UsageRules.ReasoningApart).Usage;
        (usage?.InputTokens, usage?.OutputTokens).ShouldBe((input, output));
    }

    [Fact]
    public void Sums_of_hostile_counts_do_not_overflow()
    {
        var details = string.Join(',', Enumerable.Repeat("""{"modality":"AUDIO","tokenCount":1000000000000000}""", 10_000));
        Dialect.ReadResponse(Bytes($$$"""{"usageMetadata":{"promptTokenCount":1,"promptTokensDetails":[{{{details}}}]}}"""), UsageRules.ReasoningApart)
            .Usage!.AudioInputTokens.ShouldBe(1_000_000_000_000_000);
    }

    [Fact]
    public void Audio_is_counted_separately()
    {
        var usage = Dialect.ReadResponse(Bytes("""
            {"usageMetadata":{"promptTokenCount":10,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3},{"modality":"AUDIO","tokenCount":7}],
            "candidatesTokenCount":4,"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":4}],"cachedContentTokenCount":2,"serviceTier":"priority"}}
            """), UsageRules.ReasoningApart).Usage!;
        (usage.AudioInputTokens, usage.AudioOutputTokens, usage.CacheReadTokens, usage.ServiceTier).ShouldBe((7, 4, 2, "priority"));
    }

    [SkippableTheory]
    // Arguments in pieces by path (gemini_partial_args_stream, gemini_function_call_without_name, gemini_function_call_without_args).
    [InlineData("gemini-generatecontent-sse-partools-90e442", "getWeather", """{"location":"Boston"}""", "getWeather", """{"location":"San Francisco"}""")]
    [InlineData("gemini-generatecontent-sse-partools-f4d4c1", "read_theme", "{}", "read_screen", """{"id":"A"}""", "read_screen", """{"id":"B"}""", "read_screen",
        """{"id":"C"}""")]
    [InlineData("gemini-generatecontent-sse-partools-43d385", "writeItems",
        """{"operations":[{"action":"add","description":"Fresh red apple","itemid":"apple_001","price":0.5},{"action":"add","description":"Ripe yellow banana","itemid":"banana_001","price":0.3}]}""")]
    [InlineData("gemini-generatecontent-sse-partools-f57c44", "get_weather", """{"location":"Boston"}""", "get_weather", """{"location":"New Delhi"}""")]
    public void Case10_streamed_calls_stay_separate(string id, params string[] namesAndArguments)
    {
        WireCorpus.Require();
        var log = Read(Events(WireCorpus.Get(id).ResponseBytes(), 333));
        log.Calls.Count.ShouldBe(namesAndArguments.Length / 2, id);
        foreach (var (call, expected) in log.Calls.Zip(namesAndArguments.Chunk(2)))
        {
            call.Name.ShouldBe(expected[0], id);
            call.Arguments.ShouldBeJson(expected[1], id);
        }
        log.Calls.Select(c => c.Index).SequenceEqual(Enumerable.Range(0, log.Calls.Count)).ShouldBeTrue(id);
        log.Calls[0].Signature.ShouldNotBeNull(id);
        log.Finishes[^1].Finish.ShouldBe(FinishReason.ToolCalls, id);
    }

    [Fact]
    public void Case9_a_call_without_arguments_has_an_empty_object()
    {
        var log = ReadStream("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]}""");
        log.Calls.Single().ShouldBe((0, 0, null, "f", "{}", null));
    }

    [Theory]
    [InlineData("$.a.b[1].c", "\"numberValue\":1", """{"a":{"b":[null,{"c":1}]}}""")]
    [InlineData("$['x.y'][\"z z\"]", "\"boolValue\":true", """{"x.y":{"z z":true}}""")]
    [InlineData("$.a", "\"nullValue\":\"NULL_VALUE\"", """{"a":null}""")]
    [InlineData("$.a", "\"stringValue\":\"q\\\"\\n\\u20ac\"", """{"a":"q\"\n\u20ac"}""")]
    public void Pieces_of_arguments(string path, string value, string expected)
    {
        var escaped = path.Replace("\"", "\\\"");
        var log = ReadStream(
            """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}""",
            $$$"""{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"{{{escaped}}}",{{{value}}}}]}}]},"finishReason":"STOP"}]}""");
        log.Calls.Single().Arguments.ShouldBeJson(expected);
    }

    [Fact]
    public void A_call_whose_pieces_never_end_is_sent_with_the_finish_reason()
    {
        var log = ReadStream(
            """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}""",
            """{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x","willContinue":true}],"willContinue":true}}]}}]}""",
            """{"candidates":[{"finishReason":"MAX_TOKENS"}]}""");
        log.Calls.Single().Arguments.ShouldBe("""{"a":"x"}""");
        log.Finishes.Single().Finish.ShouldBe(FinishReason.Length);
    }

    [SkippableTheory]
    [InlineData("gemini-generatecontent-sse-filter-57647f", "SAFETY")]
    [InlineData("vertexai-generatecontent-sse-filter-9bea4c", "SAFETY")]
    public void A_blocked_prompt_ends_a_stream(string id, string reason)
    {
        WireCorpus.Require();
        var log = Read(Events(WireCorpus.Get(id).ResponseBytes(), 50));
        log.IsComplete.ShouldBeTrue(id);
        log.Finishes.Single().ShouldBe((FinishReason.ContentFilter, reason), id);
    }

    [SkippableTheory]
    [InlineData("vertexai-generatecontent-sse-basic-6199c1")] // contains no response
    [InlineData("vertexai-generatecontent-sse-basic-a89167")] // ends without a reason
    public void Case5_a_stream_without_a_finish_reason_is_not_complete(string id)
    {
        WireCorpus.Require();
        Read(Events(WireCorpus.Get(id).ResponseBytes(), 50)).IsComplete.ShouldBeFalse(id);
    }

    [SkippableFact]
    public void Case5_cut_streams_are_not_complete()
    {
        WireCorpus.Require();
        foreach (var c in Cases.Where(c => c.Status == 200 && c.Sse is not null))
        {
            var events = Events(c.ResponseBytes(), 4096);
            var end = events.FindIndex(e => System.Text.Encoding.UTF8.GetString(e) is var t && (t.Contains("finishReason") || t.Contains("blockReason")));
            if (end >= 0) Read(events[..end]).IsComplete.ShouldBeFalse(c.Id);
        }
    }

    [Theory]
    [InlineData(false, """{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"content":{"parts":[{"text":"b"}]},"index":1}]}""")]
    [InlineData(true, """{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"content":{"parts":[{"text":"b"}]},"index":1}]}""",
        """{"candidates":[{"finishReason":"MAX_TOKENS","index":1}]}""")]
    public void Case5_a_stream_is_complete_when_all_its_candidates_are(bool isComplete, params string[] events)
    {
        ReadStream(events).IsComplete.ShouldBe(isComplete);
        var tap = Dialect.CreateUsageTap(UsageRules.ReasoningApart);
        foreach (var item in events) tap.OnEvent(default, System.Text.Encoding.UTF8.GetBytes(item));
        tap.IsComplete.ShouldBe(isComplete);
    }

    [SkippableTheory]
    [InlineData("gemini-generatecontent-sse-code-065000")]
    [InlineData("vertexai-generatecontent-sse-basic-2b6404")]
    public void Parts_after_the_finish_reason_are_sent(string id)
    {
        WireCorpus.Require();
        var events = Events(WireCorpus.Get(id).ResponseBytes(), 4096);
        var first = events.FindIndex(e => System.Text.Encoding.UTF8.GetString(e).Contains("finishReason"));
        Read(events).Lines.Count.ShouldBeGreaterThan(Read(events[..(first + 1)]).Lines.Count, id);
    }

    [SkippableTheory]
    [InlineData("gemini-generatecontent-sse-cite-385fe9")]
    [InlineData("gemini-generatecontent-sse-code-fcad58")]
    [InlineData("gemini-generatecontent-sse-vision-fe5879")]
    public void Case15_and_16_signatures_on_empty_text_are_kept(string id)
    {
        WireCorpus.Require();
        Read(Events(WireCorpus.Get(id).ResponseBytes(), 4096)).Signatures.Count.ShouldBeGreaterThan(0, id);
    }

    [Fact]
    public void Case7_an_error_inside_a_200_stream_is_an_error()
    {
        var log = ReadStream(
            """{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}""",
            """{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.1s"}]}}""");
        var error = log.Error.ShouldNotBeNull();
        (error.Status, error.Message, error.Type, error.RetryAfter).ShouldBe((503, "The model is overloaded.", "UNAVAILABLE", "3"));
        log.IsComplete.ShouldBeTrue();
    }

    [Theory]
    [InlineData("BLOCKLIST", FinishReason.ContentFilter)]
    [InlineData("PROHIBITED_CONTENT", FinishReason.ContentFilter)]
    [InlineData("IMAGE_SAFETY", FinishReason.ContentFilter)]
    [InlineData("SPII", FinishReason.ContentFilter)]
    [InlineData("RECITATION", FinishReason.ContentFilter)]
    [InlineData("MAX_TOKENS", FinishReason.Length)]
    [InlineData("STOP", FinishReason.Stop)]
    [InlineData("OTHER", FinishReason.Other)]
    public void Finish_reasons(string native, FinishReason expected)
    {
        var body = $$"""{"candidates":[{"content":{"role":"model"},"finishReason":"{{native}}","finishMessage":"m"}]}""";
        var choice = Dialect.ReadResponse(Bytes(body), UsageRules.ReasoningApart).Choices.Single();
        (choice.Finish, choice.NativeFinish.ToString()).ShouldBe((expected, native));
        ReadStream(body).Finishes.Single().ShouldBe((expected, native));
    }

    [Theory]
    [InlineData("MALFORMED_FUNCTION_CALL")]
    [InlineData("UNEXPECTED_TOOL_CALL")]
    public void A_generation_that_failed_is_an_error(string native)
    {
        var body = $$$"""{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"finishReason":"{{{native}}}","finishMessage":"print(f())"}],"usageMetadata":{"promptTokenCount":3}}""";
        var response = Dialect.ReadResponse(Bytes(body), UsageRules.ReasoningApart);
        (response.Choices.Single().Finish, response.Error!.Status, response.Error.Type).ShouldBe((FinishReason.Error, 502, native));
        response.Error.Message.ShouldContain("print(f())");
        var log = ReadStream(body);
        (log.Error!.Type, log.Usage!.InputTokens, log.IsComplete).ShouldBe((native, 3, true));
        // In its own dialect it is written back unchanged.
        using var output = new JsonOutput();
        Dialect.CreateEventReader(UsageRules.ReasoningApart).Read(default, Bytes(body), Dialect.CreateEventWriter(Context, output, new LossReport()));
        System.Text.Encoding.UTF8.GetString(Events(output.WrittenSpan.ToArray(), 99).Single()).ShouldBeJson(body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("{\"candidates\":{}}")]
    [InlineData("{\"candidates\":[null]}")]
    [InlineData("{\"candidates\":[{\"index\":-1}]}")]
    [InlineData("{\"candidates\":[{\"index\":4000000000}]}")]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[5]}}]}")]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":5}]}}]}")]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":[]}]}}]}")]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"willContinue\":true,\"partialArgs\":[{\"jsonPath\":\"$.a[999999999]\"}]}}]}}]}")]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"willContinue\":true,\"partialArgs\":[{\"jsonPath\":\"$.a[\"}]}}]}}]}")]
    public void Invalid_input_is_an_error_or_ignored(string body)
    {
        var (response, error) = Dialect.TryReadResponse(Bytes(body), UsageRules.ReasoningApart, "google");
        (response is null).ShouldBe(error is not null);
        var log = new EventLog();
        Dialect.CreateEventReader(UsageRules.ReasoningApart).TryRead(default, Bytes(body), log, "google");
        Dialect.CreateUsageTap(UsageRules.ReasoningApart).OnEvent(default, Bytes(body));
    }

    internal static ChatResponse Answer(string id) => Dialect.ReadResponse(WireCorpus.Get(id).ResponseBytes(), UsageRules.ReasoningApart);
}
