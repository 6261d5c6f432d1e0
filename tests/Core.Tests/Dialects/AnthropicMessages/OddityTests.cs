using System.Text;
using Nano.Chat;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Errors;
using Nano.Testing;

namespace Nano.Tests.Dialects.AnthropicMessages;

/// <summary>The oddities of Anthropic's traffic listed in INDEX.md, each with the recordings that have it.</summary>
public sealed class OddityTests
{
    private static readonly AnthropicMessagesDialect Dialect = new();

    /// <summary>Every recording with one of these is read whole; new recordings are included automatically.</summary>
    public static TheoryData<string, string> Blocks
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var item in WireCorpus.Of("messages").Where(c => c.Status == 200))
                foreach (var oddity in item.Oddities.Where(o => o.StartsWith("anthropic_block:", StringComparison.Ordinal)
                    || o.StartsWith("anthropic_delta:compaction", StringComparison.Ordinal)))
                    data.Add(item.Id, oddity[(oddity.IndexOf(':') + 1)..]);
            return data;
        }
    }

    [SkippableTheory]
    [RecordedData(nameof(Blocks))]
    public void Blocks_that_only_Anthropic_has_stay_whole(string id, string type)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        // In a recording with several responses only the first counts; INDEX.md counts all.
        if (item.Sse is not null)
        {
            var log = EventLog.Of(item.ResponseBytes(), int.MaxValue, out _);
            if (!item.Oddities.Contains("anthropic_duplicate_message_start")) log.Opaque.ShouldContain(type, id);
            return;
        }
        var parts = Dialect.ReadResponse(item.ResponseBytes(), UsageRules.Anthropic).Choices[0].Message.Parts;
        if (type == "thinking") parts.OfType<ReasoningPart>().ShouldContain(p => p.Signature.IsPresent, id);
        else if (type == "redacted_thinking") parts.OfType<ReasoningPart>().ShouldContain(p => p.Opaque.HasValue, id);
        else parts.OfType<OpaquePart>().ShouldContain(p => p.Type.ToString() == type && p.Origin == Dialect.Name, id);
    }

    // id, finish, text empty?, native value
    [SkippableTheory]
    [InlineData("anthropic-messages-one-refusal-43ef1c", FinishReason.Refusal)]
    [InlineData("anthropic-messages-one-refusal-7d01b7", FinishReason.Refusal)]
    [InlineData("anthropic-messages-sse-refusal-ae4b5c", FinishReason.Refusal)]
    [InlineData("anthropic-messages-sse-websearch-be6e35", FinishReason.Pause)]
    [InlineData("anthropic-messages-sse-trunc-7c9e4e", FinishReason.Length)]
    public void Finish(string id, FinishReason expected)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var finish = item.Sse is null
            ? Dialect.ReadResponse(item.ResponseBytes(), UsageRules.Anthropic).Choices[0].Finish
            : EventLog.Of(item.ResponseBytes(), int.MaxValue, out _).Finish;
        finish.ShouldBe(expected, id);
    }

    [SkippableFact]
    public void Stop_details_stay_with_the_choice()
    {
        WireCorpus.Require();
        var item = WireCorpus.Get("anthropic-messages-one-refusal-7d01b7");
        var choice = Dialect.ReadResponse(item.ResponseBytes(), UsageRules.Anthropic).Choices[0];
        choice.Extras.From(Dialect.Name, "stop_details"u8).Member("category"u8).AsText().Is("cyber"u8).ShouldBeTrue();
    }

    // id, the text that a Chat caller sees
    [SkippableTheory]
    [InlineData("anthropic-messages-one-refusal-7d01b7", "This request triggered restrictions on violative cyber content")]
    [InlineData("anthropic-messages-sse-refusal-ae4b5c", "This request triggered restrictions on violative cyber content")]
    [InlineData("anthropic-messages-one-refusal-43ef1c", "")]
    public void The_text_of_a_refusal_is_sent(string id, string words)
    {
        WireCorpus.Require();
        var item = WireCorpus.Get(id);
        var said = item.Sse is null
            ? string.Concat(Dialect.ReadResponse(item.ResponseBytes(), UsageRules.Anthropic).Choices[0].Message.Parts.OfType<RefusalPart>().Select(part => part.Text))
            : EventLog.Of(item.ResponseBytes(), int.MaxValue, out _).Refusal;
        if (words.Length == 0) said.ShouldBeEmpty(id);
        else said.ShouldStartWith(words, Case.Sensitive, id);
    }

    // usage, tier, input with the cache, output
    [Theory]
    [InlineData("""{"input_tokens":3,"output_tokens":2,"service_tier":"standard","speed":"fast"}""", "fast", 3L, 2L)]
    [InlineData("""{"input_tokens":3,"output_tokens":2,"speed":"fast","service_tier":"standard"}""", "fast", 3L, 2L)]
    [InlineData("""{"input_tokens":3,"output_tokens":2,"service_tier":"priority","speed":"standard"}""", "priority", 3L, 2L)]
    [InlineData("""{"input_tokens":3,"output_tokens":2,"speed":null}""", null, 3L, 2L)]
    [InlineData("""{"input_tokens":-3,"output_tokens":9000000000000000000,"cache_read_input_tokens":9000000000000000000}""", null, null, null)]
    [InlineData("""{"input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":-5,"ephemeral_1h_input_tokens":9000000000000000000},"output_tokens_details":{"thinking_tokens":-1}}""", null, 1L, null)]
    public void Usage_tier_and_bounds(string usage, string? tier, long? input, long? output)
    {
        var expected = (tier, input, output);
        var body = Encoding.UTF8.GetBytes($$"""{"id":"m1","model":"c","content":[],"stop_reason":"end_turn","usage":{{usage}}}""");
        Told(Dialect.ReadResponse(body, UsageRules.Anthropic).Usage).ShouldBe(expected, usage);
        var tap = Dialect.CreateUsageTap(UsageRules.Anthropic);
        tap.OnBody(body);
        Told(tap.Usage).ShouldBe(expected, usage);
        // Values from the start of a stream apply unless the end repeats them.
        var log = Events(out _, $$$"""{"type":"message_start","message":{"id":"m1","model":"c","content":[],"usage":{{{usage}}}}}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}}""", """{"type":"message_stop"}""");
        Told(log.Usage).ShouldBe(expected, usage);
    }

    private static (string?, long?, long?) Told(Usage? usage) => (usage?.ServiceTier, usage?.InputTokens, usage?.OutputTokens);

    /// <summary>Case 9: a call without any input delta has the arguments {}.</summary>
    [SkippableTheory]
    [InlineData("anthropic-messages-sse-partools-0c28e1")]
    [InlineData("anthropic-messages-sse-toolcall-27cdf1")]
    [InlineData("anthropic-messages-sse-toolres-abc130")]
    public void Case9_calls_without_input_deltas_have_empty_arguments(string id)
    {
        WireCorpus.Require();
        var log = EventLog.Of(WireCorpus.Get(id).ResponseBytes(), int.MaxValue, out _);
        log.Calls.ShouldContain(c => c.Arguments == "{}", id);
    }

    [SkippableFact]
    public void Input_in_the_block_start_is_the_arguments()
    {
        WireCorpus.Require();
        var log = EventLog.Of(WireCorpus.Get("anthropic-messages-sse-websearch-efc6d5").ResponseBytes(), int.MaxValue, out var isComplete);
        isComplete.ShouldBeTrue();
        log.Calls.Select(c => (c.Name, c.Arguments)).ShouldBe([("rollDie", "{\"player\":\"player1\"}")]);
        log.Finish.ShouldBe(FinishReason.ToolCalls);
    }

    /// <summary>
    /// <c>anthropic-messages-sse-partools-72800c</c> (vercel/ai#18331): a broken response followed by another one. Merged,
    /// they would be two calls, one of them broken, and reasoning that Anthropic later refuses. Case 6.
    /// </summary>
    [SkippableFact]
    public void Case6_a_response_that_begins_again_is_an_error()
    {
        WireCorpus.Require();
        var log = EventLog.Of(WireCorpus.Get("anthropic-messages-sse-partools-72800c").ResponseBytes(), int.MaxValue, out var isComplete);
        isComplete.ShouldBeFalse();
        log.Error.ShouldNotBeNull();
        log.Error.Code.ShouldBe("provider_stream_restarted");
        log.Text.ShouldBeEmpty();
        log.Signature.ShouldBe("sig-first");
        log.Lines.ShouldNotContain(l => l.Contains("second", StringComparison.Ordinal));
    }

    /// <summary>Some gateways repeat <c>message_start</c> of the same message (maximhq/bifrost#4556): once is enough.</summary>
    [Fact]
    public void A_repeated_start_does_not_begin_a_new_response()
    {
        const string start = """{"type":"message_start","message":{"id":"m1","model":"c","content":[{"type":"text","text":"a"}],"usage":{"input_tokens":3,"output_tokens":1}}}""";
        var log = Events(out var isComplete, start, start, """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}""",
            """{"type":"message_stop"}""");
        isComplete.ShouldBeTrue();
        log.Text.ShouldBe("a");
        log.Usage.ShouldBe(new Usage { InputTokens = 3, OutputTokens = 2 });
    }

    /// <summary>Case 2, 21: cache counts are added to the input once; zero is not absent; the last value applies.</summary>
    [Theory]
    [InlineData("""{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3},"output_tokens":2}""", 22L, 2L, 5L, 7L, 3L)]
    [InlineData("""{"input_tokens":0,"output_tokens":0}""", 0L, 0L, null, null, null)]
    [InlineData("""{"input_tokens":10,"cache_read_input_tokens":0,"cache_creation_input_tokens":null,"output_tokens":2}""", 10L, 2L, 0L, null, null)]
    [InlineData("""{"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":3},"input_tokens":1,"output_tokens":2}""", 8L, 2L, null, 7L, 3L)]
    [InlineData("""{"output_tokens":2}""", null, 2L, null, null, null)]
    [InlineData("""{"input_tokens":"x","output_tokens":{}}""", null, null, null, null, null)]
    public void Case21_usage(string usage, long? input, long? output, long? read, long? write, long? extended)
    {
        var expected = new Usage { InputTokens = input, OutputTokens = output, CacheReadTokens = read, CacheWriteTokens = write, LongCacheWriteTokens = extended };
        var body = Encoding.UTF8.GetBytes($"{{\"type\":\"message\",\"content\":[],\"usage\":{usage}}}");
        (Dialect.ReadResponse(body, UsageRules.Anthropic).Usage! with { Extras = null }).ShouldBe(expected);
        var log = Events(out _, $"{{\"type\":\"message_start\",\"message\":{{\"usage\":{usage}}}}}", """{"type":"message_stop"}""");
        log.Usage.ShouldBe(expected);
        // A partial message_delta does not change other counts.
        log = Events(out _, $"{{\"type\":\"message_start\",\"message\":{{\"usage\":{usage}}}}}", """{"type":"message_delta","delta":{},"usage":{"output_tokens":99}}""");
        log.Usage.ShouldBe(expected with { OutputTokens = 99 });
    }

    /// <summary>Not in the recordings: a 529 during a response, and errors in the middle of a 200 stream (case 7).</summary>
    [Theory]
    [InlineData("overloaded_error", GatewayErrorKind.ProviderLimited, 529)]
    [InlineData("rate_limit_error", GatewayErrorKind.ProviderLimited, 429)]
    [InlineData("api_error", GatewayErrorKind.ProviderFailed, 502)]
    [InlineData("invalid_request_error", GatewayErrorKind.ProviderRejected, 400)]
    [InlineData("authentication_error", GatewayErrorKind.ProviderAuthFailed, 502)]
    [InlineData("tomorrow_error", GatewayErrorKind.ProviderFailed, 502)]
    public void Case7_errors_inside_of_a_stream(string type, GatewayErrorKind kind, int status)
    {
        var error = $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"Over\u006coaded"},"request_id":"r"}""";
        var log = Events(out var isComplete, """{"type":"message_start","message":{"id":"m"}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}""",
            error, """{"type":"message_stop"}""");
        isComplete.ShouldBeFalse();
        log.Text.ShouldBe("a");
        log.Error.ShouldBe(new GatewayError(kind, status, "Overloaded") { Type = type, Code = type });
        var body = Dialect.ReadResponse(Encoding.UTF8.GetBytes(error), UsageRules.Anthropic);
        body.Error.ShouldBe(log.Error);
        var tap = Dialect.CreateUsageTap(UsageRules.Anthropic);
        tap.OnEvent(default, Encoding.UTF8.GetBytes(error)).ShouldBe(TapVerdict.Error);
        tap.Error!.Value.Type.ShouldBe(type);
        tap.IsComplete.ShouldBeFalse();
    }

    /// <summary>Indexes may skip, start above 0, be absent, or belong to no block.</summary>
    [Fact]
    public void Any_block_index_is_accepted()
    {
        var log = Events(out var isComplete, """{"type":"message_start","message":{"id":"m"}}""",
            """{"type":"content_block_start","index":7,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}""",
            """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}""",
            """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"x\""}}""",
            """{"type":"content_block_delta","index":7,"delta":{"type":"input_json_delta","partial_json":""}}""",
            """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":":1}"}}""",
            """{"type":"content_block_delta","index":99,"delta":{"type":"text_delta","text":"t"}}""",
            """{"type":"content_block_delta","index":98,"delta":{"type":"input_json_delta","partial_json":"nobody"}}""",
            """{"type":"content_block_stop","index":7}""",
            """{"type":"content_block_stop"}""",
            """{"type":"message_stop"}""");
        isComplete.ShouldBeTrue();
        log.Calls.Select(c => $"{c.Id} {c.Name} {c.Arguments}").ShouldBe(["a f {}", "b g {\"x\":1}"]);
        log.Text.ShouldBe("t");
    }

    [Fact]
    public void Citations_have_an_address_and_a_title()
    {
        const string web = """{"type":"web_search_result_location","url":"https://a","title":"T","cited_text":"c","encrypted_index":"x"}""";
        const string document = """{"type":"char_location","document_index":0,"document_title":"D","cited_text":"c","start_char_index":0,"end_char_index":1}""";
        var expected = new[] { "https://a|T|c", "|D|c" };
        var log = Events(out _, """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"","citations":[]}}""",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":" + web + "}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":" + document + "}}");
        log.Citations.ShouldBe(expected);
        var body = "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"t\",\"citations\":[" + web + "," + document + "]}]}";
        var text = Dialect.ReadResponse(Encoding.UTF8.GetBytes(body), UsageRules.Anthropic).Choices[0].Message.Parts.OfType<TextPart>().Single();
        text.Citations!.Select(c => $"{c.Url}|{c.Title}|{c.CitedText}").ShouldBe(expected);
    }

    private static EventLog Events(out bool isComplete, params string[] data) =>
        EventLog.Of(Encoding.UTF8.GetBytes(string.Concat(data.Select(d => $"data: {d}\n\n"))), int.MaxValue, out isComplete);
}
