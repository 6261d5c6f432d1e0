using System.Text;
using Nano.Caching;
using Nano.Chat;
using Nano.State;
using Nano.State.Redis;
using Nano.Testing.Stores;

namespace Nano.Tests.Caching;

/// <summary>The behaviour of every store of cached responses.</summary>
public abstract class CacheStoreTests
{
    private protected abstract ICacheStore Open();

    [SkippableFact]
    public async Task Values_are_read_as_written_and_the_first_of_two_creations_wins()
    {
        var (one, other) = (Open(), Open());
        var name = "entry-" + Random.Shared.GetHexString(16, lowercase: true);
        (await one.ReadAsync(name, default)).ShouldBeNull();
        byte[] value = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];
        await one.WriteAsync(name, value, TimeSpan.FromMinutes(10), default);
        (await other.ReadAsync(name, default)).ShouldBe(value);
        await other.WriteAsync(name, "another"u8.ToArray(), null, default);
        (await one.ReadAsync(name, default)).ShouldBe("another"u8.ToArray());

        var epoch = name + "-epoch";
        var created = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(i => (i % 2 == 0 ? one : other).ReadOrCreateAsync(epoch, Encoding.ASCII.GetBytes($"{i}"), default).AsTask()));
        created.Select(Encoding.ASCII.GetString).Distinct().ShouldHaveSingleItem();
        Encoding.ASCII.GetString(await other.ReadOrCreateAsync(epoch, "late"u8.ToArray(), default)).ShouldBe(Encoding.ASCII.GetString(created[0]));
    }

    [SkippableFact]
    public async Task Two_instances_share_entries_through_it()
    {
        var limits = new CacheLimits(1 << 20, 1 << 20, TimeSpan.FromMinutes(1));
        var (one, other) = (new ResponseCache(Open, limits, TimeProvider.System), new ResponseCache(Open, limits, TimeProvider.System));
        var key = Random.Shared.GetHexString(64, lowercase: true);
        var now = TimeProvider.System.GetUtcNow();
        var usage = new Usage
        {
            InputTokens = 1, OutputTokens = 2, CacheReadTokens = 3, CacheWriteTokens = 4, LongCacheWriteTokens = 5, ReasoningTokens = 6, AudioInputTokens = 7,
            AudioOutputTokens = 8, Billed = new BilledTokens(null, 9), ServiceTier = "flex",
        };
        one.Store(new CacheEntry { Key = key, Form = CacheForm.Stream, Body = "data: 1\n\n"u8.ToArray(), Provider = "p", Model = "m", Usage = usage, CreatedAt = now,
            ExpiresAt = now.AddMinutes(10) });
        CacheEntry? found = null;
        // Entries are shared in the background.
        await Testing.Wait.UntilAsync(async () => (found = await other.FindAsync(key)) is not null);
        found!.Body.ShouldBe("data: 1\n\n"u8.ToArray());
        found.Usage.ShouldBe(usage);
        var scope = CacheScope.Of(Random.Shared.GetHexString(8), null, "k", CacheRule.Key);
        (await one.FindEpochsAsync(scope, default)).ShouldBe(await other.FindEpochsAsync(scope, default));
    }
}

public sealed class RedisCacheStoreTests(State.Garnet garnet) : CacheStoreTests, IClassFixture<State.Garnet>
{
    private protected override ICacheStore Open()
    {
        Skip.If(garnet.Server is null, "Garnet is not installed: run 'dotnet tool restore'.");
        return new RedisCacheStore(new RedisClient($"127.0.0.1:{garnet.Server!.Port}", onAzure: false));
    }
}

/// <summary>One blob service of Azurite for the tests of a class.</summary>
public sealed class Blobs : IAsyncLifetime
{
    public StoreServer? Server { get; private set; }

    public async Task InitializeAsync() => Server = await StoreServer.StartBlobsAsync();

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

public sealed class BlobCacheStoreTests(Blobs blobs) : CacheStoreTests, IClassFixture<Blobs>
{
    private protected override ICacheStore Open()
    {
        Skip.If(blobs.Server is null, "Azurite is not installed: run 'npm ci' in tests/azurite.");
        return new BlobCacheStore(blobs.Server!.BlobConnection, onAzure: false);
    }
}
