using System.Text;
using Nano.Dialects;
using Nano.Dialects.AnthropicMessages;
using Nano.Dialects.Gemini;
using Nano.Dialects.OpenAIResponses;

namespace Nano.Tests.Dialects;

/// <summary>The members that the gateway reads before routing, in all dialects besides Chat, and how the model is replaced.</summary>
public sealed class EnvelopeOfEveryDialectTests
{
    [Theory]
    [InlineData("""{"model":"a","input":"x","stream":true}""", "a", true, false, ReasoningWish.None)]
    [InlineData("""{"model":"a","tools":[{}],"reasoning":{"effort":"none"}}""", "a", false, true, ReasoningWish.Off)]
    [InlineData("""{"model":"a","reasoning":{"summary":"auto"}}""", "a", false, false, ReasoningWish.Asked)]
    [InlineData("""{"model":"a","reasoning":null,"thinking":{}}""", "a", false, false, ReasoningWish.None)]
    public void Responses(string body, string model, bool stream, bool tools, ReasoningWish wish) => Reads(new ResponsesEnvelope(), body, model, stream, tools, wish);

    [Theory]
    [InlineData("""{"model":"a","messages":[],"stream":false}""", "a", false, false, ReasoningWish.None)]
    [InlineData("""{"model":"a","thinking":{"type":"disabled"},"tools":[{}]}""", "a", false, true, ReasoningWish.Off)]
    [InlineData("""{"model":"a","thinking":{"type":"adaptive"}}""", "a", false, false, ReasoningWish.Asked)]
    [InlineData("""{"model":"a","tools":[{}],"output_config":{"effort":"high"}}""", "a", false, true, ReasoningWish.Asked)]
    [InlineData("""{"model":"a","output_config":{"effort":"high"},"thinking":{"type":"disabled"}}""", "a", false, false, ReasoningWish.Off)]
    [InlineData("""{"model":"a","thinking":{"type":"disabled"},"output_config":{"effort":"high"}}""", "a", false, false, ReasoningWish.Off)]
    [InlineData("""{"model":"a","output_config":{"format":{"type":"json_schema"},"effort":null}}""", "a", false, false, ReasoningWish.None)]
    public void Messages(string body, string model, bool stream, bool tools, ReasoningWish wish) => Reads(new MessagesEnvelope(), body, model, stream, tools, wish);

    [Theory]
    [InlineData("""{"contents":[],"model":"ignored"}""", false, ReasoningWish.None)]
    [InlineData("""{"tools":[{}],"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}""", true, ReasoningWish.Off)]
    [InlineData("""{"generation_config":{"thinking_config":{"thinking_budget":100}}}""", false, ReasoningWish.Asked)]
    [InlineData("""{"generationConfig":{"thinkingConfig":{"thinkingLevel":"low"}}}""", false, ReasoningWish.Asked)]
    public void Gemini(string body, bool tools, ReasoningWish wish) => Reads(new GeminiEnvelope("models/x y", stream: true), body, "models/x y", true, tools, wish);

    [Theory]
    [InlineData("""{"model":"a","model":"b"}""", "duplicate_member")]
    [InlineData("""{"model":"a","mod\u0065l":"b"}""", "duplicate_member")]
    [InlineData("""{"model":"a","stream":true,"stream":true}""", "duplicate_member")]
    [InlineData("""{"model":"a"}{}""", "invalid_json")]
    public void A_repeated_routing_member_is_refused(string body, string code)
    {
        new ResponsesEnvelope().Read(Encoding.UTF8.GetBytes(body))!.Code.ShouldBe(code);
        new MessagesEnvelope().Read(Encoding.UTF8.GetBytes(body))!.Code.ShouldBe(code);
    }

    [Theory]
    [InlineData("""{ "stream":true,"model" : "p/m","stream_options":{"include_obfuscation":true}}""",
        """{ "stream":true,"model" : "NEW","stream_options":{"include_obfuscation":true}}""")]
    [InlineData("""{"model":"p/m","stream":true}""", """{"model":"NEW","stream":true}""")]
    public void No_member_of_Chat_is_added_to_another_dialects_body(string body, string expected)
    {
        foreach (var envelope in new Envelope[] { new ResponsesEnvelope(), new MessagesEnvelope() })
            Splice(envelope, body, askForUsage: true).ShouldBe(expected);
    }

    [Fact]
    public void A_body_without_a_model_is_sent_unchanged()
    {
        const string body = """ {"contents":[{"parts":[{"text":"model"}]}]} """;
        Splice(new GeminiEnvelope("m", stream: true), body, askForUsage: true).ShouldBe(body);
    }

    private static string Splice(Envelope envelope, string body, bool askForUsage)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        envelope.Read(bytes).ShouldBeNull();
        var splice = envelope.Splice(bytes, "\"NEW\""u8.ToArray(), askForUsage);
        return string.Concat(new[] { splice.A, splice.B, splice.C, splice.D, splice.E }.Select(part => Encoding.UTF8.GetString(part.Span)));
    }

    private static void Reads(Envelope envelope, string body, string model, bool stream, bool tools, ReasoningWish wish)
    {
        envelope.Read(Encoding.UTF8.GetBytes(body)).ShouldBeNull();
        (envelope.Model.ToString(), envelope.Stream, envelope.HasTools, envelope.Reasoning).ShouldBe((model, stream, tools, wish));
        envelope.WantsStreamUsage.ShouldBeTrue();
    }
}
