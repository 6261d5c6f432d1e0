using System.Text;
using Nano.Dialects.OpenAIChat;

namespace Nano.Tests.Dialects;

public sealed class BodySpliceTests
{
    [Theory]
    [InlineData("""{"model":"p/m","n":1}""", false, """{"model":"NEW","n":1}""")]
    [InlineData(""" {"n":1.0, "model" : "p/m" ,"z":"é\u00e9"} """, false, """ {"n":1.0, "model" : "NEW" ,"z":"é\u00e9"} """)]
    [InlineData("""{"model":"p/m","stream":true}""", true, """{"stream_options":{"include_usage":true},"model":"NEW","stream":true}""")]
    [InlineData("""{ "stream":true,"model":"p/m"}""", true, """{"stream_options":{"include_usage":true}, "stream":true,"model":"NEW"}""")]
    [InlineData("""{"stream_options":{"include_obfuscation":false},"model":"p/m"}""", true,
        """{"stream_options":{"include_obfuscation":false,"include_usage":true},"model":"NEW"}""")]
    [InlineData("""{"model":"p/m","stream_options":{"include_usage":false,"a":[1]},"x":0}""", true, """{"model":"NEW","stream_options":{"a":[1],"include_usage":true},"x":0}""")]
    [InlineData("""{"model":"p/m","stream_options":null}""", true, """{"model":"NEW","stream_options":{"include_usage":true}}""")]
    public void Only_replaced_values_change(string body, bool askForUsage, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        ChatEnvelope.TryRead(bytes, out var envelope).ShouldBeNull();
        var splice = envelope.Splice(bytes, "\"NEW\""u8.ToArray(), askForUsage);
        var result = string.Concat(new[] { splice.A, splice.B, splice.C, splice.D, splice.E }.Select(part => Encoding.UTF8.GetString(part.Span)));
        result.ShouldBe(expected);
        splice.Length.ShouldBe(Encoding.UTF8.GetByteCount(expected));
    }

    [Theory]
    [InlineData("""{"n":1}""", false, """{"model":"NEW","n":1}""")]
    [InlineData(""" { } """, false, """ {"model":"NEW" } """)]
    [InlineData("""{"model":"other","n":1}""", false, """{"model":"NEW","n":1}""")]
    [InlineData("""{"stream":true}""", true, """{"stream_options":{"include_usage":true},"model":"NEW","stream":true}""")]
    [InlineData("""{"a":1,"stream_options":null}""", true, """{"model":"NEW","a":1,"stream_options":{"include_usage":true}}""")]
    public void A_body_whose_model_is_in_the_path_gets_the_model(string body, bool askForUsage, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var envelope = new ChatEnvelope("p/m");
        envelope.Read(bytes).ShouldBeNull();
        envelope.Model.ToString().ShouldBe("p/m");
        var splice = envelope.Splice(bytes, "\"NEW\""u8.ToArray(), askForUsage);
        string.Concat(new[] { splice.A, splice.B, splice.C, splice.D, splice.E }.Select(part => Encoding.UTF8.GetString(part.Span))).ShouldBe(expected);
        splice.Length.ShouldBe(Encoding.UTF8.GetByteCount(expected));
    }
}
