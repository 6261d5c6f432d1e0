namespace Nano.Secrets;

/// <summary>
/// One provider's key that several settings form together (an id, a secret and sometimes a token), unless a setting contains
/// a whole key; every other key comes from the inner source. The parts are returned as one value, one per line.
/// </summary>
/// <remarks>
/// Settings override Key Vault here, too: with the first part as a setting, no whole key is looked up in the vault. Parts
/// may come from different sources.
/// </remarks>
/// <param name="keys">The source of all keys and parts.</param>
/// <param name="settings">The source of settings only.</param>
/// <param name="whole">The names of the settings of a whole key.</param>
/// <param name="parts">The names of the parts' settings; the last part may be missing.</param>
internal sealed class JointKeySource(ISecretSource keys, SettingsSecretSource settings, IReadOnlyList<string> whole, IReadOnlyList<string> parts) : ISecretSource
{
    /// <summary>Separates the parts: it cannot occur in a key.</summary>
    public const char Separator = '\n';

    private readonly string[][] _parts = [.. parts.Select(part => new[] { part })];
    private Joined? _last;

    public VaultHealth? Vault => keys.Vault;

    public ValueTask<Secret> FindAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (!IsMine(names)) return keys.FindAsync(names, cancellationToken);
        return Peek(names) is { Value: not null } known ? ValueTask.FromResult(known) : LookAsync(null, isReading: false, cancellationToken);
    }

    public Secret? Peek(IReadOnlyList<string> names)
    {
        if (!IsMine(names)) return keys.Peek(names);
        var set = settings.Find(whole);
        if (set.Value is not null) return set;
        if (settings.Find(_parts[0]).Value is null && keys.Peek(whole) is var found && found is not { Value: null }) return found;
        var values = new Secret[_parts.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (keys.Peek(_parts[i]) is not { } part || (part.Value is null && (i < values.Length - 1 || part.Unavailable is not null))) return null;
            values[i] = part;
        }
        return Join(values);
    }

    public ValueTask<Secret> RereadAsync(IReadOnlyList<string> names, string? refused, CancellationToken cancellationToken)
    {
        if (!IsMine(names)) return keys.RereadAsync(names, refused, cancellationToken);
        var set = settings.Find(whole);
        return set.Value is not null ? ValueTask.FromResult(set) : LookAsync(refused, isReading: true, cancellationToken);
    }

    private bool IsMine(IReadOnlyList<string> names) => names.Count > 0 && names[0] == whole[0];

    private async ValueTask<Secret> LookAsync(string? refused, bool isReading, CancellationToken cancellationToken)
    {
        var found = Secret.Missing;
        var refusedParts = refused?.Split(Separator);
        if (settings.Find(_parts[0]).Value is null)
        {
            found = await AskAsync(whole, refusedParts is { Length: 1 } ? refused : null, isReading, cancellationToken).ConfigureAwait(false);
            if (found.Value is not null) return found;
        }
        var values = new Secret[_parts.Length];
        for (var i = 0; i < values.Length; i++)
        {
            // The first part exists: the others are looked up together, so that the waits do not add up.
            if (i == 1) foreach (var part in _parts.AsSpan(1)) _ = keys.Peek(part);
            values[i] = await AskAsync(_parts[i], refusedParts is { Length: > 1 } && i < refusedParts.Length ? refusedParts[i] : null, isReading, cancellationToken)
                .ConfigureAwait(false);
            if (values[i].Unavailable is not null) return values[i];
            if (values[i].Value is null && i == 0) return found;
            if (values[i].Value is null && i < values.Length - 1)
                return Secret.NotAvailable(
                    $"{values[0].Setting} is there, and {parts[i]} is not: they are one key. Set both, or the Key Vault secrets {SecretName.Of(parts[0])} and {SecretName.Of(parts[i])}.");
        }
        return Join(values);
    }

    private ValueTask<Secret> AskAsync(IReadOnlyList<string> names, string? refused, bool isReading, CancellationToken cancellationToken) =>
        isReading ? keys.RereadAsync(names, refused, cancellationToken) : keys.FindAsync(names, cancellationToken);

    private Secret Join(Secret[] values)
    {
        // Reuse the same string, so that a request allocates none.
        if (Volatile.Read(ref _last) is { } last && last.Is(values)) return last.Whole;
        var text = string.Join(Separator, values.Where(value => value.Value is not null).Select(value => value.Value!.Trim()));
        var joined = new Joined(values, Secret.Found(text, values[0].Setting!, values[1].Origin));
        Volatile.Write(ref _last, joined);
        return joined.Whole;
    }

    private sealed record Joined(Secret[] Parts, Secret Whole)
    {
        public bool Is(Secret[] values)
        {
            for (var i = 0; i < values.Length; i++)
                if (values[i].Value != Parts[i].Value) return false;
            return true;
        }
    }
}
