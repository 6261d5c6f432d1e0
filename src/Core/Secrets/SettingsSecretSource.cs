namespace Nano.Secrets;

/// <summary>Keys from the settings as they were at start. Empty and blank values count as not set.</summary>
/// <param name="settings">Names and values of all settings.</param>
internal sealed class SettingsSecretSource(IReadOnlyDictionary<string, string> settings) : ISecretSource
{
    public ValueTask<Secret> FindAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken) => ValueTask.FromResult(Find(settings));

    public Secret? Peek(IReadOnlyList<string> settings) => Find(settings);

    public ValueTask<Secret> RereadAsync(IReadOnlyList<string> settings, string? refused, CancellationToken cancellationToken) => FindAsync(settings, cancellationToken);

    internal Secret Find(IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (settings.TryGetValue(names[i], out var value) && !string.IsNullOrWhiteSpace(value)) return Secret.Found(value, names[i]);
        }
        return Secret.Missing;
    }
}
