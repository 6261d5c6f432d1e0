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
    public void A_case_is_in_the_folder_of_its_id()
    {
        OwnCorpus.All.Select(c => c.Id).ShouldBeUnique();
        foreach (var wire in OwnCorpus.All)
        {
            Path.Exists(Path.Combine(OwnCorpus.Folder, wire.Api, wire.Id + ".json")).ShouldBeTrue(wire.Id);
            wire.Fidelity.ShouldBe("own", wire.Id);
            Id().IsMatch(wire.Id).ShouldBeTrue(wire.Id);
        }
    }

    /// <summary>Codes of APIs that no code of the gateway reads, each with the reason.</summary>
    private static readonly Dictionary<string, string> Uncovered = new()
    {
        ["cohere_v1_ndjson"] = "Cohere's Chat API of version 1 (/v1/chat), which streams lines of JSON: the gateway uses version 2",
        ["ollama_arguments_object"] = "Ollama's own API (/api/chat): the gateway uses its OpenAI-compatible one, whose arguments are text",
        ["ollama_thinking"] = "Ollama's own API: in the compatible one, reasoning has the member 'reasoning'",
    };

    [SkippableFact]
    public void Every_code_of_the_recordings_has_a_case_of_our_own()
    {
        WireCorpus.Require();
        WireCorpus.All.SelectMany(c => c.Oddities).Distinct().Except(OwnCorpus.All.SelectMany(c => c.Oddities)).Order(StringComparer.Ordinal).ShouldBe(Uncovered.Keys);
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
