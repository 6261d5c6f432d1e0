using System.Text.Json;
using Nano.Configuration;

namespace Nano.LocalHost;

/// <summary>
/// The settings of a laptop: environment variables, then <c>.env</c>, then the <c>Values</c> of
/// <c>local.settings.json</c> (the file of Azure Functions). Each file is searched for from the current folder upward to the root of the
/// repository, and the first one is used; outside of a repository only in the current folder, since folders above may belong to other users.
/// </summary>
/// <param name="Values">Names and values, names without regard to case.</param>
/// <param name="Errors">The mistakes in the files, each with file and line. Values are never repeated.</param>
/// <param name="Files">The files that were read.</param>
public sealed record LocalSettings(IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Errors, IReadOnlyList<string> Files)
{
    /// <summary>A database in the folder where the gateway was started.</summary>
    internal const string DefaultStateStore = "sqlite:nano.db";

    private const int MaxFileBytes = 1024 * 1024;

    /// <summary>Only Azure itself may set that the gateway runs there, not a file that is shared with Core Tools.</summary>
    private static readonly string[] PlatformPrefixes = ["WEBSITE_", "FUNCTIONS_", "AZURE_FUNCTIONS_", "AzureWebJobs"];

    public static LocalSettings Load(string folder, IReadOnlyDictionary<string, string> environment)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var errors = new List<string>();
        var files = new List<string>();
        var folders = FoldersUpToTheRepositoryRoot(folder);
        // The one with lower precedence first: later values overwrite.
        if (ReadFirst(folders, "local.settings.json", files, errors) is { } json) ReadJson(json, files[^1], values, errors);
        if (ReadFirst(folders, ".env", files, errors) is { } text)
        {
            var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            DotEnv.Read(text, files[^1], read, errors);
            Overwrite(values, read);
        }
        foreach (var name in values.Keys.Where(IsOfThePlatform).ToList()) values.Remove(name);
        Overwrite(values, environment);
        return new LocalSettings(values, errors, files);
    }

    /// <summary>A blank value counts as not set, so it hides no value: Compose files and IDEs export empty variables.</summary>
    private static void Overwrite(Dictionary<string, string> values, IReadOnlyDictionary<string, string> others)
    {
        foreach (var (name, value) in others)
            if (!string.IsNullOrWhiteSpace(value) || !values.ContainsKey(name)) values[name] = value;
    }

    /// <summary>Paths where <c>nano.json</c> may be: in the same folders, in the order in which they are searched.</summary>
    public static IReadOnlyList<string> ConfigFiles(string folder) => [.. FoldersUpToTheRepositoryRoot(folder).Select(path => Path.Combine(path, "nano.json"))];

    /// <summary>The settings of a gateway on this machine: with a state store, which only the first virtual key creates.</summary>
    public static IReadOnlyDictionary<string, string> WithDefaults(IReadOnlyDictionary<string, string> values)
    {
        if (values.TryGetValue(GatewaySettings.StateStore, out var store) && !string.IsNullOrWhiteSpace(store)) return values;
        return new Dictionary<string, string>(values, StringComparer.OrdinalIgnoreCase) { [GatewaySettings.StateStore] = DefaultStateStore };
    }

    /// <summary>Shows only counts: the values contain keys.</summary>
    public override string ToString() => $"{Values.Count} settings, {Files.Count} files, {Errors.Count} errors";

    private static bool IsOfThePlatform(string name) => PlatformPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static List<string> FoldersUpToTheRepositoryRoot(string start)
    {
        var folders = new List<string>();
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            folders.Add(folder.FullName);
            // .git is a file in a worktree.
            if (Path.Exists(Path.Combine(folder.FullName, ".git")) || File.Exists(Path.Combine(folder.FullName, "Nano.slnx"))) return folders;
        }
        return [Path.GetFullPath(start)];
    }

    private static string? ReadFirst(List<string> folders, string name, List<string> files, List<string> errors)
    {
        var file = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (file is null) return null;
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
            {
                errors.Add($"{file} is larger than {MaxFileBytes} bytes: it cannot be a settings file.");
                return null;
            }
            var text = File.ReadAllText(file);
            files.Add(file);
            return text;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{file} cannot be read: {fault.GetType().Name}.");
            return null;
        }
    }

    private static void ReadJson(string text, string file, Dictionary<string, string> values, List<string> errors)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) errors.Add($"{file} must be a JSON object.");
            else if (Member(root, "IsEncrypted") is { ValueKind: JsonValueKind.True }) errors.Add($"{file} is encrypted. Decrypt it with 'func settings decrypt'.");
            else if (Member(root, "Values") is { } settings) ReadValues(settings, file, values, errors);
        }
        catch (JsonException fault)
        {
            errors.Add($"{file}, line {fault.LineNumber + 1}: this is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            errors.Add($"{file}: a text in Values is not valid Unicode.");
        }
    }

    /// <summary>Azure Functions Core Tools also read these names without regard to case.</summary>
    private static JsonElement? Member(JsonElement root, string name)
    {
        foreach (var member in root.EnumerateObject())
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return member.Value;
        return null;
    }

    private static void ReadValues(JsonElement settings, string file, Dictionary<string, string> values, List<string> errors)
    {
        if (settings.ValueKind != JsonValueKind.Object)
        {
            errors.Add($"{file}: Values must be an object.");
            return;
        }
        foreach (var setting in settings.EnumerateObject())
        {
            switch (setting.Value.ValueKind)
            {
                case JsonValueKind.String:
                    values[setting.Name] = setting.Value.GetString()!;
                    break;
                case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    values[setting.Name] = setting.Value.GetRawText();
                    break;
                case JsonValueKind.Null:
                    break;
                default:
                    errors.Add($"{file}: {setting.Name} in Values must be text.");
                    break;
            }
        }
    }
}
