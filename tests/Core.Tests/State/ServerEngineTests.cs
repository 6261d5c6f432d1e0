using Nano.State;
using Nano.State.Redis;
using Nano.State.Tables;
using Nano.Testing.Stores;

namespace Nano.Tests.State;

/// <summary>One Garnet for the tests of a class.</summary>
public sealed class Garnet : IAsyncLifetime
{
    public StoreServer? Server { get; private set; }

    internal IStateEngine Open()
    {
        Skip.If(Server is null, "Garnet is not installed: run 'dotnet tool restore'.");
        return new RedisEngine($"127.0.0.1:{Server!.Port}");
    }

    public async Task InitializeAsync() => Server = await StoreServer.StartGarnetAsync();

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

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

public sealed class RedisEngineTests(Garnet garnet) : StateEngineTests, IClassFixture<Garnet>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class TableEngineTests(Azurite azurite) : StateEngineTests, IClassFixture<Azurite>
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}

public sealed class RedisLedgerModelTests(Garnet garnet) : LedgerModelTests, IClassFixture<Garnet>
{
    private protected override int Sequences => 15;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(garnet.Open());
}

public sealed class TableLedgerModelTests(Azurite azurite) : LedgerModelTests, IClassFixture<Azurite>
{
    private protected override int Sequences => 4;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(azurite.Open());
}
