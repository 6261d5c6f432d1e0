using System.Text;
using Nano.Providers;

namespace Nano.Configuration;

/// <summary>Where <c>nano.json</c> is: in the setting <c>NANO_CONFIG</c>, which wins, or in a file.</summary>
/// <param name="settings">Names and values of all settings.</param>
/// <param name="file">The path of the file; null for none.</param>
internal sealed class ConfigSource(IReadOnlyDictionary<string, string> settings, string? file)
{
    private readonly string? _setting = settings.TryGetValue(GatewaySettings.Config, out var json) && !string.IsNullOrWhiteSpace(json) ? json : null;

    /// <summary>It is a file, which may change.</summary>
    public bool IsFile => _setting is null && file is not null;

    /// <summary>For messages.</summary>
    public string Name => _setting is not null ? GatewaySettings.Config : file ?? "nano.json";

    /// <summary>What tells one state of the file from another without reading it; null when it cannot be seen.</summary>
    public (DateTime Time, long Length)? Stamp
    {
        get
        {
            var info = new FileInfo(file!);
            return info.Exists ? (info.LastWriteTimeUtc, info.Length) : null;
        }
    }

    /// <summary>The state of the file that was read last.</summary>
    public (DateTime Time, long Length)? LastRead { get; private set; }

    /// <summary>Reads and validates it; each mistake names the file and the place in it. Without a file, the configuration is empty.</summary>
    public (GatewayConfig Config, IReadOnlyList<string> Mistakes) Read(IReadOnlyList<Provider> registered)
    {
        if (_setting is null && file is null) return (GatewayConfig.Empty, []);
        if (IsFile) LastRead = Stamp;
        try
        {
            var bytes = _setting is not null ? Encoding.UTF8.GetBytes(_setting) : ReadFile(file!);
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
