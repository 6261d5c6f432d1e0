using System.Text;
using Nano.Dialects.Embeddings;

namespace Nano.Tests.Dialects.Embeddings;

/// <summary>Reads a passthrough response without its numbers: the few members that are needed, and whether the body is whole.</summary>
public sealed class ResponseSketchTests
{
    [Theory]
    [InlineData("""{"data":[{"embedding":[1,2]}],"model":"m","usage":{"prompt_tokens":3}}""", true, "m", 3L, false)]
    [InlineData(""" { "usage" : {"total_tokens":4} , "data" : [ {"object":"embedding", "embedding" : "AAAA"} ] } """, true, null, 4L, true)]
    [InlineData("""{"data":[{"embedding":[1,2],"note":"]}\"\\"}],"model":"a\"b"}""", true, "a\"b", null, false)]
    [InlineData("""{"data":[],"model":null,"usage":null}""", true, null, null, null)]
    [InlineData("{}", true, null, null, null)]
    [InlineData("""{"data":[{"embedding":[1,2]}]""", false, null, null, false)]
    [InlineData("""{"data":[{"embedding":[1,2]}]}x""", false, null, null, false)]
    [InlineData("""{"data":[{"embedding":[1,2]}],}""", false, null, null, false)]
    [InlineData("""{"data":[{"embedding":[1,2}""", false, null, null, null)]
    [InlineData("""{"model":"m""", false, null, null, null)]
    [InlineData("""{"model":"m\""", false, null, null, null)]
    [InlineData("""{"usage":{"prompt_tokens":1x}}""", true, null, null, null)]
    [InlineData("""{"model" "m"}""", false, null, null, null)]
    [InlineData("""{"model":}""", false, null, null, null)]
    [InlineData("""{"model":tru}""", false, null, null, null)]
    [InlineData("""[]""", false, null, null, null)]
    [InlineData("", false, null, null, null)]
    [InlineData("   ", false, null, null, null)]
    public void The_members_and_the_end_are_found(string body, bool isWhole, string? model, long? tokens, bool? isBase64)
    {
        var sketch = OpenAIEmbeddings.Plain.Sketch(Encoding.UTF8.GetBytes(body));
        (sketch.IsWhole, sketch.Model, sketch.Tokens, sketch.IsBase64).ShouldBe((isWhole, model, tokens, isBase64));
    }

    [Fact]
    public void Every_truncated_response_is_detected()
    {
        var body = Encoding.UTF8.GetBytes(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1e-9]},{"embedding":"AB\/="}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}""");
        for (var length = 0; length < body.Length; length++) OpenAIEmbeddings.Plain.Sketch(body.AsMemory(0, length)).IsWhole.ShouldBeFalse($"{length}");
        OpenAIEmbeddings.Plain.Sketch(body).IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void Deep_nesting_ends_the_scan()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"data":{{new string('[', 100_000)}}""");
        OpenAIEmbeddings.Plain.Sketch(body).IsWhole.ShouldBeFalse();
    }
}
