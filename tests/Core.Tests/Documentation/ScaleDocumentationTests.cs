using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Nano.Configuration;
using Nano.Governance;
using Nano.State;
using Nano.Testing;
using Nano.Tests.State;

namespace Nano.Tests.Documentation;

/// <summary>bench/scale.py and docs/scale.md calculate with the values of the code, and with its rows per request.</summary>
public sealed partial class ScaleDocumentationTests
{
    private const string Partition = "org:scale";

    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, double> Values => new()
    {
        { "HTTP_CONCURRENCY", Bicep("param instanceMemoryMB int = (\\d+)") / Bicep("param httpConcurrencyPerInstance int = instanceMemoryMB / (\\d+)") },
        { "MAXIMUM_INSTANCE_COUNT", Bicep("param maximumInstanceCount int = (\\d+)") },
        { "MAX_TRANSACTIONS", StateTransactions.MaxBatch },
        { "MAX_TOGETHER", StateTransactions.MaxTogether },
        { "MAX_TRIES", StateTransactions.MaxTries },
        { "MAX_WRITES", StateLimits.MaxWrites },
        { "ALLOTMENT_SECONDS", HotCaller.Seconds },
        { "ALLOTMENT_MIN", HotCaller.MinRequests },
        { "ALLOTMENT_BATCH", Allotment.Batch },
        { "STATE_TIMEOUT", Setting(GatewaySettings.StateTimeout) / 1000 },
        { "KEY_VAULT_REFRESH", Setting(GatewaySettings.KeyVaultRefresh) },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void The_model_has_the_value_of_the_code(string name, double expected) => Model(name).ShouldBe(expected);

    /// <summary>A commit before a request and one after it, each with the rows of the attempt and with limits that it shares with other requests.</summary>
    [Fact]
    public async Task The_model_has_the_rows_of_a_request()
    {
        var engine = new WritesEngine(new MemoryEngine());
        await engine.CommitAsync(Partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default);
        var ledger = new Ledger(new StateTransactions(engine), new FakeTimeProvider(Now));
        // The first request also creates the rows of the limits.
        for (var i = 0; i < 2; i++)
        {
            engine.Commits.Clear();
            var reservation = Reserve(i);
            (await ledger.ReserveAsync(reservation, default)).IsGranted.ShouldBeTrue();
            (await ledger.SettleAsync(reservation, new Settlement { Actual = new Amount(7, 3) }, default)).ShouldBeTrue();
        }
        var own = new[] { StateKeys.Attempt(Reserve(1).Attempt), StateKeys.Lease(Reserve(1).Attempt) };
        engine.Commits.Count.ShouldBe(2);
        engine.Commits.ShouldAllBe(commit => commit.Count(own.Contains) == (int)Model("OWN_ROWS"));
        engine.Commits.Select(commit => (double)commit.Count(key => !own.Contains(key))).ShouldBe([Model("SHARED_BEFORE"), Model("SHARED_AFTER")]);
    }

    /// <summary>What the page tells to set exists, and its default is that of the code or of the deployment.</summary>
    [Fact]
    public void Settings_of_the_page_exist_and_have_the_defaults_that_it_names()
    {
        var page = MarkdownPage.Get("docs/scale.md");
        var parameters = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "infra", "main.parameters.json"));
        var names = SettingName().Matches(page.Text).Select(match => match.Groups[1].Value).Distinct().ToList();
        names.Count.ShouldBeGreaterThan(5);
        names.Where(name => GatewaySettings.All.All(setting => setting.Name != name) && !parameters.Contains($"${{{name}", StringComparison.Ordinal)).ShouldBeEmpty();

        var rows = SettingRow().Matches(page.Text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        rows.ShouldBe(new Dictionary<string, string>
        {
            ["MAXIMUM_INSTANCE_COUNT"] = Text(Model("MAXIMUM_INSTANCE_COUNT")),
            ["HTTP_CONCURRENCY_PER_INSTANCE"] = Text(Model("HTTP_CONCURRENCY")),
            ["MAX_REQUEST_BYTES"] = Text(Bicep("param maxRequestBytes int = (\\d+)")),
            ["ALWAYS_READY_INSTANCES"] = Text(Bicep("param alwaysReadyInstances int = (\\d+)")),
            ["HOT_REQUESTS_PER_SECOND"] = Text(Setting(GatewaySettings.HotRequests)),
            ["STATE_TIMEOUT_MILLISECONDS"] = Text(Setting(GatewaySettings.StateTimeout)),
            ["KEY_VAULT_REFRESH_SECONDS"] = Text(Setting(GatewaySettings.KeyVaultRefresh)),
            ["MAX_CONCURRENT_REQUESTS"] = Text(Setting(GatewaySettings.MaxConcurrentRequests)),
        }, ignoreOrder: true);
    }

    private static Reservation Reserve(int number)
    {
        var request = SortableId.FloorOf(Now) + number.ToString("D16", CultureInfo.InvariantCulture);
        return new Reservation
        {
            Partition = Partition,
            Attempt = StateKeys.AttemptId(request, 0),
            Details = new AttemptDetails { Request = request, Number = 0, StartedAt = Now, Organization = "scale", Key = "k", Provider = "nano", Model = "echo" },
            Counters = [BudgetWindow.At("org:scale", new Budget(1_000_000, "month", "UTC"), Now)],
            Rates = [new RateTake("org:scale", RateTake.Requests, 100_000, 1), new RateTake("org:scale", RateTake.Tokens, 1_000_000, 10)],
            Estimate = new Amount(10, 10),
            At = Now,
            LeaseEnd = Now.AddSeconds(90),
        };
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static double Setting(string name) => Number(GatewaySettings.All.Single(setting => setting.Name == name).Default!);

    private static double Bicep(string pattern) => Number(Only(Path.Combine("infra", "main.bicep"), pattern));

    private static double Model(string name) => Number(Only(Path.Combine("bench", "scale.py"), $"(?m)^{name} = ([\\d.]+)\\s+#"));

    private static string Only(string file, string pattern) =>
        Regex.Matches(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, file)), pattern).ShouldHaveSingleItem($"{file}: {pattern}").Groups[1].Value;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`")]
    private static partial Regex SettingName();

    [GeneratedRegex("(?m)^\\| `([A-Z_]+)` \\| (\\d+) \\|")]
    private static partial Regex SettingRow();

    /// <summary>The keys that each commit writes; rows that it only checks are not among them.</summary>
    private sealed class WritesEngine(MemoryEngine inner) : IStateEngine
    {
        public List<List<string>> Commits { get; } = [];

        public string Name => "writes";

        public bool Exists => true;

        public ValueTask<IReadOnlyList<StateRow?>> ReadAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            inner.ReadAsync(partition, keys, cancellationToken);

        public ValueTask<IReadOnlyList<StateRow>> ScanAsync(string partition, string from, string to, int limit, CancellationToken cancellationToken) =>
            inner.ScanAsync(partition, from, to, limit, cancellationToken);

        public ValueTask<long[]?> CommitAsync(string partition, IReadOnlyList<StateWrite> writes, CancellationToken cancellationToken)
        {
            Commits.Add([.. writes.Where(write => !write.IsCheck).Select(write => write.Key)]);
            return inner.CommitAsync(partition, writes, cancellationToken);
        }

        public ValueTask DisposeAsync() => default;
    }
}
