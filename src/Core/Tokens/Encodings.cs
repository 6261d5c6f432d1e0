using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace Nano.Tokens;

/// <summary>
/// The public encoding that is nearest to a model's own. The library's map is not used, since it raises for unknown names.
/// An encoding takes about 40 MB and most of a second to load, once, when a count is first estimated with it.
/// </summary>
internal static class Encodings
{
    private const string Older = "cl100k_base", Newer = "o200k_base";

    /// <summary>OpenAI's models before GPT-4o; every later one has the newer encoding.</summary>
    private static readonly string[] OfOlder = ["gpt-3.5", "gpt-35", "gpt-4-", "text-embedding-"];

    /// <summary>Tokens of a model per token of the encoding; families that are not listed use 1.</summary>
    private static readonly (string Family, double Factor)[] Factors =
    [
        // Claude's tokens are smaller: about a fifth more of them (platform.claude.com/docs/en/build-with-claude/token-counting).
        ("claude", 1.2),
    ];

    private static readonly ConcurrentDictionary<string, Lazy<TiktokenTokenizer>> Loaded = new(StringComparer.Ordinal);

    public static TiktokenTokenizer Of(string model) => Loaded.GetOrAdd(NameOf(model), static name => new(() => TiktokenTokenizer.CreateForEncoding(name))).Value;

    /// <summary>The name of a model's encoding, whatever path precedes its name.</summary>
    internal static string NameOf(string model)
    {
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
        if (name.SequenceEqual("gpt-4")) return Older;
        foreach (var prefix in OfOlder)
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return Older;
        return Newer;
    }

    internal static double FactorOf(string model)
    {
        foreach (var (family, factor) in Factors)
            if (model.Contains(family, StringComparison.OrdinalIgnoreCase)) return factor;
        return 1;
    }
}
