using System.Text.Json;

namespace Nano.Testing;

/// <summary>
/// The recordings in <c>../shared/wire</c> beside the repository. They are other projects' data and never part of this
/// one: where the folder is missing the tests over it skip and say so, except in CI (<c>CI=true</c>), where they fail
/// unless <c>NANO_RECORDINGS=absent</c> says that this CI has none.
/// </summary>
public static class WireCorpus
{
    private static readonly Lazy<IReadOnlyList<WireCase>> Cases = new(Load);

    /// <summary>The repository's root: the folder that holds Nano.slnx.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    public static string Folder { get; } = Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", "wire"));

    public static bool IsPresent => Directory.Exists(Folder);

    public static IReadOnlyList<WireCase> All => Cases.Value;

    /// <summary>Call first in every test over the corpus.</summary>
    public static void Require()
    {
        if (IsPresent) return;
        var mayBeAbsent = Environment.GetEnvironmentVariable("CI") != "true" || Environment.GetEnvironmentVariable("NANO_RECORDINGS") == "absent";
        if (!mayBeAbsent) throw new InvalidOperationException("The recorded traffic (../shared/wire) is missing, and in CI it may not be. Where there is none, set NANO_RECORDINGS=absent.");
        Skip.If(true, "The recorded traffic (../shared/wire) is not beside this repository.");
    }

    public static WireCase Get(string id) => All.First(c => c.Id == id);

    public static IEnumerable<WireCase> Of(params string[] apis) => All.Where(c => apis.Contains(c.Api));

    /// <summary>The rows of a theory. Where there are no recordings it has one, which <see cref="Require"/> then skips or fails: a theory without rows is an error.</summary>
    public static IEnumerable<string> Ids(IEnumerable<WireCase> cases) => IsPresent ? cases.Select(c => c.Id) : ["no recordings"];

    private static IReadOnlyList<WireCase> Load() => !IsPresent
        ? []
        : [.. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => new WireCase(JsonDocument.Parse(File.ReadAllBytes(file)).RootElement))];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Nano.slnx"))) return folder.FullName;
        throw new InvalidOperationException("Nano.slnx is not above the tests.");
    }
}
