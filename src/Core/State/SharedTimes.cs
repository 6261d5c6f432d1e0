namespace Nano.State;

/// <summary>Times until which something must not be used, by name, shared by instances. Raises <see cref="StateUnavailableException"/> when the store fails.</summary>
internal sealed class SharedTimes(StateTransactions transactions)
{
    private const string Partition = "deployments";
    private const string First = "u|", End = "u}";
    private const int MaxRows = 2000;

    /// <summary>Rows that ended this long ago are deleted when they are read.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private const int MaxDeleted = 20;

    public async ValueTask<IReadOnlyList<SharedTime>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!transactions.Engine.Exists) return [];
        var rows = await transactions.Engine.ScanAsync(Partition, First, End, MaxRows, cancellationToken).ConfigureAwait(false);
        var times = new List<SharedTime>(rows.Count);
        var old = 0;
        foreach (var row in rows)
        {
            var time = Read(row);
            if (time.Until > now) times.Add(time);
            else if (time.Until < now - Kept && old++ < MaxDeleted)
                await transactions.Engine.CommitAsync(Partition, [StateWrite.Delete(row)], cancellationToken).ConfigureAwait(false);
        }
        return times;
    }

    /// <summary>Never shortens a longer time.</summary>
    public async ValueTask ExtendAsync(SharedTime time, CancellationToken cancellationToken)
    {
        var key = First + time.Name;
        await transactions.RunAsync(Partition, [key], view =>
        {
            if (view[key] is { } row && row.Fields.Number("until") >= time.Until.ToUnixTimeMilliseconds()) return false;
            Put(view, key, time);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Replaces a time, also a longer one.</summary>
    public async ValueTask SetAsync(SharedTime time, CancellationToken cancellationToken)
    {
        var key = First + time.Name;
        await transactions.RunAsync(Partition, [key], view =>
        {
            Put(view, key, time);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Claims a name that only one instance may have at a time, unless another one has it and its time is not over. Returns
    /// the other claim; null when <paramref name="claim"/> is in the store.
    /// </summary>
    /// <param name="isFree">The value in the store is a result, which blocks no claim.</param>
    public ValueTask<SharedTime?> ClaimAsync(SharedTime claim, DateTimeOffset now, Func<SharedTime, bool> isFree, CancellationToken cancellationToken)
    {
        var key = First + claim.Name;
        return transactions.RunAsync(Partition, [key], view =>
        {
            if (view[key] is { } row && Read(row) is var known && known.Until > now && known.Reason != claim.Reason && !isFree(known)) return known;
            Put(view, key, claim);
            return null;
        }, cancellationToken);
    }

    /// <summary>Replaces a claim with a result, or with nothing. Does nothing if the claim is no longer there.</summary>
    public async ValueTask EndClaimAsync(SharedTime claim, SharedTime? result, CancellationToken cancellationToken)
    {
        var key = First + claim.Name;
        await transactions.RunAsync(Partition, [key], view =>
        {
            if (view[key] is not { } row || row.Fields.Text("reason") != claim.Reason) return false;
            if (result is not null) Put(view, key, result);
            else view.Delete(key);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask RemoveAsync(string name, CancellationToken cancellationToken)
    {
        if (!transactions.Engine.Exists) return;
        var key = First + name;
        await transactions.RunAsync(Partition, [key], view =>
        {
            view.Delete(key);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    private static void Put(StateView view, string key, SharedTime time) =>
        view.PutLast(key, new StateFields().Set("until", time.Until.ToUnixTimeMilliseconds()).Set("reason", time.Reason));

    private static SharedTime Read(StateRow row) =>
        new(row.Key[First.Length..], DateTimeOffset.FromUnixTimeMilliseconds(row.Fields.Number("until")), row.Fields.Text("reason") ?? "");
}

/// <param name="Name">The name of what must not be used.</param>
/// <param name="Until">By the clock of the instance that set it.</param>
internal sealed record SharedTime(string Name, DateTimeOffset Until, string Reason);
