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

    /// <summary>What other stores call throttling.</summary>
    [Fact]
    public async Task A_writer_that_keeps_the_database_locked_makes_commits_fail_and_reads_work()
    {
        var path = Path.Combine(_folder.FullName, "locked.db");
        await using var engine = new Nano.State.Sqlite.SqliteEngine(path);
        (await engine.CommitAsync("p", [StateWrite.Put("a", null, new StateFields().Set("n", 1))], default)).ShouldNotBeNull();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            command.ExecuteNonQuery();
            await Should.ThrowAsync<StateUnavailableException>(async () => await engine.CommitAsync("p", [StateWrite.Put("b", null, new StateFields().Set("n", 1))], default));
            (await engine.ReadAsync("p", ["a", "b"], default)).Select(row => row?.Fields.Number("n")).ShouldBe([1, null]);
        }
        (await engine.CommitAsync("p", [StateWrite.Put("b", null, new StateFields().Set("n", 1))], default)).ShouldNotBeNull();
    }

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new Nano.State.Sqlite.SqliteEngine(Path.Combine(_folder.FullName, "state.db")));

    public void Dispose() => _folder.Dispose();
}

public sealed class RedisFailureTests(Redis redis) : StoreFailureTests, IClassFixture<Redis>
{
    /// <summary>The nearest that Redis has to throttling: it refuses writes until there is memory again.</summary>
    [SkippableFact]
    public async Task A_server_without_memory_refuses_commits_and_reads_work()
    {
        await using var engine = redis.Open();
        (await engine.CommitAsync("org:memory", [StateWrite.Put("a", null, new StateFields().Set("n", 1))], default)).ShouldNotBeNull();
        await using var admin = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Server!.Port},allowAdmin=true");
        var server = admin.GetServers().Single();
        try
        {
            await server.ConfigSetAsync("maxmemory", "1");
            var write = StateWrite.Put("b", null, new StateFields().Set("n", 1));
            await Should.ThrowAsync<StateUnavailableException>(async () => await engine.CommitAsync("org:memory", [write], default));
            (await engine.ReadAsync("org:memory", ["a", "b"], default)).Select(row => row?.Fields.Number("n")).ShouldBe([1, null]);
        }
        finally
        {
            await server.ConfigSetAsync("maxmemory", "0");
        }
        (await engine.CommitAsync("org:memory", [StateWrite.Put("b", null, new StateFields().Set("n", 1))], default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Where_no_server_listens_calls_fail_and_none_waits_for_one()
    {
        await using var engine = new Nano.State.Redis.RedisEngine(new Nano.State.Redis.RedisClient("127.0.0.1:1,connectTimeout=500", onAzure: false));
        await Should.ThrowAsync<StateUnavailableException>(async () => await engine.ReadAsync("org:none", ["a"], default));
        await Should.ThrowAsync<StateUnavailableException>(async () => await engine.CommitAsync("org:none", [StateWrite.Put("a", null, new StateFields().Set("n", 1))], default));
    }

    private protected override ValueTask<IStateEngine> OpenAsync() => new(redis.Open());
}

public sealed class GarnetFailureTests(Garnet garnet) : StoreFailureTests, IClassFixture<Garnet>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class TableFailureTests(Azurite azurite) : StoreFailureTests, IClassFixture<Azurite>
{
    /// <summary>As the service answers when a partition or an account is over its targets.</summary>
    [Theory]
    [InlineData(503, "ServerBusy", "7", 7)]
    [InlineData(429, "TooManyRequests", "12", 12)]
    [InlineData(503, "ServerBusy", null, 1)]
    public async Task Throttling_is_one_call_that_fails_with_the_time_that_the_service_names(int status, string code, string? retryAfter, int seconds)
    {
        await using var service = await Testing.Upstream.FakeUpstream.StartAsync();
        var answer = Testing.Upstream.UpstreamScript.Json("""{"odata.error":{"code":"CODE","message":{"lang":"en","value":"Slow down."}}}""".Replace("CODE", code), status);
        if (retryAfter is not null) answer = answer.Header("Retry-After", retryAfter);
        service.Answer([.. Enumerable.Repeat(answer, 3)]);
        await using var engine = new Nano.State.Tables.TableEngine(
            $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={Convert.ToBase64String(new byte[32])};TableEndpoint={service.BaseUrl}/table;");
        Func<Task>[] calls =
        [
            async () => await engine.ReadAsync("org:busy", ["a"], default), async () => await engine.ScanAsync("org:busy", "", "~", 10, default),
            async () => await engine.CommitAsync("org:busy", [StateWrite.Put("a", null, new StateFields().Set("n", 1))], default),
        ];
        foreach (var call in calls) (await Should.ThrowAsync<StateUnavailableException>(call)).RetryAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
        // The client repeats nothing on its own.
        service.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Where_no_service_listens_calls_fail()
    {
        await using var engine = new Nano.State.Tables.TableEngine(
            $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={Convert.ToBase64String(new byte[32])};TableEndpoint=http://127.0.0.1:1/table;");
        await Should.ThrowAsync<StateUnavailableException>(async () => await engine.ReadAsync("org:none", ["a"], default));
        await Should.ThrowAsync<StateUnavailableException>(async () => await engine.CommitAsync("org:none", [StateWrite.Put("a", null, new StateFields().Set("n", 1))], default));
    }

    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}
