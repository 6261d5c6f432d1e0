using Nano.State;
using Nano.State.Redis;
using Nano.State.Tables;
using Nano.Testing.Stores;

namespace Nano.Tests.State;

/// <summary>One server of the Redis protocol for the tests of a class.</summary>
public abstract class RedisFixture(Func<Task<StoreServer?>> start, string missing, string options = "") : IAsyncLifetime
{
    public StoreServer? Server { get; private set; }

    internal IStateEngine Open() => Open(options);

    internal IStateEngine Open(string options)
    {
        Skip.If(Server is null, missing);
        return new RedisEngine(new RedisClient($"127.0.0.1:{Server!.Port}{options}", onAzure: false));
    }

    public async Task InitializeAsync() => Server = await start();

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

public sealed class Garnet() : RedisFixture(() => StoreServer.StartGarnetAsync(), "Garnet is not installed: run 'dotnet tool restore'.");

/// <summary>With scripts, which are not atomic in Garnet: nothing may depend on their atomicity.</summary>
public sealed class GarnetWithScripts() : RedisFixture(() => StoreServer.StartGarnetAsync("--lua"), "Garnet is not installed: run 'dotnet tool restore'.");

/// <summary>With scripts that lock their keys, and an address that states it: commits are scripts, as on Redis.</summary>
public sealed class GarnetWithAtomicScripts() : RedisFixture(
    () => StoreServer.StartGarnetAsync("--lua", "--lua-transaction-mode"), "Garnet is not installed: run 'dotnet tool restore'.", ",atomicScripts=true");

public sealed class Redis() : RedisFixture(StoreServer.StartRedisAsync, "Redis is not installed: run 'apt-get install redis-server'.");

/// <summary>One Azurite for the tests of a class.</summary>
public sealed class Azurite : IAsyncLifetime
{
    public StoreServer? Server { get; private set; }

    internal IStateEngine Open()
    {
        Skip.If(Server is null, "Azurite is not installed: run 'npm ci' in tests/azurite.");
        return new TableEngine(Server!.TableConnection);
    }

    public async Task InitializeAsync() => Server = await StoreServer.StartAzuriteAsync();

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

public sealed class GarnetEngineTests(Garnet garnet) : StateEngineTests, IClassFixture<Garnet>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class GarnetWithScriptsEngineTests(GarnetWithScripts garnet) : StateEngineTests, IClassFixture<GarnetWithScripts>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class GarnetWithAtomicScriptsEngineTests(GarnetWithAtomicScripts garnet) : StateEngineTests, IClassFixture<GarnetWithAtomicScripts>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class RedisEngineTests(Redis redis) : StateEngineTests, IClassFixture<Redis>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(redis.Open());
}

public sealed class TableEngineTests(Azurite azurite) : StateEngineTests, IClassFixture<Azurite>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}

public sealed class GarnetLedgerModelTests(Garnet garnet) : LedgerModelTests, IClassFixture<Garnet>
{
    private protected override int Sequences => 15;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class GarnetWithAtomicScriptsLedgerModelTests(GarnetWithAtomicScripts garnet) : LedgerModelTests, IClassFixture<GarnetWithAtomicScripts>
{
    private protected override int Sequences => 15;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class RedisLedgerModelTests(Redis redis) : LedgerModelTests, IClassFixture<Redis>
{
    private protected override int Sequences => 15;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(redis.Open());
}

public sealed class TableLedgerModelTests(Azurite azurite) : LedgerModelTests, IClassFixture<Azurite>
{
    private protected override int Sequences => 4;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}
