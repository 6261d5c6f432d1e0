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

    /// <summary>Of the file that was read last; null if there was none.</summary>
    private byte[]? _content;

    /// <summary>The source is a file, which may change or be created.</summary>
    public bool IsFile => _setting is null && files.Count > 0;

    /// <summary>For messages.</summary>
    public string Name => _setting is not null ? GatewaySettings.Config : _file ?? "nano.json";

    /// <summary>The last <see cref="Read"/> found a file that could not be read.</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>
    /// The file differs from the one that was read last, or cannot be read now. Its content is compared: time and length stay the same when a link to its
    /// folder changes, when its permissions do, and within the resolution of the clock.
    /// </summary>
    public bool HasChanged
    {
        get
        {
            if (Find() is not { } path) return _content is not null;
            if (_content is null || path != _file) return true;
            try
            {
                return !ReadFile(path).AsSpan().SequenceEqual(_content);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return true;
            }
        }
    }

    /// <summary>Reads and validates the configuration; each mistake names the file and the position in it. Without a file, the configuration is empty.</summary>
    public (GatewayConfig Config, IReadOnlyList<string> Mistakes) Read(IReadOnlyList<Provider> registered)
    {
        IsUnreadable = false;
        if (_setting is not null && !_setting.AsSpan().TrimStart("\uFEFF \t\r\n").StartsWith('{'))
            return (GatewayConfig.Empty, [$"{Name} must be the JSON itself, an object in braces, and not the path of a file."]);
        if (_setting is not null) return Parse(Encoding.UTF8.GetBytes(_setting), registered);
        if (Find() is not { } path)
        {
            _content = null;
            return (GatewayConfig.Empty, _file is null ? [] : [$"{Name} no longer exists."]);
        }
        _file = path;
        try
        {
            _content = ReadFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IsUnreadable = true;
            return (GatewayConfig.Empty, [$"{Name} cannot be read ({e.GetType().Name})."]);
        }
        return Parse(_content, registered);
    }

    private (GatewayConfig Config, IReadOnlyList<string> Mistakes) Parse(byte[] json, IReadOnlyList<Provider> registered)
    {
        var (config, mistakes) = GatewayConfigReader.Read(json, registered);
        return mistakes.Count == 0 ? (config, mistakes) : (GatewayConfig.Empty, [.. mistakes.Select(mistake => $"{Name}: {mistake}")]);
    }

    /// <summary>
    /// The path of the file; null when there is none. A file that was read is not replaced by one later in the list: an editor may delete it for
    /// a moment.
    /// </summary>
    private string? Find()
    {
        foreach (var path in files)
        {
            // True for a link that leads nowhere, which reading reports.
            if (new FileInfo(path).Exists) return path;
            if (path == _file) return null;
        }
        return null;
    }

    private static byte[] ReadFile(string path)
    {
        using var stream = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[(int)Math.Min(stream.Length, GatewayConfigReader.MaxBytes + 1)];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
