using Nano.Chat;
using Nano.Dialects;
using Nano.Testing;
using Nano.Testing.Oracle;

namespace Nano.Tests.Dialects.OpenAIChat.Streams;

/// <summary>The oddities of streams.</summary>
public sealed class EventReaderTests
{
    private const string Done = "data: [DONE]\n\n";

    /// <summary>Fragments in, calls out: <c>id name arguments</c>, in order of appearance.</summary>
    [Theory]
    [InlineData("plain", "a f {\"x\":1}", """[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]""",
        """[{"index":0,"function":{"arguments":"{\"x\":"}}]""", """[{"index":0,"function":{"arguments":"1}"}}]""")]
    [InlineData("interleaved", "a f {1}|b g {2}", """[{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":""}}]""",
        """[{"index":1,"function":{"arguments":"{2"}}]""", """[{"index":0,"function":{"arguments":"{1}"}},{"index":1,"function":{"arguments":"}"}}]""")]
    [InlineData("starts above 0", "a f {}", """[{"index":1,"id":"a","function":{"name":"f","arguments":""}}]""", """[{"index":1,"function":{"arguments":"{}"}}]""")]
    [InlineData("no index", "a f {}|b g {}", """[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{"}}]""",
        """[{"function":{"arguments":"}"}}]""")]
    [InlineData("id repeated", "a f {}", """[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]""",
        """[{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}]""")]
    [InlineData("Case10: all at index 0", "a f {}|b g {}", """[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]""",
        """[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]""")]
    [InlineData("all at index 0 without ids", " f {1}| g {2}", """[{"index":0,"id":"","function":{"name":"f","arguments":"{1}"}}]""",
        """[{"index":0,"id":"","function":{"name":"g","arguments":"{2"}}]""", """[{"index":0,"function":{"arguments":"}"}}]""")]
    [InlineData("name repeated without an id", " f {1}", """[{"index":0,"function":{"name":"f","arguments":"{1"}}]""", """[{"index":0,"function":{"name":"f","arguments":"}"}}]""")]
    [InlineData("null", "a f ", """[{"index":0,"id":"a","function":{"name":"f","arguments":"null"}}]""")]
    [InlineData("null in pieces", "a f ", """[{"index":0,"id":"a","function":{"name":"f","arguments":"nu"}}]""", """[{"index":0,"function":{"arguments":"ll"}}]""")]
    [InlineData("almost null", "a f nullx|b g nul", """[{"index":0,"id":"a","function":{"name":"f","arguments":"nu"}}]""",
        """[{"index":0,"function":{"arguments":"llx"}},{"index":1,"id":"b","function":{"name":"g","arguments":"nul"}}]""")]
    [InlineData("null and empty members", "a f {}", """[{"index":0,"id":"a","function":{"name":"f","arguments":null}}]""",
        """[{"index":0,"id":"","function":{"name":"","arguments":"{}"}}]""", """[{"index":0,"id":null,"function":{"name":null,"arguments":""}}]""")]
    [InlineData("id before name", "a f {}", """[{"index":0,"id":"a"}]""", """[{"index":0,"function":{"name":"f"}}]""", """[{"index":0,"function":{"arguments":"{}"}}]""")]
    [InlineData("arguments as an object", "a f {\"x\":\"y\"}", """[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":"y"}}}]""")]
    [InlineData("no arguments at all", "a f ", """[{"index":0,"id":"a","function":{"name":"f"}}]""")]
    [InlineData("escapes survive", "a f {\"x\":\"\\n\\u0041\"}", """[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\\n\\u00"}}]""",
        """[{"index":0,"function":{"arguments":"41\"}"}}]""")]
    [InlineData("junk", "", "null", "[null,5,\"x\",{}]", """[{"index":"x","function":[]}]""")]
    public void Tool_calls(string what, string expected, params string[] fragments)
    {
        var stream = string.Concat(fragments.Select(f => "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":" + f + "}}]}\n\n"));
        var log = AnswerLog.Of(ChatCases.Utf8(stream + Done), 7, UsageRules.OpenAI, out _);
        var calls = log.Build().Choices.SelectMany(c => c.ToolCalls).Select(c => $"{c.Id} {c.Name} {c.Arguments}");
        string.Join("|", calls).ShouldBe(expected, what);
        log.Lines.Count(l => l.StartsWith("ToolCallEnd", StringComparison.Ordinal)).ShouldBe(expected.Length == 0 ? 0 : expected.Split('|').Length, what);
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""", true)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{"content":"a"}}]}""", false)]
    [InlineData("""{"choices":[]}""", false)]
    [InlineData("[DONE]", false)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}]}""" + "\n\ndata: [DONE]", true)]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}""" + "\n\ndata: [DONE]", false)]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"error":{"message":"x"}}""", false)]
    public void Case5_what_counts_as_the_end(string data, bool complete)
    {
        AnswerLog.Of(ChatCases.Utf8($"data: {data}\n\n"), 100, UsageRules.OpenAI, out var reader);
        reader.IsComplete.ShouldBe(complete);
        var tap = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        foreach (var item in data.Split("\n\ndata: ")) tap.OnEvent(default, ChatCases.Utf8(item));
        tap.IsComplete.ShouldBe(complete);
    }

    /// <summary>Case 7: errors inside a 200 stream, in every observed form.</summary>
    [Theory]
    [InlineData("", """{"error":{"message":"m","code":400}}""", 400)]
    [InlineData("", """{"error":{"message":"m","code":429}}""", 429)]
    [InlineData("", """{"error":{"message":"m","type":"server_error"}}""", 502)]
    [InlineData("", """{"error":"m"}""", 502)]
    [InlineData("", """{"object":"error","message":"m","code":400}""", 400)]
    [InlineData("error", """{"message":"m"}""", 502)]
    [InlineData("error", """{"error":{"message":"m","status_code":400}}""", 400)]
    [InlineData("", """{"id":"x","choices":[{"index":0,"delta":{"content":""},"error":{"message":"m","code":502}}]}""", 502)]
    [InlineData("", """{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"message":"m","code":"server_error"}}""", 502)]
    public void Case7_errors_in_a_stream(string type, string data, int status)
    {
        GatewayErrorOf(type, data).Status.ShouldBe(status);
        var tap = ChatCases.Dialect.CreateUsageTap(UsageRules.OpenAI);
        tap.OnEvent(ChatCases.Utf8(type), ChatCases.Utf8(data)).ShouldBe(TapVerdict.Error);
        tap.Error!.Value.Message.ShouldBe("m");
        tap.IsComplete.ShouldBeFalse();
    }

    [SkippableTheory]
    [InlineData("groq-chat-sse-tools-b6c429")]
    [InlineData("groq-chat-sse-tools-c6c808")]
    [InlineData("openrouter-chat-sse-think-9a0e69")]
    [InlineData("openrouter-chat-sse-tools-8068e7")]
    public void Case7_recorded_errors_in_a_stream(string id)
    {
        WireCorpus.Require();
        var log = AnswerLog.Of(WireCorpus.Get(id).ResponseBytes(), 100, UsageRules.OpenAI, out var reader);
        log.Error.ShouldNotBeNullOrEmpty();
        reader.IsComplete.ShouldBeFalse();
    }

    [SkippableTheory]
    [InlineData("groq-chat-sse-basic-caecd4")]
    [InlineData("deepseek-chat-sse-basic-5eba26")]
    [InlineData("alibaba-chat-sse-toolcall-962467")]
    [InlineData("snowflake-chat-sse-logprobs-102b09")]
    [InlineData("perplexity-chat-sse-websearch-2e1e1a")]
    public void Usage_in_any_position(string id)
    {
        WireCorpus.Require();
        var log = AnswerLog.Of(WireCorpus.Get(id).ResponseBytes(), 100, UsageRules.OpenAI, out _);
        var expected = RecordedAnswer.Read(WireCorpus.Get(id)).Usage!;
        log.Usage!.InputTokens.ShouldBe(expected.Prompt);
        log.Usage.OutputTokens.ShouldBe(expected.Completion);
    }

    private static Nano.Errors.GatewayError GatewayErrorOf(string type, string data)
    {
        var sink = new ErrorSink();
        ChatCases.Dialect.CreateEventReader(UsageRules.OpenAI).Read(ChatCases.Utf8(type), ChatCases.Utf8(data), sink);
        return sink.Error!;
    }

    private sealed class ErrorSink : IChatEventSink
    {
        public Nano.Errors.GatewayError? Error { get; private set; }

        public void BeginFrame(in ChatFrame frame)
        {
        }

        public void EndFrame()
        {
        }

        public void On(in ChatEvent item) => Error ??= item.Error;
    }
}
