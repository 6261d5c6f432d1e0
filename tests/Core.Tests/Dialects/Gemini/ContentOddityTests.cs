using Nano.Chat;
using Nano.Json;
using Nano.Testing;
using static Nano.Tests.Dialects.Gemini.Testing;
using static Nano.Tests.Dialects.Gemini.OddityTests;

namespace Nano.Tests.Dialects.Gemini;

/// <summary>Sources, log probabilities, images and the parts of own tools in recorded Gemini responses.</summary>
public sealed class ContentOddityTests
{
    [SkippableTheory]
    [InlineData("gemini-generatecontent-one-websearch-84ac8c", 5, "travel.com", 0L, 50L)]
    [InlineData("gemini-generatecontent-one-cite-eb404c", 2, null, null, null)] // positions beyond the recorded text
    [InlineData("gemini-generatecontent-one-cite-caa11c", 1, null, 0L, 49L)]
    public void Citations(string id, int count, string? title, long? start, long? end)
    {
        WireCorpus.Require();
        var citations = Answer(id).Choices[0].Message.Parts.OfType<TextPart>().First(t => t.Citations is not null).Citations!;
        citations.Count.ShouldBe(count, id);
        (citations[0].Title.IsPresent ? citations[0].Title.ToString() : null).ShouldBe(title, id);
        (citations[0].StartIndex, citations[0].EndIndex).ShouldBe((start, end), id);
    }

    [Theory]
    // Google counts bytes; positions are UTF-16 units of the message's text.
    [InlineData("é€😀x", 2, 9, 1L, 4L)]
    [InlineData("abc", 0, 3, 0L, 3L)]
    [InlineData("abc", 0, 4, null, null)]
    public void Positions_are_counted_in_utf16(string text, int start, int end, long? from, long? to)
    {
        var body = $$$$"""
            {"candidates":[{"content":{"parts":[{"text":"why","thought":true},{"text":"{{{{text}}}}"}]},"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://x.test","title":"X"}}],
            "groundingSupports":[{"segment":{"startIndex":{{{{start}}}},"endIndex":{{{{end}}}}},"groundingChunkIndices":[0,7]}]}}]}
            """;
        var citation = Dialect.ReadResponse(Bytes(body), UsageRules.ReasoningApart).Choices[0].Message.Parts.OfType<TextPart>().Single().Citations!.Single();
        (citation.StartIndex, citation.EndIndex).ShouldBe((from, to));
    }

    [SkippableFact]
    public void Log_probabilities_have_Chats_shape()
    {
        WireCorpus.Require();
        Answer("vertexai-generatecontent-one-logprobs-3fb988").Choices[0].Logprobs.ToString().ShouldBeJson("""
            {"content":[{"token":"Hello","logprob":-1.0489701e-05,"bytes":null,"top_logprobs":[{"token":"Hello","logprob":-1.0489701e-05,"bytes":null},{"token":"\"","logprob":-11.782881,"bytes":null}]}]}
            """);
    }

    [SkippableFact]
    public void Images_are_read_as_media()
    {
        WireCorpus.Require();
        var media = Answer("vertexai-generatecontent-one-basic-86a2d6").Choices[0].Message.Parts.OfType<MediaPart>().Single();
        (media.Kind, media.Source.MediaType.ToString()).ShouldBe((MediaKind.Image, "image/png"));
    }

    [SkippableTheory]
    [InlineData("gemini-generatecontent-one-code-ef3017", "executableCode", "codeExecutionResult")]
    [InlineData("gemini-generatecontent-one-cite-caa11c", "toolCall", "toolResponse")]
    public void Parts_of_its_own_tools_are_kept_unchanged(string id, params string[] types)
    {
        WireCorpus.Require();
        var found = Answer(id).Choices[0].Message.Parts.OfType<OpaquePart>().Select(p => p.Type.ToString()).Distinct();
        found.SequenceEqual(types).ShouldBeTrue(id);
    }
}
