using Nano.State;
using Nano.State.Redis;
using StackExchange.Redis;

namespace Nano.Tests.State;

/// <summary>Commits are scripts on servers that execute them atomically, and transactions on others. What commits do is the same: <see cref="StateEngineTests"/>.</summary>
public sealed class RedisScriptTests(Redis redis, Garnet garnet, GarnetWithScripts scripted, GarnetWithAtomicScripts atomic)
    : IClassFixture<Redis>, IClassFixture<Garnet>, IClassFixture<GarnetWithScripts>, IClassFixture<GarnetWithAtomicScripts>
{
    [SkippableFact]
    public async Task Only_a_server_whose_scripts_are_atomic_gets_scripts()
    {
        foreach (var (server, hasScripts) in ((RedisFixture, bool)[])[(redis, true), (garnet, false), (scripted, false), (atomic, true)])
        {
            await using var engine = (RedisEngine)server.Open();
            (await engine.HasScriptsAsync()).ShouldBe(hasScripts, server.GetType().Name);
        }
    }

    /// <summary>A process's first call has more time than the others (<see cref="GuardedEngine"/>), and it is a read.</summary>
    [SkippableFact]
    public async Task After_the_first_read_a_commit_waits_for_no_connection()
    {
        foreach (var server in (RedisFixture[])[redis, garnet, scripted, atomic])
        {
            await using var engine = (RedisEngine)server.Open();
            await engine.ReadAsync("org:first", ["a"], default);
            engine.HasScriptsAsync().AsTask().IsCompletedSuccessfully.ShouldBeTrue(server.GetType().Name);
        }
    }

    /// <summary>An instance that is wrong once could overspend, and on a busy machine a trial may not see it: what is not known is not used.</summary>
    [SkippableFact]
    public async Task The_scripts_of_Garnet_are_used_only_if_the_address_states_that_they_are_atomic()
    {
        foreach (var (server, options, hasScripts) in ((RedisFixture, string, bool)[])
            [(atomic, "", false), (atomic, ",atomicScripts=false", false), (atomic, ", AtomicScripts = True", true), (garnet, ",atomicScripts=true", false)])
        {
            await using var engine = (RedisEngine)server.Open(options);
            (await engine.HasScriptsAsync()).ShouldBe(hasScripts, server.GetType().Name + options);
        }
    }

    [SkippableFact]
    public async Task An_address_that_is_wrong_about_the_scripts_is_reported_once_it_is_noticed()
    {
        // A busy machine may execute the scripts of one trial one after another.
        for (var tries = 1; ; tries++)
        {
            await using var engine = (RedisEngine)scripted.Open(",atomicScripts=true");
            if (await Record.ExceptionAsync(async () => await engine.CommitAsync("org:wrong", [Put($"{tries}", 1)], default)) is { } e)
            {
                e.ShouldBeOfType<StateUnavailableException>().Message.ShouldBe(
                    "STATE_STORE has atomicScripts=true, but scripts of this server run beside each other. Garnet needs --lua-transaction-mode.");
                return;
            }
            tries.ShouldBeLessThan(100);
        }
    }

    [SkippableFact]
    public async Task A_user_who_may_not_run_scripts_gets_transactions()
    {
        Skip.If(redis.Server is null, "Redis is not installed.");
        var address = $"127.0.0.1:{redis.Server!.Port}";
        await using var admin = await ConnectionMultiplexer.ConnectAsync(address);
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-@scripting");
        await using var engine = new RedisEngine(new RedisClient(address + ",user=limited,password=secret", onAzure: false));
        (await engine.HasScriptsAsync()).ShouldBeFalse();
        (await engine.CommitAsync("org:limited", [Put("a", 1)], default)).ShouldNotBeNull();
        (await engine.CommitAsync("org:limited", [Put("a", 2)], default)).ShouldBeNull();
    }

    /// <summary>The price of limits: one round trip before a request and one after it.</summary>
    [SkippableFact]
    public async Task A_request_is_two_commands()
    {
        await using var engine = redis.Open();
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Server!.Port},allowAdmin=true");
        var partition = "org:counted";
        var ledger = new Ledger(new StateTransactions(engine), TimeProvider.System);
        (await engine.CommitAsync(partition, [Put(StateKeys.Head, 1)], default)).ShouldNotBeNull();
        await SpendAsync();
        await admin.GetServers().Single().ConfigResetStatisticsAsync();
        for (var i = 0; i < 5; i++) await SpendAsync();
        var calls = (await admin.GetServers().Single().InfoAsync("commandstats")).SelectMany(group => group)
            .ToDictionary(pair => pair.Key["cmdstat_".Length..], pair => int.Parse(pair.Value.Split(',')[0]["calls=".Length..]));
        calls["evalsha"].ShouldBe(10);
        // The script's own commands are counted too.
        calls.Keys.Except(["evalsha", "hmget", "hset", "hdel", "zadd", "zrem", "config|resetstat", "info", "ping", "client|setinfo"]).ShouldBeEmpty();

        async Task SpendAsync()
        {
            var now = TimeProvider.System.GetUtcNow();
            var request = SortableId.New(now);
            var reservation = new Reservation
            {
                Partition = partition, Attempt = StateKeys.AttemptId(request, 0), At = now, LeaseEnd = now.AddMinutes(2), Estimate = new Amount(10, 10),
                Details = new AttemptDetails { Request = request, Number = 0, StartedAt = now, Organization = "counted", Key = "k" },
                Counters = [new CounterLimit("key:k", "total", DateTimeOffset.MinValue, null) { MaxNanoUsd = 1_000_000 }],
                Rates = [new RateTake("key:k", RateTake.Requests, 100_000, 1), new RateTake("key:k", RateTake.Tokens, 1_000_000, 10)],
            };
            (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
            (await ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(3, 3) }, default)).ShouldBeTrue();
        }
    }

    /// <summary>Servers forget scripts when they restart or when someone flushes them.</summary>
    [SkippableFact]
    public async Task A_server_that_has_forgotten_the_script_gets_it_again()
    {
        await using var engine = redis.Open();
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Server!.Port}");
        var version = (await engine.CommitAsync("org:flushed", [Put("a", 1)], default))!.Single();
        await admin.GetDatabase().ExecuteAsync("SCRIPT", "FLUSH");
        var after = await engine.CommitAsync("org:flushed", [new StateWrite("a", version, new StateFields().Set("n", 2))], default);
        after.ShouldNotBeNull();
        (await engine.ReadAsync("org:flushed", ["a"], default))[0]!.Version.ShouldBe(after.Single());
    }

    /// <summary>Rows that a gateway wrote with transactions are those that scripts read, and the reverse.</summary>
    [SkippableFact]
    public async Task Scripts_and_transactions_share_a_store()
    {
        Skip.If(redis.Server is null, "Redis is not installed.");
        var address = $"127.0.0.1:{redis.Server!.Port}";
        await using var admin = await ConnectionMultiplexer.ConnectAsync(address);
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "mixed", "on", ">secret", "~*", "&*", "+@all", "-@scripting");
        await using var transactions = new RedisEngine(new RedisClient(address + ",user=mixed,password=secret", onAzure: false));
        await using var scripts = new RedisEngine(new RedisClient(address, onAzure: false));
        IStateEngine[] engines = [transactions, scripts];
        await Task.WhenAll(engines.Select(engine => Task.Run(async () =>
        {
            for (var done = 0; done < 100;)
            {
                var row = (await engine.ReadAsync("org:mixed", ["n"], default))[0];
                if (await engine.CommitAsync("org:mixed", [StateWrite.Put("n", row, new StateFields().Set("n", (row?.Fields.Number("n") ?? 0) + 1))], default) is not null) done++;
            }
        })));
        (await scripts.ReadAsync("org:mixed", ["n"], default))[0]!.Fields.Number("n").ShouldBe(200);
    }

    /// <summary>The library connects again on its own: what it finds then may have other settings.</summary>
    [SkippableFact]
    public async Task After_a_connection_has_broken_the_server_is_asked_again()
    {
        Skip.If(redis.Server is null, "Redis is not installed.");
        var address = $"127.0.0.1:{redis.Server!.Port}";
        await using var admin = await ConnectionMultiplexer.ConnectAsync(address + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "changing", "on", ">secret", "~*", "&*", "+@all");
        await using var engine = new RedisEngine(new RedisClient(address + ",user=changing,password=secret", onAzure: false));
        (await engine.HasScriptsAsync()).ShouldBeTrue();
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "changing", "-@scripting");
        await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "USER", "changing");
        await Testing.Wait.UntilAsync(async () =>
        {
            try
            {
                return !await engine.HasScriptsAsync();
            }
            catch (RedisException)
            {
                // It is connecting.
                return false;
            }
        });
        (await engine.CommitAsync("org:changing", [Put("a", 1)], default)).ShouldNotBeNull();
    }

    /// <summary>The library alone would connect again after some seconds only. Meanwhile the server closes all new connections.</summary>
    [SkippableFact]
    public async Task Once_a_server_is_back_reads_need_no_more_than_one_further_call()
    {
        Skip.If(redis.Server is null, "Redis is not installed.");
        var address = $"127.0.0.1:{redis.Server!.Port}";
        await using var admin = await ConnectionMultiplexer.ConnectAsync(address + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "away", "on", ">secret", "~*", "&*", "+@all");
        await using var engine = new RedisEngine(new RedisClient(address + ",user=away,password=secret", onAzure: false));
        (await IsReadAsync()).ShouldBeTrue();
        await admin.GetServers().Single().ConfigSetAsync("maxclients", 1);
        await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "USER", "away");
        await Testing.Wait.UntilAsync(async () => !await IsReadAsync());
        (await IsReadAsync()).ShouldBeFalse();
        await admin.GetServers().Single().ConfigSetAsync("maxclients", 10_000);
        (await IsReadAsync() || await IsReadAsync()).ShouldBeTrue();

        async Task<bool> IsReadAsync()
        {
            try
            {
                await engine.ReadAsync("org:away", ["a"], default);
                return true;
            }
            catch (StateUnavailableException)
            {
                return false;
            }
        }
    }

    /// <summary>Replies were seen to get out of step on a connection after a transaction that failed: a value names its key.</summary>
    [SkippableFact]
    public async Task The_value_of_another_row_is_not_taken_for_a_row()
    {
        await using var engine = redis.Open();
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Server!.Port}");
        (await engine.CommitAsync("org:mixed-up", [Put("a", 1), Put("b", 2)], default)).ShouldNotBeNull();
        var rows = "nano:{org:mixed-up}:rows";
        foreach (var value in (RedisValue[])[await admin.GetDatabase().HashGetAsync(rows, "b"), "", "1", "1\na", "OK"])
        {
            await admin.GetDatabase().HashSetAsync(rows, "a", value);
            await Should.ThrowAsync<StateUnavailableException>(async () => await engine.ReadAsync("org:mixed-up", ["a"], default));
            await Should.ThrowAsync<StateUnavailableException>(async () => await engine.ScanAsync("org:mixed-up", "", "~", 10, default));
        }
        (await engine.ReadAsync("org:mixed-up", ["b"], default))[0]!.Fields.Number("n").ShouldBe(2);
    }

    private static StateWrite Put(string key, long number) => StateWrite.Put(key, null, new StateFields().Set("n", number));
}
