using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Nano.State;
using Nano.Testing;

namespace Nano.Tests.State;

/// <summary>
/// Any sequence of verbs from several instances, with commits that fail before or after they take effect or arrive late, instances that die,
/// verbs that are repeated, clocks that differ by 2 s, and windows that end in between. Afterwards the ledger must match what really happened.
/// </summary>
public abstract class LedgerModelTests
{
    private const int Instances = 3;
    private const long Limit = 1000;

    private static int _runs;

    private protected abstract ValueTask<IStateEngine> OpenAsync();

    /// <summary>The number of sequences; slow engines get fewer.</summary>
    private protected virtual int Sequences => 200;

    [SkippableFact]
    public async Task The_ledger_matches_what_happened_after_any_failures()
    {
        // Opened first, so that a missing engine skips the test and does not fail the property.
        await using var engine = await OpenAsync();
        Check(Sequences, (seed, faults, length) => RunAsync(engine, seed, faults, async model =>
        {
            var random = new Random(seed);
            for (var step = 0; step < length; step++) await model.StepAsync(random.Next(Instances), random, model.Attempts);
        }));
    }

    /// <summary>Workers of an instance share its commits (<see cref="StateTransactions"/>), those of others come in between.</summary>
    [SkippableFact]
    public async Task The_ledger_matches_what_concurrent_workers_did_after_any_failures()
    {
        const int Workers = 3 * Instances;
        await using var engine = await OpenAsync();
        Check(Math.Max(1, Sequences / 4), (seed, faults, length) => RunAsync(engine, seed, faults, async model =>
        {
            var own = Enumerable.Range(0, Workers).Select(_ => new List<Attempt>()).ToArray();
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
            {
                var random = new Random(seed + worker);
                for (var step = 0; step < length / 3; step++) await model.StepAsync(worker % Instances, random, own[worker]);
            })));
            foreach (var attempts in own) model.Attempts.AddRange(attempts);
        }));
    }

    private static void Check(int sequences, Func<int, int, int, Task> run) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 100).ToArbitrary(), Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(5, 60).ToArbitrary(), (seed, faults, length) =>
            Task.Run(() => run(seed, faults, length)).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(sequences));

    private static async Task RunAsync(IStateEngine engine, int seed, int faults, Func<Model, Task> act)
    {
        var partition = $"org:model-{Environment.ProcessId}-{Interlocked.Increment(ref _runs)}-{Random.Shared.GetHexString(6, lowercase: true)}";
        await engine.CommitAsync(partition, [StateWrite.Put(StateKeys.Head, null, new StateFields().Set("schema", 1))], default);
        // Late in the day: some sequences cross midnight.
        var clocks = Enumerable.Range(0, Instances).Select(i => new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 23, 50, 0, TimeSpan.Zero).AddSeconds(2 * i - 2))).ToArray();
        var stores = clocks.Select((_, i) => new FaultyEngine(engine, new Random(seed + i)) { Faults = faults }).ToArray();
        var model = new Model(partition, clocks, [.. stores.Select((store, i) => new Ledger(new StateTransactions(store), clocks[i]))]);
        await act(model);

        foreach (var store in stores) await store.SettleDownAsync();
        foreach (var attempt in model.Attempts)
            if (!attempt.HasDied && (attempt.IsClosing || attempt.IsGranted is null))
                for (var i = 0; i < 2; i++) await model.CloseAsync(attempt);
        foreach (var attempt in model.Attempts)
            for (var i = 0; attempt.Truth is not null && i < 2; i++) await model.CorrectAsync(attempt, i);
        foreach (var clock in clocks) clock.Advance(TimeSpan.FromMinutes(10));
        var observer = new Ledger(new StateTransactions(engine), clocks[0]);
        while (await observer.SweepAsync(partition, default)) { }
        await ShouldBeTrueAsync(engine, observer, partition, model.Attempts, model.Underestimated);
    }

    private static async Task ShouldBeTrueAsync(IStateEngine engine, Ledger ledger, string partition, List<Attempt> attempts, long underestimated)
    {
        foreach (var attempt in attempts)
        {
            var rows = await ledger.FindAsync(partition, attempt.Reservation.Details.Request, default);
            if (attempt.IsGranted != true && rows.Count == 0) continue;
            var row = rows.ShouldHaveSingleItem();
            if (attempt.IsGranted != true)
                (row.State, row.Charged.NanoUsd).ShouldBe((AttemptState.Released, 0), "nothing was served");
            else if (attempt.Truth is { } truth)
                (row.State, row.IsPresumed, row.Charged.NanoUsd).ShouldBe((AttemptState.Settled, false, truth), "what was learned later is charged once");
            else if (attempt.IsClosing)
                (row.State, row.Charged.NanoUsd).ShouldBe((attempt.Wanted is null ? AttemptState.Released : AttemptState.Settled, attempt.Wanted ?? 0),
                    "what was served is charged once");
            else
                (row.State, row.Charged.NanoUsd).ShouldBe((AttemptState.Presumed, attempt.Reservation.Estimate.NanoUsd), "what was served is not known");
        }
        var folded = await LedgerSums.OfAsync(engine, partition);
        foreach (var row in await engine.ScanAsync(partition, StateKeys.Counters, StateKeys.CountersEnd, 1000, default))
        {
            var counter = Counter.Read(row);
            counter.ShouldBe(folded.GetValueOrDefault(row.Key), row.Key);
            (counter.Open, counter.Reserved).ShouldBe((0, default));
            counter.Charged.NanoUsd.ShouldBeLessThanOrEqualTo(Limit + underestimated);
        }
        (await engine.ScanAsync(partition, StateKeys.Leases, StateKeys.LeasesEnd, 1000, default)).ShouldBeEmpty();
    }

    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (StateUnavailableException)
        {
            // The effect is unknown.
        }
    }

    /// <summary>The instances of a gateway, and what they did.</summary>
    private sealed class Model(string partition, FakeTimeProvider[] clocks, Ledger[] ledgers)
    {
        private long _underestimated;

        public List<Attempt> Attempts { get; } = [];

        public long Underestimated => _underestimated;

        /// <summary>One random verb at an instance.</summary>
        /// <param name="attempts">Those of the worker, which no other one touches.</param>
        public async Task StepAsync(int instance, Random random, List<Attempt> attempts)
        {
            switch (random.Next(11))
            {
                case < 4:
                    var begun = new Attempt(Reserve(partition, $"k{random.Next(2)}", clocks[instance].GetUtcNow(), random.Next(1, 400)), instance, random.Next(3) == 0);
                    attempts.Add(begun);
                    await TryAsync(async () =>
                    {
                        var granted = (await ledgers[instance].ReserveAsync(begun.Reservation, default)).IsGranted;
                        // Repeated, it has the same result, unless a refused reservation fits by now.
                        if (granted && random.Next(3) == 0) (await ledgers[instance].ReserveAsync(begun.Reservation, default)).IsGranted.ShouldBeTrue();
                        begun.IsGranted = granted;
                    });
                    // The caller got a 503: nothing is served, and the release is tried until it succeeds.
                    if (begun.IsGranted is null) begun.Wanted = null;
                    else if (begun.IsGranted == true && random.Next(8) == 0) begun.HasDied = true;
                    break;
                case < 8 when attempts.Count > 0:
                    var attempt = attempts[random.Next(attempts.Count)];
                    if (attempt.HasDied || attempt.IsGranted == false) break;
                    if (attempt.IsGranted == true && !attempt.IsClosing)
                    {
                        attempt.IsClosing = true;
                        attempt.Wanted = attempt.IsBackground ? attempt.Reservation.Estimate.NanoUsd : random.Next(4) == 0 ? null : random.Next(0, 500);
                        Interlocked.Add(ref _underestimated, Math.Max(0, (attempt.Wanted ?? 0) - attempt.Reservation.Estimate.NanoUsd));
                    }
                    await CloseAsync(attempt);
                    break;
                case 8 when attempts.Count > 0:
                    var renewed = attempts[random.Next(attempts.Count)];
                    if (!renewed.HasDied) await TryAsync(
                        async () => await ledgers[renewed.Instance].RenewAsync(renewed.Reservation, clocks[renewed.Instance].GetUtcNow().AddSeconds(60), default));
                    break;
                case 9 when attempts.Count > 0:
                    var learned = attempts[random.Next(attempts.Count)];
                    if (!learned.IsBackground || learned.IsGranted != true) break;
                    if (learned.Truth is null)
                    {
                        learned.Truth = random.Next(0, 500);
                        Interlocked.Add(ref _underestimated, Math.Max(0, learned.Truth.Value - learned.Reservation.Estimate.NanoUsd));
                    }
                    await CorrectAsync(learned, instance);
                    break;
                default:
                    var passed = TimeSpan.FromSeconds(random.Next(1, 120));
                    foreach (var clock in clocks) clock.Advance(passed);
                    if (random.Next(2) == 0) await TryAsync(async () => await ledgers[instance].SweepAsync(partition, default));
                    break;
            }
        }

        public Task CloseAsync(Attempt attempt) => TryAsync(async () =>
        {
            var ledger = ledgers[attempt.Instance];
            if (attempt.Wanted is { } nano) await ledger.SettleAsync(attempt.Reservation, Used(nano) with { IsPresumed = attempt.IsBackground }, default);
            else await ledger.ReleaseAsync(attempt.Reservation, "released", default);
        });

        /// <summary>What was served becomes known at an instance, which may be another one than the attempt's.</summary>
        public Task CorrectAsync(Attempt attempt, int instance) => TryAsync(async () =>
            await ledgers[instance].CorrectAsync(partition, attempt.Reservation.Attempt, _ => Used(attempt.Truth!.Value), default));

        private static Settlement Used(long nano) => new() { Actual = new Amount(nano, nano) };

        private static Reservation Reserve(string partition, string key, DateTimeOffset at, long nano)
        {
            var day = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
            var request = SortableId.New(at);
            return new Reservation
            {
                Partition = partition,
                Attempt = StateKeys.AttemptId(request, 0),
                Details = new AttemptDetails { Request = request, Number = 0, StartedAt = at, Organization = "model", Key = key },
                Counters =
                [
                    new CounterLimit(ScopeName.Organization, $"day@UTC:{day:yyyy-MM-dd}", day, day.AddDays(1)) { MaxNanoUsd = Limit },
                    new CounterLimit(ScopeName.OfKey(key), $"day@UTC:{day:yyyy-MM-dd}", day, day.AddDays(1)) { MaxNanoUsd = Limit / 2 },
                ],
                Rates = [new RateTake(ScopeName.Organization, RateTake.Tokens, 1_000_000, nano)],
                Estimate = new Amount(nano, nano),
                At = at,
                LeaseEnd = at.AddSeconds(60),
            };
        }
    }

    /// <param name="isBackground">It is settled with an estimate, which may be corrected, before or after that and by any instance.</param>
    private sealed class Attempt(Reservation reservation, int instance, bool isBackground)
    {
        public bool IsBackground => isBackground;

        /// <summary>The served amount that became known later; null if it did not.</summary>
        public long? Truth { get; set; }

        public Reservation Reservation { get; } = reservation;

        public int Instance { get; } = instance;

        /// <summary>Null: the store failed.</summary>
        public bool? IsGranted { get; set; }

        /// <summary>Its instance has died without a settlement.</summary>
        public bool HasDied { get; set; }

        public bool IsClosing { get; set; }

        /// <summary>The served amount; null if nothing was served.</summary>
        public long? Wanted { get; set; }
    }
}

public sealed class MemoryLedgerModelTests : LedgerModelTests
{
    private protected override ValueTask<IStateEngine> OpenAsync() => new(new MemoryEngine());
}

public sealed class SqliteLedgerModelTests : LedgerModelTests, IDisposable
{
    private readonly TemporaryFolder _folder = new("nano-model");

    private protected override int Sequences => 15;

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new Nano.State.Sqlite.SqliteEngine(Path.Combine(_folder.FullName, "state.db")));

    public void Dispose() => _folder.Dispose();
}
