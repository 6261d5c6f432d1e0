using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Nano.State;

namespace Nano.Caching;

/// <summary>
/// A random text per scope, part of the keys of its entries: a new one makes all of them unreachable, on every instance. Epochs are in the shared store of
/// entries, else in the state store, and are remembered for <see cref="Lifetime"/>; without both, they are this instance's own. A store that has lost them gets
/// new ones, and the old entries are not found again. Thread safe.
/// </summary>
/// <param name="store">The shared store of entries; null for none.</param>
/// <param name="state">Used without <paramref name="store"/>, if it is shared.</param>
internal sealed class CacheEpochs(SecondLevel? store, StateStore? state, TimeProvider time)
{
    /// <summary>A purge takes effect on other instances within this time.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private const int Capacity = 8192;

    private readonly ConcurrentDictionary<string, (string Value, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>The epochs of a scope's path. Raises <see cref="StateUnavailableException"/> when the store fails.</summary>
    public async ValueTask<IReadOnlyCollection<string>> FindAsync(CacheScope scope, CancellationToken cancellationToken)
    {
        var epochs = new string[scope.Path.Count];
        for (var i = 0; i < epochs.Length; i++) epochs[i] = Known(scope.Path[i]) ?? await ReadAsync(scope.Path[i], cancellationToken).ConfigureAwait(false);
        return epochs;
    }

    /// <summary>Makes the entries of a scope, and of all scopes in it, unreachable. Raises the same exceptions as <see cref="FindAsync"/>.</summary>
    /// <param name="scope">One of the names of a <see cref="CacheScope.Path"/>.</param>
    public async ValueTask RenewAsync(string scope, CancellationToken cancellationToken)
    {
        var epoch = New();
        if (store is not null) await store.WriteAsync(NameOf(scope), Encoding.ASCII.GetBytes(epoch), null, cancellationToken).ConfigureAwait(false);
        else if (state is { IsShared: true }) await state.Texts.WriteAsync(NameOf(scope), epoch, cancellationToken).ConfigureAwait(false);
        Remember(scope, epoch);
    }

    private bool IsShared => store is not null || state is { IsShared: true };

    private string? Known(string scope) =>
        _known.TryGetValue(scope, out var known) && (time.GetElapsedTime(known.At) < Lifetime || !IsShared) ? known.Value : null;

    private async ValueTask<string> ReadAsync(string scope, CancellationToken cancellationToken)
    {
        var epoch = New();
        if (!IsShared)
        {
            if (_known.Count >= Capacity) _known.Clear();
            return _known.GetOrAdd(scope, (epoch, time.GetTimestamp())).Value;
        }
        epoch = store is null ? await state!.Texts.ReadOrCreateAsync(NameOf(scope), epoch, cancellationToken).ConfigureAwait(false)
            : Encoding.ASCII.GetString(await store.ReadOrCreateAsync(NameOf(scope), Encoding.ASCII.GetBytes(epoch), cancellationToken).ConfigureAwait(false));
        Remember(scope, epoch);
        return epoch;
    }

    private void Remember(string scope, string epoch)
    {
        if (_known.Count >= Capacity) _known.Clear();
        _known[scope] = (epoch, time.GetTimestamp());
    }

    /// <summary>Scopes contain characters that blob names do not allow.</summary>
    private static string NameOf(string scope) => "epoch-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)));

    private static string New() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
