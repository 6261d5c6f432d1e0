using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nano.Errors;
using Nano.Governance;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Tests.Routing;

namespace Nano.Tests.State;

/// <summary>One store of an engine that can fail, with its keys, its ledger and a clock.</summary>
public abstract class StoreFailureFixture : IAsyncLifetime
{
    private protected readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private protected readonly string _organization = "failure-" + Random.Shared.GetHexString(8, lowercase: true);
    private protected CountingEngine _engine = null!;
    private protected StateStore _store = null!;
    private protected PendingCloses _pending = null!;
    private protected VirtualKeys _keys = null!;

    private protected abstract ValueTask<IStateEngine> OpenAsync();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
    }

    private protected async Task StartAsync(TimeSpan? timeout = null)
    {
        _engine = new CountingEngine(await OpenAsync());
        _store = new StateStore(() => _engine, timeout ?? TimeSpan.FromMinutes(2), _time);
        _pending = new PendingCloses(_store, _time, NullLogger.Instance);
        _keys = new VirtualKeys(_store, _time);
    }

    /// <summary>Restores the store, and waits until pending work is done.</summary>
    private protected async Task BackAsync()
    {
        _engine.IsDown = false;
        await Testing.Wait.UntilAsync(() => _pending.Count == 0, () => _time.Advance(TimeSpan.FromSeconds(1)));
    }

    private protected async Task<string> CreateKeyAsync(ScopeLimits limits)
    {
        var secret = await _store.Keys.CreateSecretAsync(default);
        var key = VirtualKey.Create(secret);
        await _store.Keys.AddAsync(new KeyRecord
        {
            Id = "key_" + SortableId.New(_time.GetUtcNow()), Hash = VirtualKey.HashOf(secret, key), Hint = VirtualKey.HintOf(key), Organization = _organization, Limits = limits,
            CreatedAt = _time.GetUtcNow(),
        }, default);
        return key;
    }

    private protected async Task<CallerPolicy> PolicyAsync(ScopeLimits limits) => (await _keys.CheckAsync(await CreateKeyAsync(limits))).Policy!;

    private protected Task<(Grant? Grant, GatewayError? Refused, IReadOnlyList<RateState> Rates)> ReserveAsync(CallerPolicy policy, AttemptDetails details) =>
        new Governor(_store, _pending, Share, _time).ReserveAsync(policy, details, Deployment, new RequestSize(3, 2, 1), isFirst: true).AsTask();

    private protected LocalShare Share { get; } = new();

    private protected static Deployment Deployment { get; } = new(FakeProvider.Create("openai"), "gpt-4o", ModelCatalogue.Embedded, "http://openai.test",
        new SettingsSecretSource(new Dictionary<string, string>()));

    private protected AttemptDetails Details() =>
        new() { Request = SortableId.New(_time.GetUtcNow()), Number = 0, StartedAt = _time.GetUtcNow(), Provider = "nano", Model = "echo" };

    private protected async Task<IReadOnlyList<AttemptRow>> FindAsync(AttemptDetails details) =>
        await _store.Ledger.FindAsync(StateKeys.Organization(_organization), details.Request, default);

    private protected Reservation Reservation(long most = 1000, long nano = 10)
    {
        var details = Details();
        return new Reservation
        {
            Partition = StateKeys.Organization(_organization),
            Attempt = StateKeys.AttemptId(details.Request, 0),
            Details = details with { Organization = _organization },
            Counters = [BudgetWindow.At(ScopeName.Organization, new Budget(most, "total", "UTC"), _time.GetUtcNow())],
            Estimate = new Amount(nano, 10),
            At = _time.GetUtcNow(),
            LeaseEnd = _time.GetUtcNow() + Governor.Lease,
        };
    }
}
