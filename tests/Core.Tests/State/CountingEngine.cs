using Nano.State;

namespace Nano.Tests.State;

/// <summary>Counts calls, and fails or hangs on request.</summary>
internal sealed class CountingEngine(IStateEngine engine) : IStateEngine
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The rows that scans have returned.</summary>
    public int Scanned { get; private set; }

    public bool IsDown { get; set; }

    /// <summary>What calls fail with; null for none.</summary>
    public StateUnavailableException? Failure { get; set; }

    /// <summary>The next commit takes effect, its response is lost, and the store is down from then on.</summary>
    public bool LosesNextResponse { get; set; }

    /// <summary>Calls wait for it, even if they are cancelled.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public string Name => "counting";

    public bool Exists { get; set; } = true;

    public async ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await EnterAsync();
        return await engine.ReadAsync(partition, keys, default);
    }

    public async ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken)
    {
        await EnterAsync();
        var rows = await engine.ScanAsync(partition, from, to, limit, default);
        Scanned += rows.Count;
        return rows;
    }

    public async ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
    {
        await EnterAsync();
        var versions = await engine.CommitAsync(partition, writes, default);
        if (!LosesNextResponse) return versions;
        (LosesNextResponse, IsDown) = (false, true);
        throw new StateUnavailableException("The response was lost.");
    }

    public ValueTask DisposeAsync() => default;

    private async ValueTask EnterAsync()
    {
        Interlocked.Increment(ref _calls);
        await Gate;
        if (Failure is { } failure) throw failure;
        if (IsDown) throw new StateUnavailableException("The store is down.");
    }
}
