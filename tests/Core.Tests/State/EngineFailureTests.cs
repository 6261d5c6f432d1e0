using Nano.State;
using Nano.Testing;

namespace Nano.Tests.State;

public sealed class SqliteFailureTests : StoreFailureTests, IDisposable
{
    private readonly TemporaryFolder _folder = new("nano-failure");

    [Fact]
    public async Task On_a_full_disk_commits_fail_and_reads_work()
    {
        var path = Path.Combine(_folder.FullName, "full.db");
        await using var engine = new Nano.State.Sqlite.SqliteEngine(path, maxPages: 40);
        var written = 0;
        await Should.ThrowAsync<StateUnavailableException>(async () =>
        {
            for (; written < 100; written++)
                (await engine.CommitAsync("p", [StateWrite.Put($"k{written:D3}", null, new StateFields().Set("text", new string('x', 8000)))], default)).ShouldNotBeNull();
        });
        written.ShouldBePositive();
        var rows = await engine.ScanAsync("p", "", "~", 1000, default);
        rows.Count.ShouldBe(written, "what was committed before is there, and nothing of the commit that failed");
        // Deletions free space again.
        (await engine.CommitAsync("p", [StateWrite.Delete(rows[0]), StateWrite.Delete(rows[1])], default)).ShouldNotBeNull();
        (await engine.CommitAsync("p", [StateWrite.Put("again", null, new StateFields().Set("n", 1))], default)).ShouldNotBeNull();
    }

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new Nano.State.Sqlite.SqliteEngine(Path.Combine(_folder.FullName, "state.db")));

    public void Dispose() => _folder.Dispose();
}

public sealed class RedisFailureTests(Redis redis) : StoreFailureTests, IClassFixture<Redis>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(redis.Open());
}

public sealed class GarnetFailureTests(Garnet garnet) : StoreFailureTests, IClassFixture<Garnet>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class TableFailureTests(Azurite azurite) : StoreFailureTests, IClassFixture<Azurite>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}
