using Nano.Chat;
using Nano.Testing;

namespace Nano.Tests.Dialects.OpenAIChat.Responses;

/// <summary>The oddities of whole responses, by recording.</summary>
public sealed class ResponseReaderTests
{
    [SkippableFact]
    public void A_content_list_of_Mistral()
    {
        var parts = Read("mistral-chat-one-think-577e9b").Choices[0].Message.Parts;
        parts[0].ShouldBeOfType<ReasoningPart>().Text.HasValue.ShouldBeTrue();
        parts[1].ShouldBeOfType<TextPart>().Text.HasValue.ShouldBeTrue();
        parts.Count.ShouldBe(2);
    }

    [SkippableTheory]
    [InlineData("azure-chat-one-basic-f8b8b8", 400)]
    [InlineData("openrouter-chat-one-toolres-e16426", 502)]
    public void Case7_an_error_in_a_200(string id, int status)
    {
        var error = Read(id).Error!;
        error.Status.ShouldBe(status);
        error.Message.ShouldNotBeEmpty();
    }

    [SkippableFact]
    public void A_response_whose_only_choice_failed_is_an_error()
    {
        var error = Read("openrouter-chat-one-think-637071").Error!;
        error.Status.ShouldBe(502);
        error.Message.ShouldBe("Error processing stream");
    }

    [SkippableTheory]
    [InlineData("openai-chat-one-basic-688041")]
    [InlineData("openai-chat-one-sys-37a78e")]
    public void Legacy_function_calls_get_an_id(string id)
    {
        var choice = Read(id).Choices[0];
        var call = choice.Message.Parts.OfType<ToolCallPart>().ShouldHaveSingleItem();
        call.Id.HasValue.ShouldBeTrue();
        call.Name.HasValue.ShouldBeTrue();
        choice.Finish.ShouldBeOneOf(FinishReason.ToolCalls, FinishReason.Stop);
    }

    [SkippableTheory]
    [InlineData("openrouter-chat-one-think-40f855", FinishReason.Length, "MAX_TOKENS")]
    [InlineData("openrouter-chat-one-partools-da9f37", FinishReason.ToolCalls, "tool_use")]
    [InlineData("openrouter-chat-one-toolcall-60b2fb", FinishReason.ToolCalls, "max_output_tokens")]
    [InlineData("snowflake-chat-one-logprobs-69bcb0", FinishReason.None, "")]
    public void Finish_reasons(string id, FinishReason finish, string native)
    {
        var choice = Read(id).Choices[0];
        choice.Finish.ShouldBe(finish);
        choice.NativeFinish.ToString().ShouldBe(native);
    }

    [SkippableTheory]
    [InlineData("openai-chat-one-refusal-05ccf5")]
    [InlineData("openrouter-chat-one-refusal-78a5a4")]
    public void Refusals(string id) =>
        Read(id).Choices[0].Message.Parts.OfType<RefusalPart>().ShouldHaveSingleItem().Text.HasValue.ShouldBeTrue();

    [SkippableTheory]
    [InlineData("openai-chat-one-cite-269adc")]
    [InlineData("openrouter-chat-one-websearch-eb6bb6")]
    public void Annotations_belong_to_the_text(string id)
    {
        var citations = Read(id).Choices[0].Message.Parts.OfType<TextPart>().Single().Citations!;
        citations.ShouldNotBeEmpty();
        citations.ShouldAllBe(c => c.Url.HasValue && c.StartIndex != null && c.EndIndex != null);
    }

    [SkippableFact]
    public void Audio_has_data_and_a_transcript()
    {
        var audio = Read("openai-chat-one-audio-421d14").Choices[0].Message.Parts.OfType<MediaPart>().ShouldHaveSingleItem();
        audio.Kind.ShouldBe(MediaKind.Audio);
        audio.Source.Data.HasValue.ShouldBeTrue();
        audio.Transcript.HasValue.ShouldBeTrue();
    }

    [SkippableFact]
    public void Googles_empty_ids_are_absent()
    {
        var call = Read("gemini-chat-one-toolcall-4fb0ca").Choices[0].Message.Parts.OfType<ToolCallPart>().ShouldHaveSingleItem();
        call.Id.IsPresent.ShouldBeFalse();
    }

    /// <summary>Columns: input, output, cache read, cache write, reasoning; empty is absent.</summary>
    [SkippableTheory]
    [InlineData("xai-chat-one-think-6fec58", "12 229 2  228")]
    [InlineData("xai-chat-one-schema-8e3621", "112 433 111  418")]
    [InlineData("azure-chat-one-json-5feec0", "186 6 157  0")]
    public void Usage_of_recordings(string id, string expected) => Show(Read(id).Usage!).ShouldBe(expected, id);

    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}""", "10 5   ")]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":0}}""", "0 0 0  ")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"cached_tokens":4}""", "10 5 4  ")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"num_cached_tokens":4}""", "10 5 4  ")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6}""", "10 5 4  ")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"cache_read_input_tokens":4,"prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":2}}""", "10 5 3 2 ")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":3}}""", "10 5   3")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"reasoning_tokens":3}""", "10 5   3")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null}""", " 5   ")]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":"5","prompt_tokens_details":[],"cached_tokens":99999999999999999999}""", "    ")]
    [InlineData("""{"prompt_tokens":10.0,"completion_tokens":5}""", "10 5   ")]
    public void Case2_and_21_usage(string usage, string expected)
    {
        Show(ChatCases.Dialect.ReadResponse(ChatCases.Utf8("{\"choices\":[],\"usage\":" + usage + "}"), UsageRules.OpenAI).Usage!).ShouldBe(expected);
        var tap = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        tap.OnBody(ChatCases.Utf8("{\"choices\":[],\"usage\":" + usage + "}"));
        Show(tap.Usage!).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":3}}""", "10 8   3")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":18,"completion_tokens_details":{"reasoning_tokens":3}}""", "10 8   3")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":3}}""", "10 5   3")]
    public void Reasoning_that_is_counted_separately_is_added_once(string usage, string expected) =>
        Show(ChatCases.Dialect.ReadResponse(ChatCases.Utf8("{\"choices\":[],\"usage\":" + usage + "}"), UsageRules.ReasoningApart).Usage!).ShouldBe(expected);

    /// <summary>Any shape: no crash, and written back unchanged.</summary>
    [Theory]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":[{"index":"x","message":null,"finish_reason":7}],"usage":null,"id":null,"model":5,"created":"now","object":{}}""")]
    [InlineData("""{"choices":[{"message":{"role":"assistant","content":{"a":1},"tool_calls":"x","refusal":5,"reasoning":{},"reasoning_details":[1],"audio":"x","images":[5,{}],"annotations":[7]}}]}""")]
    [InlineData("""{"choices":[{"message":{"role":"robot","content":["a",5,{"type":"image","x":1},{"type":"thinking","thinking":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],"tool_calls":[null,5,{"id":5,"function":{"name":5,"arguments":7}},{"function":{"name":"f","arguments":{"a":1}}}]}}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":"x"}}]}""")]
    [InlineData("""{"choices":[{"index":0,"text":"x"}]}""")]
    [InlineData("""{"error":"x","choices":[]}""")]
    [InlineData("""{"object":"error","message":"x","code":400}""")]
    [InlineData("""{}""")]
    public void Odd_shapes_are_kept(string body)
    {
        var written = ChatCases.WriteResponse(ChatCases.Dialect.ReadResponse(ChatCases.Utf8(body), UsageRules.OpenAI), new LossReport());
        JsonDifference.First(ChatCases.Utf8(body), written).ShouldBeNull();
    }

    private static ChatResponse Read(string id)
    {
        WireCorpus.Require();
        var c = WireCorpus.Get(id);
        return ChatCases.Dialect.ReadResponse(c.ResponseBytes(), ChatCases.RulesOf(c));
    }

    private static string Show(Usage usage) =>
        $"{usage.InputTokens} {usage.OutputTokens} {usage.CacheReadTokens} {usage.CacheWriteTokens} {usage.ReasoningTokens}";
}
