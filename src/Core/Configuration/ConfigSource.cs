using System.Text;
using Nano.Providers;

namespace Nano.Configuration;

/// <summary>Where <c>nano.json</c> is: in the setting <c>NANO_CONFIG</c>, which wins, or in a file.</summary>
/// <param name="settings">Names and values of all settings.</param>
/// <param name="files">Paths where the file may be. The first one that exists is used, even if it is created later.</param>
internal sealed class ConfigSource(IReadOnlyDictionary<string, string> settings, IReadOnlyList<string> files)
{
    private readonly string? _setting = settings.TryGetValue(GatewaySettings.Config, out var json) && !string.IsNullOrWhiteSpace(json) ? json : null;
    private string? _file;

    /// <summary>The source is a file, which may change or be created.</summary>
    public bool IsFile => _setting is null && files.Count > 0;

    /// <summary>For messages.</summary>
    public string Name => _setting is not null ? GatewaySettings.Config : _file ?? "nano.json";

    /// <summary>
    /// Identifies a state of the file without reading it; null when there is no file. A file that was read is not replaced by
    /// one later in the list: an editor may delete it for a moment.
    /// </summary>
    public (string Path, DateTime Time, long Length)? Stamp
    {
        get
        {
            foreach (var path in files)
            {
                var info = new FileInfo(path);
                if (info.Exists) return (path, info.LastWriteTimeUtc, info.Length);
                if (path == _file) return null;
            }
            return null;
        }
    }

    /// <summary>The state of the last file that was read.</summary>
    public (string Path, DateTime Time, long Length)? LastRead { get; private set; }

    /// <summary>Reads and validates the configuration; each mistake names the file and the position in it. Without a file, the configuration is empty.</summary>
    public (GatewayConfig Config, IReadOnlyList<string> Mistakes) Read(IReadOnlyList<Provider> registered)
    {
        if (_setting is null)
        {
            LastRead = Stamp;
            if (LastRead is null) return (GatewayConfig.Empty, _file is null ? [] : [$"{Name} no longer exists."]);
            _file = LastRead.Value.Path;
        }
        else if (!_setting.AsSpan().TrimStart("\uFEFF \t\r\n").StartsWith('{'))
        {
            return (GatewayConfig.Empty, [$"{Name} must be the JSON itself, an object in braces, and not the path of a file."]);
        }
        try
        {
            var bytes = _setting is not null ? Encoding.UTF8.GetBytes(_setting) : ReadFile(_file!);
            var (config, mistakes) = GatewayConfigReader.Read(bytes, registered);
            return mistakes.Count == 0 ? (config, mistakes) : (GatewayConfig.Empty, [.. mistakes.Select(mistake => $"{Name}: {mistake}")]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (GatewayConfig.Empty, [$"{Name} cannot be read ({e.GetType().Name})."]);
        }
    }

    private static byte[] ReadFile(string path)
    {
        using var stream = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[(int)Math.Min(stream.Length, GatewayConfigReader.MaxBytes + 1)];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
