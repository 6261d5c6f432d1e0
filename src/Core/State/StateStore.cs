using Nano.State.Redis;
using Nano.State.Sqlite;
using Nano.State.Tables;

namespace Nano.State;

/// <summary>
/// The gateway's state store: opened on first use, so that a gateway without keys or policies neither loads nor touches it.
/// Thread safe.
/// </summary>
internal sealed class StateStore : IAsyncDisposable
{
    private readonly Lazy<Parts>? _parts;

    /// <param name="open">Opens the engine; null for no store.</param>
    /// <param name="timeout">The time limit of one call to the engine.</param>
    /// <param name="hotAt">Requests per second of one caller on this instance from which it gets an allotment; 0 for never.</param>
    /// <param name="report">Receives the problem of a store that fails, and null when it works again.</param>
    public StateStore(Func<IStateEngine>? open, TimeSpan timeout, TimeProvider time, int hotAt = 0, Action<string?>? report = null)
    {
        if (open is null) return;
        var firstTimeout = Max(timeout, TimeSpan.FromSeconds(10));
        _parts = new Lazy<Parts>(() => new Parts(new GuardedEngine(new VersionedEngine(open()), timeout, firstTimeout, time, report), time, hotAt));
    }

    /// <summary>A store is configured.</summary>
    public bool IsConfigured => _parts is not null;

    /// <summary>A store is configured and was created.</summary>
    public bool Exists => _parts is not null && Engine.Exists;

    public IKeyStore Keys => Opened.Keys;

    public ILedger Ledger => Opened.Ledger;

    /// <summary>Data other than virtual keys may be written: it does not create a store that only keys create.</summary>
    public bool IsShared => IsConfigured && (!IsLazy || Exists);

    /// <inheritdoc cref="StateAddress.IsLazy"/>
    public bool IsLazy { private get; init; }

    /// <summary>The cooldowns that instances share.</summary>
    public SharedTimes Times => Opened.Times;

    /// <summary>Texts that instances share.</summary>
    public SharedTexts Texts => Opened.Texts;

    /// <summary>The engine's name and its last failure; null while the store has not been used.</summary>
    public (string Name, string? Problem)? Health => _parts is { IsValueCreated: true } ? (Engine.Name, Engine.Problem) : null;

    private GuardedEngine Engine => Opened.Engine;

    private Parts Opened => _parts?.Value ?? throw new InvalidOperationException("No state store is configured.");

    public static StateStore Of(StateAddress address, TimeSpan timeout, TimeProvider time, int hotAt = 0, bool onAzure = false, Action<string?>? report = null) => new(
        address.Kind switch
        {
            StateAddress.Sqlite => () => OpenSqlite(address.Value),
            StateAddress.Redis => () => OpenRedis(address.Value, onAzure),
            StateAddress.Table => () => OpenTable(address.Value, onAzure),
            _ => null,
        }, timeout, time, hotAt, report) { IsLazy = address.IsLazy };

    public async ValueTask DisposeAsync()
    {
        if (_parts is not { IsValueCreated: true }) return;
        if (Opened.Ledger is AllottedLedger allotted) await allotted.DisposeAsync().ConfigureAwait(false);
        await Engine.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A separate method, so that the types it names are loaded only when it is called.</summary>
    private static SqliteEngine OpenSqlite(string path) => new(path);

    /// <inheritdoc cref="OpenSqlite"/>
    private static RedisEngine OpenRedis(string configuration, bool onAzure) => new(new RedisClient(configuration, onAzure));

    /// <inheritdoc cref="OpenSqlite"/>
    private static TableEngine OpenTable(string address, bool onAzure) => new(address, onAzure);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class Parts
    {
        public Parts(GuardedEngine engine, TimeProvider time, int hotAt)
        {
            Engine = engine;
            var transactions = new StateTransactions(engine);
            Keys = new KeyStore(transactions);
            var ledger = new Ledger(transactions, time);
            Ledger = hotAt > 0 ? new AllottedLedger(ledger, transactions, hotAt, time) : ledger;
            Times = new SharedTimes(transactions);
            Texts = new SharedTexts(transactions);
        }

        public GuardedEngine Engine { get; }

        public IKeyStore Keys { get; }

        public ILedger Ledger { get; }

        public SharedTimes Times { get; }

        public SharedTexts Texts { get; }
    }
}
