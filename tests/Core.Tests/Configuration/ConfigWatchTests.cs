using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Testing;
using Nano.Tests.Secrets;

namespace Nano.Tests.Configuration;

/// <summary>Which changes of nano.json are noticed, and what is logged for them.</summary>
public sealed class ConfigWatchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeVault.Log _log = new();
    private readonly TemporaryFolder _folder = new("nano");
    private ConfigSource _source = null!;
    private ConfigWatch? _watch;
    private volatile string _inForce = "";
    private int _attempts;

    private string FilePath => Path.Combine(_folder.FullName, "nano.json");

    /// <summary>As a Kubernetes ConfigMap is mounted: only the link to the folder changes.</summary>
    [Fact]
    public async Task A_change_behind_a_link_is_in_force()
    {
        var folder = Path.Combine(_folder.FullName, "..data");
        foreach (var version in new[] { "one", "two" })
        {
            Directory.CreateDirectory(Path.Combine(_folder.FullName, version));
            File.WriteAllText(Path.Combine(_folder.FullName, version, "nano.json"), Config(version));
        }
        Directory.CreateSymbolicLink(folder, "one");
        File.CreateSymbolicLink(FilePath, Path.Combine("..data", "nano.json"));
        await StartAsync();
        _inForce.ShouldBe("one");

        Directory.Delete(folder);
        Directory.CreateSymbolicLink(folder, "two");
        await UntilAsync(() => _inForce == "two");

        // The file that the link leads to changes.
        File.WriteAllText(Path.Combine(_folder.FullName, "two", "nano.json"), Config("three"));
        await UntilAsync(() => _inForce == "three");
    }

    [Fact]
    public async Task A_change_of_the_same_length_at_the_same_time_is_in_force()
    {
        File.WriteAllText(FilePath, Config("one"));
        await StartAsync();
        var time = File.GetLastWriteTimeUtc(FilePath);
        File.WriteAllText(FilePath + ".new", Config("two"));
        File.SetLastWriteTimeUtc(FilePath + ".new", time);
        File.Move(FilePath + ".new", FilePath, overwrite: true);
        await UntilAsync(() => _inForce == "two");
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_reported()
    {
        File.WriteAllText(FilePath, Config("one"));
        await StartAsync();
        File.Delete(FilePath);
        File.CreateSymbolicLink(FilePath, "missing.json");
        await UntilAsync(() => _log.Lines.Any(line => line.Contains("cannot be read (FileNotFoundException)", StringComparison.Ordinal)));
        File.Delete(FilePath);
        File.CreateSymbolicLink(FilePath, "nano.json");
        await UntilAsync(() => _log.Lines.Any(line => line.Contains("cannot be read (IOException)", StringComparison.Ordinal)));
        _inForce.ShouldBe("one");

        File.Delete(FilePath);
        File.WriteAllText(FilePath, Config("two"));
        await UntilAsync(() => _inForce == "two");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_tried_again_and_reported_once()
    {
        File.WriteAllText(FilePath, Config("one"));
        await StartAsync();
        File.WriteAllText(FilePath + ".new", Config("second"));
        // Neither the time nor the length changes when the lock is released.
        using (File.Open(FilePath + ".new", FileMode.Open, FileAccess.Read, OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None))
        {
            File.Move(FilePath + ".new", FilePath, overwrite: true);
            var before = _attempts;
            await UntilAsync(() => _attempts > before + 2);
            _inForce.ShouldBe("one");
        }
        await UntilAsync(() => _inForce == "second");
        _log.Lines.Count(line => line.Contains("cannot be read", StringComparison.Ordinal)).ShouldBe(1);
        _log.Lines.Count(line => line.Contains("stays in force", StringComparison.Ordinal)).ShouldBe(1);
        _log.Lines.Count(line => line.Contains("is in force now", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task The_same_mistake_in_a_file_that_was_changed_again_is_reported_again()
    {
        File.WriteAllText(FilePath, Config("one"));
        await StartAsync();
        foreach (var times in new[] { 1, 2 })
        {
            File.WriteAllText(FilePath, $"{{\"model\":{{}}}}{new string(' ', times)}");
            await UntilAsync(() => _log.Lines.Count(line => line.Contains("/model is not a member", StringComparison.Ordinal)) == times);
        }
        _inForce.ShouldBe("one");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_watch is not null) await _watch.StopAsync(CancellationToken.None);
        _watch?.Dispose();
        _folder.Dispose();
    }

    private static string Config(string name) => "{\"models\":{\"" + name + "\":{\"targets\":[{\"model\":\"nano/echo\"}]}}}";

    private async Task StartAsync()
    {
        var (registered, _) = new ProviderRegistry(new DialectSet(), new Dictionary<string, string>()).Registered();
        _source = new ConfigSource(new Dictionary<string, string>(), [FilePath]);
        Apply().ShouldBeEmpty();
        _watch = new ConfigWatch(_source, Apply, _time, _log);
        await _watch.StartAsync(CancellationToken.None);

        IReadOnlyList<string> Apply()
        {
            var (config, mistakes) = _source.Read(registered);
            Interlocked.Increment(ref _attempts);
            if (mistakes.Count == 0) _inForce = config.Models.Single().Name;
            return mistakes;
        }
    }

    private Task UntilAsync(Func<bool> condition) => Wait.UntilAsync(condition, () => _time.Advance(ConfigWatch.Period));
}
