using Nano.Testing;

namespace Nano.Tests.Inventory;

/// <summary>Every oddity code of wire/INDEX.md, for the gateway's dialects, is named by a test.</summary>
public sealed class OddityInventoryTests
{
    private static readonly string[] Apis = ["chat", "responses", "messages", "generateContent", "converse", "chat_v2"];

    /// <summary>Codes without a test, each with the reason.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
    };

    private static IEnumerable<string> Codes => WireCorpus.Of(Apis).SelectMany(c => c.Oddities).Distinct().Order(StringComparer.Ordinal);

    [SkippableFact]
    public void Every_oddity_is_named_by_a_test()
    {
        WireCorpus.Require();
        Codes.Count().ShouldBeGreaterThan(290);
        Codes.Where(code => !Exceptions.ContainsKey(code) && !TestSources.Quoted.Contains(code)).ShouldBeEmpty();
    }

    [SkippableFact]
    public void Only_codes_without_a_test_have_an_exception()
    {
        WireCorpus.Require();
        Exceptions.Keys.Where(code => TestSources.Quoted.Contains(code) || !Codes.Contains(code)).ShouldBeEmpty();
    }

    /// <summary>The index and the recordings have the same codes.</summary>
    [SkippableFact]
    public void The_index_lists_what_the_recordings_have()
    {
        WireCorpus.Require();
        var index = File.ReadAllLines(Path.Combine(WireCorpus.Folder, "INDEX.md"))
            .SkipWhile(line => !line.StartsWith("## Oddities", StringComparison.Ordinal)).Where(line => line.StartsWith("- `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        index.Order(StringComparer.Ordinal).ShouldBe(WireCorpus.All.SelectMany(c => c.Oddities).Distinct().Order(StringComparer.Ordinal));
    }
}
