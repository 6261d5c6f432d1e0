using Nano.Dialects.BedrockConverse;

namespace Nano.Providers.Bedrock;

/// <summary>Names of models at Bedrock: ids, inference profiles and ARNs.</summary>
internal sealed class BedrockNaming : IModelNaming
{
    public IReadOnlyList<string> Prefixes => PrefixTable.All;

    /// <summary>Claude is the same model here as at Anthropic, whose traits (reasoning, refused members) are in the catalogue.</summary>
    public ModelAtMaker? MakerOf(string model)
    {
        const string maker = "anthropic.";
        var name = ModelFamily.WithoutPlace(model);
        return name.StartsWith(maker, StringComparison.Ordinal) ? new ModelAtMaker("anthropic", WithoutVersion(name[maker.Length..].ToString())) : null;
    }

    /// <summary><c>claude-haiku-4-5-20251001-v1:0</c> becomes <c>claude-haiku-4-5-20251001</c>.</summary>
    private static string WithoutVersion(string name)
    {
        var at = name.LastIndexOf("-v", StringComparison.Ordinal);
        if (at < 0 || at + 2 == name.Length) return name;
        foreach (var c in name.AsSpan(at + 2))
            if (!char.IsAsciiDigit(c) && c != ':') return name;
        return name[..at];
    }

    /// <summary>A separate class, so that the table is built when a bare name is first looked up, not at start.</summary>
    private static class PrefixTable
    {
        public static IReadOnlyList<string> All { get; } = ["arn:aws:bedrock:", "us.", "eu.", "apac.", "global.", .. ModelFamily.Makers];
    }
}
