using System.Text;
using Nano.Dialects.OpenAIChat;

namespace Nano.Tests.Dialects;

public sealed class EnvelopeTests
{
    [Theory]
    [InlineData("""{"model":"a/b","messages":[]}""", "a/b", false, false)]
    [InlineData("""{"messages":[{"model":"no","stream":true}],"model":"x","stream":true}""", "x", true, false)]
    [InlineData("""{"stream":null,"model":"x"}""", "x", false, false)]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":true},"model":"x"}""", "x", true, true)]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":false,"a":{"include_usage":true}},"model":"x"}""", "x", true, false)]
    [InlineData("""{"stream":true,"stream_options":null,"model":"x"}""", "x", true, false)]
    [InlineData(""" { "mod\u0065l" : "gpt\u002d5" , "n":1 } """, "gpt-5", false, false)]
    public void Finds_the_members_that_routing_needs(string body, string model, bool stream, bool usage)
    {
        ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out var envelope).ShouldBeNull();
        envelope.Model.ToString().ShouldBe(model);
        envelope.Stream.ShouldBe(stream);
        envelope.WantsStreamUsage.ShouldBe(usage);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("[]", "object")]
    [InlineData("{", "(line 1, byte 2): it ends before it is complete")]
    [InlineData("""{"model":"a","x":[1""", "it ends before it is complete")]
    [InlineData("""{"model":"a"}{}""", "JSON")]
    [InlineData("""{"model":"a",}""", "(line 1, byte 14): The JSON object contains a trailing comma")]
    [InlineData("{\"model\":\"a\",\n\"x\" 1}", "(line 2, byte 5): '1' is invalid after a property name. Expected a ':'.")]
    [InlineData("{\"model\":\"a\",\"x\":tru}", "'tru}' is an invalid JSON literal. Expected the literal 'true'.")]
    [InlineData("""{"model":"a","model":"b"}""", "more than once")]
    [InlineData("""{"model":"a","m\u006fdel":"b"}""", "more than once")]
    [InlineData("""{"model":"a","stream":true,"stream":false}""", "more than once")]
    [InlineData("""{"stream_options":{},"model":"a","stream_options":{}}""", "more than once")]
    [InlineData("""{"model":5}""", "'model' must be a string")]
    [InlineData("""{"model":"a","stream":"yes"}""", "'stream' must be true or false")]
    public void Refuses_with_a_reason(string body, string reason)
    {
        var error = ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out _);
        error.ShouldNotBeNull();
        error.Status.ShouldBe(400);
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public void Refuses_bytes_that_are_not_UTF8() =>
        ChatEnvelope.TryRead("""{"model":"a","x":"?"}"""u8.ToArray().Select(b => b == '?' ? (byte)0xFF : b).ToArray(), out _)!.Message.ShouldContain("UTF-8");

    /// <summary>A routing member's name and a compared value must be valid text.</summary>
    [Theory]
    [InlineData("""{"model":"m","\ud800":1}""", 1, 15)]
    [InlineData("""{"model":"m","\udc00":1}""", 1, 15)]
    [InlineData("""{"model":"m","a\ud83d\ud83d\ude00":1}""", 1, 16)]
    [InlineData("{\"messages\":[],\n \"\\ud800\":1,\"model\":\"m\"}", 2, 3)]
    [InlineData("""{"model":"m\ud800"}""", 1, 12)]
    [InlineData("""{"model":"m","reasoning_effort":"\ud800"}""", 1, 34)]
    [InlineData("""{"model":"m","reasoning_effort":"none\udfff"}""", 1, 38)]
    public void Half_a_surrogate_pair_in_a_compared_value_is_invalid_and_its_position_is_reported(string body, int line, int column)
    {
        var error = ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out _)!;
        error.Status.ShouldBe(400);
        error.Code.ShouldBe("invalid_json");
        error.Message.ShouldContain($"(line {line}, byte {column})");
        error.Message.ShouldContain("surrogate");
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"content":"cut \ud83d","\ud800":"\udc00"}]}""")]
    [InlineData("""{"model":"m","\ud83d\ude00":"\ud83d\ude00"}""")]
    [InlineData("""{"model":"m","a\\ud800":1}""")]
    [InlineData("""{"model":"m","stream_options":{"\ud800":1},"tools":[{"\ud800":1}],"thinking":"\ud800","user":"\udfff"}""")]
    public void Half_a_surrogate_pair_in_a_forwarded_value_is_kept(string body)
    {
        ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out var envelope).ShouldBeNull();
        envelope.Model.ToString().ShouldBe("m");
    }

    [Fact]
    public void Refuses_a_body_that_is_nested_too_deeply()
    {
        var body = $$"""{"model":"a","x":{{new string('[', 200)}}{{new string(']', 200)}}}""";
        ChatEnvelope.TryRead(Encoding.UTF8.GetBytes(body), out _)!.Message.ShouldContain("nested more than 128 deep");
    }
}
