using System.Text.RegularExpressions;
using Nano.Testing;

namespace Nano.Tests.Inventory;

/// <summary>The text of all tests, to search for the cases that they name.</summary>
internal static partial class TestSources
{
    /// <summary>The text of every test project, without the inventories themselves, which name everything.</summary>
    public static string Text { get; } = string.Join('\n', Directory.EnumerateFiles(Path.Combine(WireCorpus.RepositoryRoot, "tests"), "*.*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".cs" or ".mjs")
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}node_modules{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        && !file.Contains($"{Path.DirectorySeparatorChar}Inventory{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Select(File.ReadAllText));

    /// <summary>Quoted strings.</summary>
    public static IReadOnlySet<string> Quoted { get; } = Quotes().Matches(Text).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

    /// <summary>Numbers of field/cases.md that a test or one of its rows has in its name: <c>Case12_</c>.</summary>
    public static IReadOnlySet<int> Cases { get; } = CaseNames().Matches(Text).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))
        .ToHashSet();

    /// <summary>Numbers of the cases of field/clients.md that a test has in its name: <c>Client_case24_and_27</c>.</summary>
    public static IReadOnlySet<int> ClientCases { get; } = ClientCaseNames().Matches(Text)
        .SelectMany(match => Numbers().Matches(match.Value)).Select(match => int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture)).ToHashSet();

    [GeneratedRegex("\"([A-Za-z0-9_:.-]+)\"")]
    private static partial Regex Quotes();

    [GeneratedRegex(@"\bCase0?(\d+)_")]
    private static partial Regex CaseNames();

    [GeneratedRegex(@"\bClient_case\d+(_and_\d+)*")]
    private static partial Regex ClientCaseNames();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
