using System.Text.Json;

namespace Nano.Testing;

/// <summary>
/// Interactions in <c>tests/Corpus</c>, written for Nano in the format of the recordings (<see cref="WireCorpus"/>), so that a clone without
/// recordings replays every dialect. Small by intent: one case for several oddities.
/// </summary>
public static class OwnCorpus
{
    public static string Folder { get; } = Path.Combine(WireCorpus.RepositoryRoot, "tests", "Corpus");

    private static readonly Lazy<IReadOnlyList<WireCase>> Cases = new(() =>
    [
        .. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => new WireCase(JsonDocument.Parse(File.ReadAllBytes(file)).RootElement)),
    ]);

    public static IReadOnlyList<WireCase> All => Cases.Value;

    public static IEnumerable<WireCase> Of(params string[] apis) => All.Where(c => apis.Contains(c.Api));

    public static WireCase Get(string id) => All.First(c => c.Id == id);
}
