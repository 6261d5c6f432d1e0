using System.Text;
using Nano.Testing.Oracle;

namespace Nano.LocalHost.Tests.Replay;

/// <summary>The strict reader itself: it accepts everything that OpenAI's reference allows and names each breach.</summary>
public class StrictChatTests
{
    private const string Head = """
        "id":"c","object":"chat.completion.chunk","created":1,"model":"m"
        """;

    private const string First = """
        {"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}
        """;

    private const string Finish = """
        {"index":0,"delta":{},"finish_reason":"stop"}
        """;

    [Fact]
    public void A_good_stream_is_read()
    {
        var answer = Read(Chunk(First), Chunk("""{"index":0,"delta":{"reasoning_content":"Hm","content":"Hi"},"finish_reason":null}"""),
            Chunk("""{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}"""),
            Chunk("""{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":null}"""),
            Chunk(Finish), ": a comment", Usage(1, 2, 3), "data: [DONE]");

        answer.IsError.ShouldBeFalse();
        answer.Choices[0].Text.ShouldBe("Hi");
        answer.Choices[0].Reasoning.ShouldBe("Hm");
        answer.Choices[0].ToolCalls.ShouldHaveSingleItem().ShouldBe(new AnswerToolCall("a", "f", "{}"));
        answer.Usage!.Completion.ShouldBe(2);
    }

    [Fact]
    public void An_error_event_is_a_failure() =>
        Read(Chunk(First), """data: {"error":{"message":"no","type":"t","param":null,"code":null}}""").Error.ShouldBe("no");

    public static TheoryData<string, string[]> Breaches => new()
    {
        { "without [DONE]", [Chunk(First), Chunk(Finish)] },
        { "follows [DONE]", [Chunk(First), Chunk(Finish), "data: [DONE]", Chunk(First)] },
        { "follows the error", [Chunk(First), """data: {"error":{"message":"no","type":"t","param":null,"code":null}}""", "data: [DONE]"] },
        { "error.type is missing", ["""data: {"error":{"message":"no","param":null,"code":null}}"""] },
        { "without finish_reason", [Chunk(First), "data: [DONE]"] },
        { "goes on after its finish_reason", [Chunk(First), Chunk(Finish), Chunk(Finish), "data: [DONE]"] },
        { "role is said twice", [Chunk(First), Chunk(First)] },
        { "has no role", [Chunk(Finish), "data: [DONE]"] },
        { "finish_reason is missing", [Chunk("""{"index":0,"delta":{"role":"assistant"}}""")] },
        { "none of OpenAI's", [Chunk(First), Chunk("""{"index":0,"delta":{},"finish_reason":"end_turn"}""")] },
        { "without choices and without usage", [Chunk("")] },
        { "the usage chunk has choices", [Chunk(First), $"data: {{{Head},\"choices\":[{Finish}],\"usage\":{{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}}}"] },
        { "not the sum", [Chunk(First), Chunk(Finish), Usage(1, 2, 4)] },
        { "comes after 0 calls", [Chunk(First),
            Chunk("""{"index":0,"delta":{"tool_calls":[{"index":1,"id":"a","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}""")] },
        { "begins without id", [Chunk(First),
            Chunk("""{"index":0,"delta":{"tool_calls":[{"index":0,"type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}""")] },
        { "no JSON object", ["data: {\"id\":"] },
        { "object is not", ["""data: {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[]}"""] },
        { "id changes", [Chunk(First), Chunk(Finish).Replace("\"id\":\"c\"", "\"id\":\"d\"")] },
        { "no SSE field", ["{\"error\":{}}"] },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public void A_breach_is_named(string breach, string[] events) =>
        Should.Throw<ChatFormException>(() => Read(events)).Message.ShouldContain(breach);

    [Fact]
    public void Usage_without_a_request_for_it_is_a_breach() =>
        Should.Throw<ChatFormException>(() => StrictChat.ReadStream(Bytes([Chunk(First), Chunk(Finish), Usage(1, 1, 2)]), usageAsked: false))
            .Message.ShouldContain("nobody asked");

    [Fact]
    public void A_broken_character_is_a_breach() =>
        Should.Throw<ChatFormException>(() => StrictChat.ReadStream([.. "data: \""u8, 0xF0, 0x9F, .. "\"\n\n"u8], usageAsked: true)).Message.ShouldContain("UTF-8");

    [Theory]
    [InlineData("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[]}""", "no choices")]
    [InlineData("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant"},"finish_reason":"stop"}]}""",
        "content is missing")]
    [InlineData("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":[]},"finish_reason":"stop"}]}""",
        "content is neither")]
    [InlineData("""{"id":"","object":"chat.completion","created":1,"model":"m","choices":[]}""", "id is missing")]
    [InlineData("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{}}}]},"finish_reason":"tool_calls"}]}""", "arguments is neither")]
    [InlineData("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""", "ids repeat")]
    public void A_breach_of_a_whole_response_is_named(string body, string breach) =>
        Should.Throw<ChatFormException>(() => StrictChat.ReadWhole(Encoding.UTF8.GetBytes(body))).Message.ShouldContain(breach);

    private static Answer Read(params string[] events) => StrictChat.ReadStream(Bytes(events), usageAsked: true);

    private static byte[] Bytes(string[] events) => Encoding.UTF8.GetBytes(string.Concat(events.Select(e => e + "\n\n")));

    private static string Chunk(string choice) => $"data: {{{Head},\"choices\":[{choice}]}}";

    private static string Usage(int prompt, int completion, int total) =>
        $"data: {{{Head},\"choices\":[],\"usage\":{{\"prompt_tokens\":{prompt},\"completion_tokens\":{completion},\"total_tokens\":{total}}}}}";
}
