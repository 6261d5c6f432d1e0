using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Nano.Caching;
using Nano.Chat;
using Nano.State;
using Nano.Tests.State;

namespace Nano.Tests.Caching;

/// <summary>Entries in memory and in a shared store: hits, misses, and the cost of a store that fails.</summary>
public sealed class ResponseCacheTests
{
    private static readonly CacheScope Key = CacheScope.Of("acme", "web", "key_1", CacheRule.Key);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task An_entry_is_found_synchronously_until_it_expires()
    {
        var cache = Create();
        cache.Store(Entry("a", "hello"));
        var found = await cache.FindAsync("a");
        found!.Body.ShouldBe("hello"u8.ToArray());
        (found.Id, found.Deployment, found.Usage!.InputTokens, found.Usage.OutputTokens, found.Usage.ReasoningTokens,
            found.Finish).ShouldBe(("resp_1", "openai/gpt", 3L, 4L, null, FinishReason.Stop));
        (await cache.FindAsync("b")).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(61));
        (await cache.FindAsync("a")).ShouldBeNull();
    }

    [Fact]
    public void A_request_accepts_no_response_older_than_its_maximum_age()
    {
        var entry = Entry("a", "hello");
        var wish = new Nano.Pipeline.Caching.CacheWish(TimeSpan.FromSeconds(10), CacheRule.Key, SingleFlight: false);
        (wish.Accepts(entry, entry.CreatedAt.AddSeconds(10)), wish.Accepts(entry, entry.CreatedAt.AddSeconds(10.1)),
            wish.Accepts(entry, entry.CreatedAt.AddSeconds(-3))).ShouldBe((true, false, true));
    }

    [Fact]
    public async Task A_miss_is_not_remembered()
    {
        var cache = Create();
        (await cache.FindAsync("a")).ShouldBeNull();
        cache.Store(Entry("a", "hello"));
        (await cache.FindAsync("a")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Entries_are_bounded_in_size_and_in_total()
    {
        var cache = Create(limits: new CacheLimits(64 * 1024, 8 * 1024, TimeSpan.FromMinutes(1)));
        cache.Store(Entry("large", new string('x', 8 * 1024 + 1)));
        (await cache.FindAsync("large")).ShouldBeNull();
        for (var i = 0; i < 200; i++) cache.Store(Entry($"{i}", new string('x', 4 * 1024)));
        var kept = 0;
        for (var i = 0; i < 200; i++) if (await cache.FindAsync($"{i}") is not null) kept++;
        kept.ShouldBeInRange(1, 16);
    }

    [Fact]
    public async Task Another_instance_finds_what_one_has_stored_and_a_purge_reaches_it_within_two_seconds()
    {
        var store = new FakeStore();
        var (one, other) = (Create(store), Create(store));
        var before = await one.FindEpochsAsync(Key, default);
        (await other.FindEpochsAsync(Key, default)).ShouldBe(before);
        one.Store(Entry("a", "hello"));
        await Testing.Wait.UntilAsync(() => store.Values.ContainsKey("a"));
        (await other.FindAsync("a"))!.Body.ShouldBe("hello"u8.ToArray());

        await one.PurgeAsync(CacheScope.OfOrganization("acme"), default);
        (await one.FindEpochsAsync(Key, default)).ShouldNotBe(before);
        (await other.FindEpochsAsync(Key, default)).ShouldBe(before);
        _time.Advance(CacheEpochs.Lifetime);
        (await other.FindEpochsAsync(Key, default)).ShouldBe(await one.FindEpochsAsync(Key, default));
    }

    /// <summary>Also without a shared store of entries; while the state store fails, nothing is cached.</summary>
    [Fact]
    public async Task A_purge_reaches_an_instance_with_the_same_state_store_within_two_seconds()
    {
        var engine = new CountingEngine(new MemoryEngine());
        var (one, other) = (Create(state: Open()), Create(state: Open()));
        var before = await one.FindEpochsAsync(Key, default);
        (await other.FindEpochsAsync(Key, default)).ShouldBe(before);
        await one.PurgeAsync(CacheScope.OfOrganization("acme"), default);
        var after = await one.FindEpochsAsync(Key, default);
        after.ShouldNotBe(before);
        _time.Advance(CacheEpochs.Lifetime);
        (await other.FindEpochsAsync(Key, default)).ShouldBe(after);
        engine.IsDown = true;
        (await other.FindEpochsAsync(Key, default)).ShouldBe(after);
        _time.Advance(CacheEpochs.Lifetime);
        (await other.FindEpochsAsync(Key, default)).ShouldBeNull();

        StateStore Open() => new(() => engine, TimeSpan.FromMinutes(1), _time);
    }

    [Theory]
    [InlineData("all", true, true)]
    [InlineData("organization:acme", true, true)]
    [InlineData("team:acme:web", true, false)]
    [InlineData("key:key_1", true, false)]
    [InlineData("key:key_2", false, true)]
    [InlineData("organization:other", false, false)]
    [InlineData("owner", false, false)]
    public async Task A_purge_reaches_the_scopes_within_its_scope_and_no_others(string purged, bool first, bool second)
    {
        var cache = Create();
        var other = CacheScope.Of("acme", null, "key_2", CacheRule.Key);
        var (a, b) = (await cache.FindEpochsAsync(Key, default), await cache.FindEpochsAsync(other, default));
        await cache.PurgeAsync(purged, default);
        ((await cache.FindEpochsAsync(Key, default))!.SequenceEqual(a!), (await cache.FindEpochsAsync(other, default))!.SequenceEqual(b!)).ShouldBe((!first, !second));
    }

    [Fact]
    public async Task A_store_that_is_down_or_silent_is_a_miss_and_a_purge_of_it_fails()
    {
        foreach (var store in (FakeStore[])[new FakeStore { IsDown = true }, new FakeStore { IsSilent = true }])
        {
            var cache = Create(store, new CacheLimits(1 << 20, 1 << 16, TimeSpan.FromMilliseconds(20)), TimeProvider.System);
            (await cache.FindEpochsAsync(Key, default)).ShouldBeNull();
            (await cache.FindAsync("a")).ShouldBeNull();
            await Should.ThrowAsync<StateUnavailableException>(async () => await cache.PurgeAsync(CacheScope.All, default));
        }
    }

    [Fact]
    public async Task After_repeated_failures_a_store_is_not_called()
    {
        var store = new FakeStore { IsDown = true };
        var cache = Create(store);
        for (var i = 0; i < 50; i++) (await cache.FindEpochsAsync(Key, default)).ShouldBeNull();
        store.Calls.ShouldBe(CallGuard.FailuresToOpen);
    }

    /// <summary>A server whose replies are out of order, or a collision of names: the value of another key is a miss.</summary>
    [Fact]
    public async Task The_value_of_another_key_or_a_broken_one_is_a_miss()
    {
        var store = new FakeStore();
        var one = Create(store);
        one.Store(Entry("a", "of a"));
        await Testing.Wait.UntilAsync(() => store.Values.ContainsKey("a"));
        store.Values["b"] = store.Values["a"];
        store.Values["c"] = [.. store.Values["a"][..^3], 1, 2];
        store.Values["d"] = "nonsense"u8.ToArray();
        var other = Create(store);
        foreach (var key in (string[])["b", "c", "d"]) (await other.FindAsync(key)).ShouldBeNull(key);
        (await other.FindAsync("a")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Only_one_of_several_identical_requests_leads_and_the_others_wait()
    {
        var cache = Create();
        cache.TryLead("a", out var leader).ShouldBeTrue();
        cache.TryLead("a", out var follower).ShouldBeFalse();
        follower.Landing.IsCompleted.ShouldBeFalse();
        leader.Land();
        await follower.Landing;
        cache.TryLead("a", out _).ShouldBeTrue();
    }

    /// <summary>A leader lands when its response is stored, and again when its request ends.</summary>
    [Fact]
    public void A_leader_that_lands_twice_does_not_end_the_next_flight()
    {
        var cache = Create();
        cache.TryLead("a", out var first).ShouldBeTrue();
        first.Land();
        cache.TryLead("a", out var second).ShouldBeTrue();
        first.Land();
        second.Landing.IsCompleted.ShouldBeFalse();
        cache.TryLead("a", out var waiting).ShouldBeFalse();
        waiting.ShouldBeSameAs(second);
    }

    [Fact]
    public void Scopes_that_share_nothing_have_different_names()
    {
        var names = new List<string>();
        foreach (var sharing in CacheRule.Scopes)
            foreach (var organization in (string[])["a", "b"])
                foreach (var team in (string?[])[null, "a", "b"])
                    foreach (var key in (string[])["k1", "k2"])
                        names.Add($"{CacheScope.Of(organization, team, key, sharing).Name} {(sharing == CacheRule.Organization ? organization : sharing == CacheRule.Team && team is not null ? $"{organization}/{team}" : $"{organization}/{key}")}");
        // One name for each group of callers, and one group for each name; ids of keys are unique over all organizations.
        names.Distinct().GroupBy(name => name.Split(' ')[0]).Where(group => !group.Key.StartsWith("key:", StringComparison.Ordinal)).ShouldAllBe(group => group.Count() == 1);
    }

    private ResponseCache Create(FakeStore? store = null, CacheLimits? limits = null, TimeProvider? time = null, StateStore? state = null) =>
        new(store is null ? null : () => store, limits ?? new CacheLimits(1 << 20, 1 << 16, TimeSpan.FromMinutes(1)), time ?? _time, state);

    private CacheEntry Entry(string key, string body) => new()
    {
        Key = key, Form = CacheForm.Whole, Body = System.Text.Encoding.UTF8.GetBytes(body), Id = "resp_1", Provider = "openai", Model = "gpt",
        Usage = new Usage { InputTokens = 3, OutputTokens = 4 },
        Finish = FinishReason.Stop, CreatedAt = _time.GetUtcNow(), ExpiresAt = _time.GetUtcNow().AddSeconds(60),
    };

    private sealed class FakeStore : ICacheStore
    {
        public ConcurrentDictionary<string, byte[]> Values { get; } = new();

        public bool IsDown { get; init; }

        public bool IsSilent { get; init; }

        public int Calls { get; private set; }

        public string Name => "fake";

        public async ValueTask<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
        {
            await EnterAsync(cancellationToken);
            return Values.GetValueOrDefault(name);
        }

        public async ValueTask WriteAsync(string name, ReadOnlyMemory<byte> value, TimeSpan? lifetime, CancellationToken cancellationToken)
        {
            await EnterAsync(cancellationToken);
            Values[name] = value.ToArray();
        }

        public async ValueTask<byte[]> ReadOrCreateAsync(string name, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
        {
            await EnterAsync(cancellationToken);
            return Values.GetOrAdd(name, value.ToArray());
        }

        private async ValueTask EnterAsync(CancellationToken cancellationToken)
        {
            Calls++;
            if (IsSilent) await Task.Delay(Timeout.Infinite, cancellationToken);
            if (IsDown) throw new StateUnavailableException("It is down.");
        }
    }
}
