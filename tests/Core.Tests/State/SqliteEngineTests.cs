using Nano.State;
using Nano.Testing;

namespace Nano.Tests.State;

public sealed class SqliteEngineTests : StateEngineTests, IDisposable
{
    private readonly TemporaryFolder _folder = new("nano-state");

    private string Path => System.IO.Path.Combine(_folder.FullName, "state.db");

    [Fact]
    public async Task Nothing_is_created_before_the_first_commit()
    {
        await using var engine = new Nano.State.Sqlite.SqliteEngine(Path);
        engine.Exists.ShouldBeFalse();
        (await engine.ReadAsync("p", ["k"], default))[0].ShouldBeNull();
        (await engine.ScanAsync("p", "", "~", 1, default)).ShouldBeEmpty();
        _folder.GetFiles().ShouldBeEmpty();
        await engine.CommitAsync("p", [StateWrite.Put("k", null, new StateFields().Set("n", 1))], default);
        engine.Exists.ShouldBeTrue();
    }

    [Fact]
    public async Task A_database_of_a_newer_gateway_is_refused_and_not_changed()
    {
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }
        await using var engine = new Nano.State.Sqlite.SqliteEngine(Path);
        (await Should.ThrowAsync<StateUnavailableException>(async () => await engine.ReadAsync("p", ["k"], default))).Message.ShouldContain("newer gateway");
    }

    [Fact]
    public async Task A_path_that_cannot_be_written_is_a_store_that_fails()
    {
        await using var engine = new Nano.State.Sqlite.SqliteEngine(_folder.FullName);
        await Should.ThrowAsync<StateUnavailableException>(async () => await engine.CommitAsync("p", [StateWrite.Put("k", null, new StateFields().Set("n", 1))], default));
    }

    [Fact]
    public async Task Disposal_waits_for_the_calls_that_run_and_later_calls_touch_nothing()
    {
        var engine = new Nano.State.Sqlite.SqliteEngine(Path);
        await engine.CommitAsync("p", [StateWrite.Put("k", null, new StateFields().Set("n", 1))], default);
        var running = Enumerable.Range(0, 64).Select(i => engine.CommitAsync("p", [StateWrite.Put($"k{i}", null, new StateFields().Set("n", i))], default).AsTask()).ToList();
        await engine.DisposeAsync();
        // While a connection is open, there are two more files.
        _folder.GetFiles().Select(file => file.Name).ShouldBe([System.IO.Path.GetFileName(Path)]);
        foreach (var call in running)
        {
            try
            {
                (await call).ShouldNotBeNull();
            }
            catch (StateUnavailableException)
            {
                // It had not begun.
            }
        }
        File.Delete(Path);
        await Should.ThrowAsync<StateUnavailableException>(async () => await engine.CommitAsync("p", [StateWrite.Put("late", null, new StateFields().Set("n", 1))], default));
        _folder.GetFiles().ShouldBeEmpty();
    }

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new Nano.State.Sqlite.SqliteEngine(Path));

    public void Dispose() => _folder.Dispose();
}
