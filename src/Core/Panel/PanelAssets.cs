using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Nano.Panel;

/// <summary>
/// The files of the access panel, embedded in this assembly as they were written. Their addresses contain one hash over all of
/// them, as a folder: a module that imports <c>./api.js</c> gets the matching version, and a browser can cache
/// each address forever.
/// </summary>
internal sealed class PanelAssets
{
    private const string Resources = "panel/";
    private const string PageName = "index.html";

    /// <summary>The page's placeholder for the folder of the assets.</summary>
    private const string FolderMark = "{assets}";

    /// <summary>The page's placeholder for the preloads of modules, so that a browser loads them at once and not import by import.</summary>
    private const string ModulesMark = "<!-- modules -->";

    /// <summary>Folders whose modules the page loads on first use.</summary>
    private static readonly string[] OnDemand = ["keys/", "usage/", "playground/snippets/"];

    private static readonly Lazy<PanelAssets> Read = new(() => new PanelAssets(ReadEmbedded()));

    private readonly FrozenDictionary<string, PanelAsset> _assets;

    private PanelAssets(SortedDictionary<string, byte[]> files)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, bytes) in files)
        {
            all.AppendData(Encoding.UTF8.GetBytes($"{name} {bytes.Length}\n"));
            all.AppendData(bytes);
        }
        Hash = Short(all.GetHashAndReset());
        var folder = $"access/{Hash}";
        var modules = files.Keys.Where(name => name.EndsWith(".js", StringComparison.Ordinal) && !OnDemand.Any(folder => name.StartsWith(folder, StringComparison.Ordinal)))
            .Select(name => $"<link rel=\"modulepreload\" href=\"{folder}/{name}\">");
        var page = Encoding.UTF8.GetString(files[PageName]).Replace(FolderMark, folder, StringComparison.Ordinal)
            .Replace(ModulesMark, string.Join("\n  ", modules), StringComparison.Ordinal);
        Page = Asset(PageName, Encoding.UTF8.GetBytes(page));
        _assets = files.Where(file => file.Key != PageName).ToFrozenDictionary(file => $"{Hash}/{file.Key}", file => Asset(file.Key, file.Value), StringComparer.Ordinal);
    }

    /// <summary>Read on first use: an instance that serves no panel never reads it.</summary>
    public static PanelAssets Embedded => Read.Value;

    /// <summary>A hash over names and contents of all files, which changes with any of them.</summary>
    public string Hash { get; }

    /// <summary>The page itself, with the addresses of the assets in it.</summary>
    public PanelAsset Page { get; }

    /// <summary>The part after <c>/access/</c>: the hash, a slash, the file's name.</summary>
    public IEnumerable<string> Names => _assets.Keys;

    public PanelAsset? Find(string name) => _assets.GetValueOrDefault(name);

    private static PanelAsset Asset(string name, byte[] bytes) => new(ContentType(name), bytes, $"W/\"{Short(SHA256.HashData(bytes))}\"");

    private static string Short(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 8));

    private static string ContentType(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"The panel has a file of an unknown kind: {other}"),
    };

    private static SortedDictionary<string, byte[]> ReadEmbedded()
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var assembly = typeof(PanelAssets).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            // A build on Windows names them with backslashes.
            var name = resource.Replace('\\', '/');
            if (!name.StartsWith(Resources, StringComparison.Ordinal)) continue;
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files.Add(name[Resources.Length..], bytes);
        }
        return files;
    }
}
