using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Nano.Providers;
using Nano.Timing;

namespace Nano.Panel;

/// <summary>
/// The last check of each provider, fresh for a short while: one <see cref="Refreshing{T}"/> per provider. An old check is never
/// shown, nor one of the instance that a former <c>nano.json</c> named so; the caller waits for the new one. Thread safe.
/// </summary>
internal sealed class StatusBoard(Func<Provider, Task<ProviderStatus>> check, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    /// <summary>A check has its own time limit, and a failed one is repeated at the next use: the pauses do not apply.</summary>
    private static readonly RefreshTimes Times = new() { Backoff = TimeSpan.Zero, MaxBackoff = TimeSpan.Zero };

    private readonly ConcurrentDictionary<string, Entry> _checks = new(StringComparer.Ordinal);

    /// <param name="fresh">Checks again even if a fresh check is available; a check in progress counts as new.</param>
    /// <returns>The status, and whether it comes from an earlier check.</returns>
    public async ValueTask<(ProviderStatus Status, bool Cached)> GetAsync(Provider provider, bool fresh, CancellationToken cancellationToken)
    {
        var checks = _checks.AddOrUpdate(provider.Id, (_, now) => Make(now), (_, known, now) => ReferenceEquals(known.Provider, now) ? known : Make(now), provider).Checks;
        if (!fresh && checks.Running is null && checks.Last is { Failure: null } known && !checks.IsDue(known)) return (known.Value!, true);
        var state = await checks.Start().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (state.Fault is { } fault) ExceptionDispatchInfo.Throw(fault);
        return (state.Value!, false);
    }

    private Entry Make(Provider provider) => new(provider, new Refreshing<ProviderStatus>(
        async _ => Reading<ProviderStatus>.Found(await check(provider).ConfigureAwait(false), Kept),
        fault => fault.GetType().Name, Times, time));

    private sealed record Entry(Provider Provider, Refreshing<ProviderStatus> Checks);
}
