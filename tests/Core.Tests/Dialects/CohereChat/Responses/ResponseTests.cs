using System.Text;
using Nano.Chat;
using Nano.Testing;
using Nano.Testing.Requests;
using static Nano.Tests.Dialects.CohereChat.Testing;

namespace Nano.Tests.Dialects.CohereChat.Responses;

/// <summary>Responses that the recordings do not have.</summary>
public sealed class ResponseTests
{
    [Theory]
    [InlineData("COMPLETE", "stop")]
    [InlineData("STOP_SEQUENCE", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("TOOL_CALL", "tool_calls")]
    [InlineData("OF_TOMORROW", "stop")]
    public void A_finish_reason_becomes_Chats(string cohere, string chat)
    {
        Whole(Answer(cohere)).Body.Elements("choices").Single().Text("finish_reason").ShouldBe(chat);
        Stream(End(cohere)).Text.ShouldContain($"\"finish_reason\":\"{chat}\"");
    }

    [Theory]
    [InlineData("ERROR", 502)]
    [InlineData("TIMEOUT", 504)]
    public void A_failed_generation_is_not_a_response(string reason, int status)
    {
        Dialect.ReadResponse(Encoding.UTF8.GetBytes(Answer(reason)), UsageRules.OpenAI).Error!.Status.ShouldBe(status);
        var stream = Stream(Delta("half"), End(reason, ",\"error\":\"It went wrong.\",\"usage\":{\"tokens\":{\"input_tokens\":3,\"output_tokens\":4}}"));
        stream.IsComplete.ShouldBeFalse();
        stream.Text.ShouldContain("It went wrong.");
        stream.Text.ShouldNotContain("[DONE]");
        stream.Usage!.OutputTokens.ShouldBe(4);
    }

    [Fact]
    public void A_stream_without_message_end_is_not_complete()
    {
        var stream = Stream(Delta("half"), "[DONE]");
        stream.IsComplete.ShouldBeFalse();
        stream.Text.ShouldNotContain("[DONE]");
    }

    [Theory]
    [InlineData("""{"message":"no more","id":"x"}""")]
    [InlineData("""{"type":"error","message":"no more"}""")]
    public void An_error_inside_a_stream_ends_it(string item)
    {
        var stream = Stream(Delta("half"), item);
        stream.IsComplete.ShouldBeFalse();
        stream.Text.ShouldContain("no more");
    }

    [Fact]
    public void An_error_with_status_200_is_an_error() =>
        Dialect.ReadResponse("""{"id":"x","message":"no more"}"""u8.ToArray(), UsageRules.OpenAI).Error!.Message.ShouldBe("no more");

    [Fact]
    public void Unknown_members_are_reported()
    {
        var (_, losses) = Whole("""{"id":"i","finish_reason":"COMPLETE","news":1,"message":{"other":2,"content":[{"type":"text","text":"a"},{"type":"picture","data":1}]}}""");
        losses.ToString().ShouldBe("dropped=content.picture,message.other,news");
        Stream("""{"type":"debug","prompt":"p"}""", Delta("a"), End("COMPLETE")).Losses.ToString().ShouldBe("dropped=content.debug");
    }

    /// <summary>Arguments arrive in pieces, or not at all; a tool without parameters is called with "null".</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("{}", "null")]
    [InlineData("{}", "nu", "ll")]
    [InlineData("nullo", "null", "o")]
    [InlineData("nu", "nu")]
    [InlineData("{\"a\":1}", "{\"a\":", "1}")]
    [InlineData("{}", "", "{", "}")]
    public void Arguments_of_a_streamed_call(string expected, params string[] pieces)
    {
        var events = pieces.Select(
            p => $$$$$$"""{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":{{{{{{System.Text.Json.JsonSerializer.Serialize(p)}}}}}}}}}}}""");
        var stream = Stream([
            """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","type":"function","function":{"name":"f","arguments":""}}}}}""",
            .. events, """{"type":"tool-call-end","index":0}""", End("TOOL_CALL")]);
        stream.Arguments(0).ShouldBe(expected);
    }

    [Fact]
    public void Interleaved_calls_stay_separate()
    {
        var stream = Stream(
            """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","function":{"name":"f","arguments":""}}}}}""",
            """{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"b","function":{"name":"g","arguments":""}}}}}""",
            """{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"b\":"}}}}}""",
            """{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}""",
            """{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"2}"}}}}}""",
            """{"type":"tool-call-end","index":0}""", """{"type":"tool-call-end","index":1}""", End("TOOL_CALL"));
        (stream.Arguments(0), stream.Arguments(1)).ShouldBe(("{\"a\":1}", "{\"b\":2}"));
    }

    /// <summary>Tokens are the model's input and output; billed units are separate and determine the cost.</summary>
    [Fact]
    public void Tokens_count_and_billed_units_cost()
    {
        const string Usage = """{"tokens":{"input_tokens":1000,"output_tokens":300,"reasoning_tokens":200},"billed_units":{"input_tokens":40,"output_tokens":250},"cached_tokens":900}""";
        var (body, losses) = Whole($$$$$$"""{"id":"i","finish_reason":"COMPLETE","message":{"content":[]},"usage":{{{{{{Usage}}}}}}}""");
        body.Member("usage")!.Value.GetRawText().ShouldBe(
            """{"prompt_tokens":1000,"completion_tokens":300,"total_tokens":1300,"prompt_tokens_details":{"cached_tokens":900},"completion_tokens_details":{"reasoning_tokens":200},"billed_units":{"input_tokens":40,"output_tokens":250}}""");
        losses.IsEmpty.ShouldBeTrue(losses.ToString());
        var streamed = Stream(Delta("a"), End("COMPLETE", ",\"usage\":" + Usage)).Usage!;
        Nano.Providers.Catalogue.ModelCatalogue.Embedded.Models.Single(m => m.Id == "command-a-03-2025").Prices!.Cost(streamed, DateTimeOffset.UnixEpoch.AddYears(56), null)
            .ShouldBe(40 * 2.5m / 1_000_000 + 250 * 10m / 1_000_000);
    }

    [Fact]
    public void Log_probabilities_have_Chats_shape()
    {
        const string Item = """{"text":" it","token_ids":[7,8],"logprobs":[-0.25,-0.5]}""";
        var whole = Whole($$$$$$"""{"id":"i","finish_reason":"COMPLETE","message":{"content":[{"type":"text","text":" it"}]},"logprobs":[{{{{{{Item}}}}}}]}""").Body.Elements(
            "choices").Single();
        whole.Member("logprobs")!.Value.Elements("content").Single().GetRawText().ShouldBe("""{"token":" it","logprob":-0.75,"bytes":null,"top_logprobs":[]}""");
        var stream = Stream($$$$$$"""{"type":"content-delta","index":0,"logprobs":{{{{{{Item}}}}}},"delta":{"message":{"content":{"text":" it"}}}}""", End("COMPLETE"));
        stream.Text.ShouldContain("\"logprob\":-0.75");
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void Any_split_of_the_bytes_gives_the_same_response(int size)
    {
        WireCorpus.Require();
        foreach (var wire in WireCorpus.Of("chat_v2").Where(c => c.Sse is not null))
            Stream(wire.ResponseBytes(), size).Text.ShouldBe(Stream(wire.ResponseBytes()).Text, wire.Id);
    }

    private static string Answer(string reason) =>
        $$$$$$"""{"id":"i","finish_reason":"{{{{{{reason}}}}}}","message":{"role":"assistant","content":[{"type":"text","text":"a"}]}}""";

    private static string Delta(string text) => $$$$$$"""{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"{{{{{{text}}}}}}"}}}}""";

    private static string End(string reason, string more = "") => $$$$$$"""{"type":"message-end","delta":{"finish_reason":"{{{{{{reason}}}}}}"{{{{{{more}}}}}}}}""";
}
