using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Inventory;

/// <summary>tests/Corpus covers every dialect with its own cases, streamed and not.</summary>
public sealed partial class OwnCorpusTests
{
    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("generateContent")]
    [InlineData("responses")]
    [InlineData("chat_v2")]
    [InlineData("converse")]
    public void Every_dialect_has_a_stream_and_a_whole_response(string api)
    {
        OwnCorpus.Of(api).ShouldContain(c => c.Status == 200 && (c.Sse != null || c.EventStream != null));
        OwnCorpus.Of(api).ShouldContain(c => c.Status == 200 && c.Sse == null && c.EventStream == null);
    }

    [Fact]
    public void A_case_is_where_its_id_says()
    {
        OwnCorpus.All.Select(c => c.Id).ShouldBeUnique();
        foreach (var wire in OwnCorpus.All)
        {
            Path.Exists(Path.Combine(OwnCorpus.Folder, wire.Api, wire.Id + ".json")).ShouldBeTrue(wire.Id);
            wire.Fidelity.ShouldBe("own", wire.Id);
            Id().IsMatch(wire.Id).ShouldBeTrue(wire.Id);
        }
    }

    /// <summary>Codes of what the replay of own cases does not have: other APIs, and requests, which it does not send. Tests of their own cover them.</summary>
    private static readonly string[] Uncovered =
    [
        "cohere_v1_ndjson", "embedding_base64", "html_body", "ollama_arguments_object", "ollama_thinking", "req_assistant_content_null", "req_empty_content",
    ];

    [SkippableFact]
    public void Every_code_of_the_recordings_has_a_case_of_our_own()
    {
        WireCorpus.Require();
        WireCorpus.All.SelectMany(c => c.Oddities).Distinct().Except(OwnCorpus.All.SelectMany(c => c.Oddities)).Order(StringComparer.Ordinal).ShouldBe(Uncovered);
    }

    /// <summary>Codes come from the recordings' index, so that both have the same meaning.</summary>
    [SkippableFact]
    public void A_code_is_one_of_the_recordings()
    {
        WireCorpus.Require();
        OwnCorpus.All.SelectMany(c => c.Oddities).Except(WireCorpus.All.SelectMany(c => c.Oddities)).ShouldBeEmpty();
    }

    [GeneratedRegex("^own-[a-z]+-(one|sse|evs)-[a-z0-9-]+$")]
    private static partial Regex Id();
}
