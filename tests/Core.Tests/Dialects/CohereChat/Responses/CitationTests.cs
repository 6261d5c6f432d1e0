using System.Text;
using Nano.Testing;
using Nano.Testing.Requests;
using static Nano.Tests.Dialects.CohereChat.Testing;

namespace Nano.Tests.Dialects.CohereChat.Responses;

/// <summary>A citation has its position in the caller's text, and its source.</summary>
public sealed class CitationTests
{
    private const string Source = """{"type":"document","id":"doc:0","document":{"id":"doc:0","title":"Facts","url":"https://x/facts","text":"t"}}""";

    [SkippableFact]
    public void Every_recorded_citation_covers_its_text()
    {
        WireCorpus.Require();
        var count = 0;
        foreach (var wire in WireCorpus.Of("chat_v2").Where(c => c.Status == 200))
        {
            var (text, annotations) = wire.Sse is null ? OfWhole(wire) : OfStream(wire);
            foreach (var cited in annotations.Select(a => a.Member("url_citation")!.Value))
            {
                count++;
                var (start, end) = (cited.Member("start_index")!.Value.GetInt32(), cited.Member("end_index")!.Value.GetInt32());
                text[start..end].ShouldBe(cited.Text("content"), wire.Id);
            }
        }
        count.ShouldBe(16);
    }

    [Theory]
    // An address and a title of the document; its id is then not expressed.
    [InlineData(Source, "https://x/facts", "Facts", "content.sources.id")]
    // The id replaces a missing title.
    [InlineData("""{"type":"tool","id":"get_time_1:0","tool_output":{"content":"4:20 PM"}}""", "", "get_time_1:0", "content.sources.tool_output")]
    // An id that is an address (cohere-chatv2-one-pdf-908416).
    [InlineData("""{"type":"tool","id":"https://x/y","tool_output":{"title":"T","text":"t"}}""", "https://x/y", "T", "content.sources.tool_output")]
    [InlineData("""{"type":"document"}""", "", "", "")]
    public void A_source_becomes_an_annotation(string source, string url, string title, string lost)
    {
        var (body, losses) = Whole(
            $$$$$$"""{"id":"i","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"So it is."}],"citations":[{"start":0,"end":2,"text":"So","sources":[{{{{{{source}}}}}}]}]}}""");
        var cited = body.Elements("choices").Single().Member("message")!.Value.Elements("annotations").Single().Member("url_citation")!.Value;
        cited.Text("url").ShouldBe(url);
        cited.Text("title").ShouldBe(title);
        losses.ToString().ShouldBe(lost.Length == 0 ? "" : $"dropped={lost}");
    }

    /// <summary>Positions count within one block; in Chat the plan and earlier blocks precede it.</summary>
    [Fact]
    public void Positions_include_the_preceding_text()
    {
        var (body, _) = Whole($$$$$$"""{"id":"i","finish_reason":"COMPLETE","message":{"tool_plan":"Plän. ","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"One. "},{"type":"text","text":"Two."}],"citations":[{"start":0,"end":3,"text":"Two","content_index":2,"sources":[{{{{{{Source}}}}}}]}]}}""");
        var message = body.Elements("choices").Single().Member("message")!.Value;
        var cited = message.Elements("annotations").Single().Member("url_citation")!.Value;
        message.Text("content")![cited.Member("start_index")!.Value.GetInt32()..cited.Member("end_index")!.Value.GetInt32()].ShouldBe("Two");
    }

    [Fact]
    public void Positions_in_a_stream_include_the_preceding_text()
    {
        var stream = Stream(
            """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"Plän. "}}}""",
            """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":"One. "}}}}""",
            """{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":""}}}}""",
            """{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Two."}}}}""",
            $$$$$$"""{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":3,"text":"Two","sources":[{{{{{{Source}}}}}},{{{{{{Source}}}}}}]}}}}""",
            """{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}""");
        var cited = stream.Deltas("annotations").SelectMany(a => a.EnumerateArray()).Select(a => a.Member("url_citation")!.Value).ToArray();
        cited.Length.ShouldBe(2);
        stream.Said("content")[cited[1].Member("start_index")!.Value.GetInt32()..cited[1].Member("end_index")!.Value.GetInt32()].ShouldBe("Two");
        stream.Losses.ToString().ShouldBe("dropped=content.sources.id");
    }

    [Theory]
    [InlineData("THINKING_CONTENT", 0, "dropped=message.citations")]
    [InlineData("PLAN", 1, "dropped=content.sources.id")]
    public void Only_text_has_sources(string type, int annotations, string lost)
    {
        var (body, losses) = Whole(
            $$$$$$"""{"id":"i","finish_reason":"TOOL_CALL","message":{"tool_plan":"So I go.","content":[{"type":"thinking","thinking":"So"}],"citations":[{"type":"{{{{{{type}}}}}}","start":0,"end":2,"text":"So","sources":[{{{{{{Source}}}}}}]}]}}""");
        body.Elements("choices").Single().Member("message")!.Value.Elements("annotations").Count().ShouldBe(annotations);
        losses.ToString().ShouldBe(lost);
    }

    private static (string Text, IEnumerable<System.Text.Json.JsonElement> Annotations) OfWhole(WireCase wire)
    {
        var message = Whole(Encoding.UTF8.GetString(wire.ResponseBytes())).Body.Elements("choices").Single().Member("message")!.Value;
        return (message.Text("content") ?? "", message.Elements("annotations"));
    }

    private static (string Text, IEnumerable<System.Text.Json.JsonElement> Annotations) OfStream(WireCase wire)
    {
        var stream = Stream(wire.ResponseBytes());
        return (stream.Said("content"), stream.Deltas("annotations").SelectMany(a => a.EnumerateArray()));
    }
}
