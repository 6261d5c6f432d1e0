namespace Nano.Secrets;

/// <summary>
/// A reader that is created on first use: a cold start, and a gateway whose keys are all in settings, do not wait for
/// Azure's assemblies.
/// </summary>
/// <param name="make">Not called before the first read.</param>
internal sealed class LateVaultReader(string host, Func<IVaultReader> make) : IVaultReader
{
    private readonly Lazy<IVaultReader> _reader = new(make);

    public string Host => host;

    public Task<VaultReading> ReadAsync(string name, CancellationToken cancellationToken) => _reader.Value.ReadAsync(name, cancellationToken);
}
