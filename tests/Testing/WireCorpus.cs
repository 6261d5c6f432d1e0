using System.Text.Json;

namespace Nano.Testing;

/// <summary>
/// The recordings in <c>../shared/wire</c> beside the repository. They are other projects' data and never part of this
/// one: if the folder is missing, the tests over it skip and report that, also in CI. If the folder exists, none of them
/// skips, and a folder without a recording is an error. <c>NANO_RECORDINGS=absent</c> runs the tests as if the folder
/// were missing; <c>NANO_RECORDINGS=required</c> turns the skip into a failure.
/// </summary>
public static class WireCorpus
{
    private static readonly Lazy<IReadOnlyList<WireCase>> Cases = new(Load);

    /// <summary>The repository's root: the folder that contains Nano.slnx.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    public static string Folder { get; } = Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", "wire"));

    public static bool IsPresent { get; } = Setting != "absent" && Directory.Exists(Folder);

    public static IReadOnlyList<WireCase> All => Cases.Value;

    /// <summary>Call first in every test over the corpus; a theory takes its rows from <see cref="RecordedDataAttribute"/>.</summary>
    public static void Require()
    {
        if (IsPresent) return;
        if (Setting == "required") throw new InvalidOperationException("The recorded traffic (../shared/wire) is missing, and NANO_RECORDINGS=required says that it must not be.");
        Skip.If(true, Setting == "absent" ? "NANO_RECORDINGS=absent: the recorded traffic (../shared/wire) is not used."
            : "The recorded traffic (../shared/wire) is not beside this repository.");
    }

    public static WireCase Get(string id) => All.First(c => c.Id == id);

    public static IEnumerable<WireCase> Of(params string[] apis) => All.Where(c => apis.Contains(c.Api));

    private static string? Setting => Environment.GetEnvironmentVariable("NANO_RECORDINGS");

    private static IReadOnlyList<WireCase> Load()
    {
        if (!IsPresent) return [];
        IReadOnlyList<WireCase> cases =
        [
            .. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => new WireCase(JsonDocument.Parse(File.ReadAllBytes(file)).RootElement)),
        ];
        return cases.Count > 0 ? cases : throw new InvalidOperationException($"{Folder} exists and holds no recording.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Nano.slnx"))) return folder.FullName;
        throw new InvalidOperationException("Nano.slnx is not above the tests.");
    }
}
