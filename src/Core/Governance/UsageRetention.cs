using Nano.State;
using Nano.Timing;

namespace Nano.Governance;

/// <summary>
/// Deletes usage that is older than the setting allows: in the background of an instance that serves requests, on one instance at a time, a few
/// rows per commit with pauses between them. No request waits for it. Thread safe.
/// </summary>
/// <param name="days">0 keeps everything.</param>
internal sealed class UsageRetention(StateStore store, int days, TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private long _next = long.MinValue;

    /// <summary>The sweep that was started last; for tests.</summary>
    internal Task Sweep { get; private set; } = Task.CompletedTask;

    /// <summary>Called when a request uses the store: starts a sweep when one is due.</summary>
    public void Touch()
    {
        if (days == 0) return;
        var (now, next) = (time.GetTimestamp(), Volatile.Read(ref _next));
        if (now < next || Interlocked.CompareExchange(ref _next, time.TimestampAfter(Period), next) != next) return;
        Sweep = RunAsync();
    }

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var now = time.GetUtcNow();
            if (!await store.Keys.ClaimAsync("retention", now, Period, CancellationToken.None).ConfigureAwait(false)) return;
            foreach (var organization in await store.Keys.ListOrganizationsAsync(CancellationToken.None).ConfigureAwait(false))
                while (await store.Ledger.TrimAsync(StateKeys.Organization(organization), now.AddDays(-days), CancellationToken.None).ConfigureAwait(false))
                    await Task.Delay(Pause, time).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            // The next sweep continues where this one stopped.
        }
    }
}
