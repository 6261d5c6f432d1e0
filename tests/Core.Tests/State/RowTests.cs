using Nano.State;

namespace Nano.Tests.State;

/// <summary>What is written into rows is what is read from them.</summary>
public sealed class RowTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly AttemptRow Open = new()
    {
        Id = "a|001", State = AttemptState.Open, Estimate = new Amount(1, 2), ReservedAt = Now.AddSeconds(1), Counters = ["c|key:k|total", "c|organization|open"],
        Rates = [("t|key:k|tokens", 3, 4), ("t|organization|tokens", 5, 6)],
        Details = new AttemptDetails
        {
            Request = "a", Number = 1, StartedAt = Now, Organization = "acme", Team = "web", User = "ann", Key = "k", KeyName = "ci", Tags = "app=shop\nenv=test", EndUser = "end",
            Metadata = "m=1", Session = "s", Provider = "openai", Model = "gpt", Dialect = "openai-chat", Stream = true, IsBackground = true, Cache = "miss",
        },
        OwnPrice = "* 1 2",
    };

    private static readonly AttemptRow Settled = Open with
    {
        State = AttemptState.Settled, Charged = new Amount(7, 8), IsPresumed = true, IsCorrected = true, ClosedAt = Now.AddSeconds(9),
        Settlement = new Settlement
        {
            Actual = new Amount(7, 8), IsPresumed = true, InputTokens = 10, OutputTokens = 11, CacheReadTokens = 12, CacheWriteTokens = 13, LongCacheWriteTokens = 14,
            ReasoningTokens = 15, PriceVersion = "2026-01-01", Tier = "flex", Outcome = "ok", Losses = "dropped=n",
        },
    };

    public static TheoryData<string, object> Attempts => new()
    {
        { "open", Open },
        { "settled", Settled },
        { "known", Settled with { IsPresumed = false, IsCorrected = false, Settlement = Settled.Settlement! with { IsPresumed = false, LongCacheWriteTokens = 0 } } },
        { "released", Settled with { State = AttemptState.Released, Charged = default, Settlement = Settled.Settlement with { Actual = default } } },
        { "presumed", Settled with { State = AttemptState.Presumed } },
        { "without options", new AttemptRow { Id = "a|000", State = AttemptState.Open, Estimate = default, ReservedAt = Now,
            Details = new AttemptDetails { Request = "a", Number = 0, StartedAt = Now } } },
    };

    [Theory, MemberData(nameof(Attempts))]
    public void An_attempt_survives_its_row(string what, object attempt)
    {
        var written = (AttemptRow)attempt;
        var read = AttemptRow.Read(new StateRow(StateKeys.Attempt(written.Id), 1, written.Write()));
        read.Counters.ShouldBe(written.Counters, what);
        read.Rates.ShouldBe(written.Rates, what);
        (read with { Counters = [], Rates = [] }).ShouldBe(written with { Counters = [], Rates = [] }, what);
    }

    [Fact]
    public void Flags_of_an_attempt_that_are_not_set_take_no_field()
    {
        var known = Settled with { IsPresumed = false, IsCorrected = false, OwnPrice = null, Details = Settled.Details with { IsBackground = false } };
        var fields = (known with { Settlement = known.Settlement! with { LongCacheWriteTokens = 0 } }).Write();
        foreach (var name in (string[])["is_presumed", "is_corrected", "is_background", "own_price", "long_cache_write_tokens"])
        {
            fields.All.ToArray().ShouldNotContain(field => field.Name == name);
            Settled.Write().All.ToArray().ShouldContain(field => field.Name == name);
        }
    }

    /// <summary>A report shows an unknown cost as unknown; a row that only excludes a reservation is not an attempt.</summary>
    [Fact]
    public void The_kind_of_an_attempt_follows_from_its_row()
    {
        var used = new Settlement { Actual = new Amount(0, 3), InputTokens = 3, Outcome = "ok" };
        IsUnpriced(0, used).ShouldBeTrue();
        IsUnpriced(0, used with { InputTokens = 0, OutputTokens = 3 }).ShouldBeTrue();
        IsUnpriced(0, used with { InputTokens = 0 }).ShouldBeFalse("nothing was used");
        IsUnpriced(1, used).ShouldBeFalse();
        IsUnpriced(0, used with { PriceVersion = "configured" }).ShouldBeFalse("it is free");
        IsUnpriced(0, used with { Outcome = AttemptRow.Cached }).ShouldBeFalse();
        IsUnpriced(0, null).ShouldBeFalse();

        foreach (var (state, outcome, isExcluded) in ((AttemptState, string?, bool)[])
            [(AttemptState.Released, AttemptRow.Refused, true), (AttemptState.Released, AttemptRow.Unavailable, true), (AttemptState.Released, "provider_rejected", false),
            (AttemptState.Released, null, false), (AttemptState.Settled, AttemptRow.Refused, false)])
            (Open with { State = state, Settlement = used with { Outcome = outcome } }).IsExcluded.ShouldBe(isExcluded, $"{state} {outcome}");

        (Open.IsAllotment, (Open with { Details = Open.Details with { Provider = "" } }).IsAllotment).ShouldBe((false, true));

        static bool IsUnpriced(long nano, Settlement? settlement) => (Open with { Charged = new Amount(nano, 3), Settlement = settlement }).IsUnpriced;
    }

    [Theory]
    [InlineData("open", "Open")]
    [InlineData("settled", "Settled")]
    [InlineData("released", "Released")]
    [InlineData("presumed", "Presumed")]
    [InlineData("of tomorrow", "Open")]
    [InlineData(null, "Open")]
    public void A_state_has_a_name(string? name, string state)
    {
        AttemptStates.Of(name).ToString().ShouldBe(state);
        if (name == state.ToLowerInvariant()) AttemptStates.NameOf(Enum.Parse<AttemptState>(state)).ShouldBe(name);
    }

    private static readonly ScopeLimits Limits = new()
    {
        Models = ["a/*", "b"], Budgets = [new Budget(1, "day", "Europe/Berlin"), new Budget(2, "total", "UTC")], RequestsPerMinute = 3, TokensPerMinute = 4, MaxConcurrency = 5,
        DefaultOutputTokens = 6, Prices = [new PolicyPrice("x/*", 0.5m, 1.25m), new PolicyPrice("y", 7, 8)], Cache = new CacheRule(9, 10, CacheRule.Team, true),
        MayChoosePlan = true, ServesWithoutStore = false,
    };

    [Fact]
    public void Limits_survive_their_row()
    {
        ShouldSurvive(Limits);
        ShouldSurvive(Limits with { MayChoosePlan = false, ServesWithoutStore = true, Cache = new CacheRule(0, 1, CacheRule.Key, false) });
        ShouldSurvive(new ScopeLimits());

        static void ShouldSurvive(ScopeLimits written)
        {
            var read = ScopeLimits.Read(written.Write(new StateFields().Set("is_set", 1)));
            ShouldBeEqual(read, written);
        }
    }

    /// <summary>A rule that cannot be read caches nothing.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("60 60 key")]
    [InlineData("60 60 key 1 1")]
    public void A_cache_rule_of_another_form_is_none(string? line) => CacheRule.Read(line).ShouldBeNull();

    [Fact]
    public void A_virtual_key_survives_its_row()
    {
        var key = new KeyRecord
        {
            Id = "key_1", Hash = "h", Formers = [new FormerKey("f1", Now.AddDays(1)), new FormerKey("f2", Now.AddDays(3)), new FormerKey("f3", Now.AddDays(2))],
            Hint = "sk-nano-abcd", Name = "ci", Organization = "acme", Team = "web", User = "ann", Tags = [new("app", "shop"), new("note", "a=b")], Limits = Limits, Policy = "p",
            CreatedAt = Now, ExpiresAt = Now.AddDays(9), IsDisabled = true,
        };
        var read = KeyRecord.Read(key.Write(), "key_1");
        read.Formers.ShouldBe(key.Formers);
        read.Tags.ShouldBe(key.Tags);
        ShouldBeEqual(read.Limits, Limits);
        (read with { Formers = [], Tags = [], Limits = Limits }).ShouldBe(key with { Formers = [], Tags = [], Limits = Limits });
        (key.FormerUntil, key.TagLines).ShouldBe((Now.AddDays(3), "app=shop\nnote=a=b"));
        key.Hashes.ShouldBe(["h", "f1", "f2", "f3"]);

        var plain = new KeyRecord { Id = "key_2", Hash = "h", Hint = "sk", Organization = "acme", CreatedAt = Now };
        read = KeyRecord.Read(plain.Write(), "key_2");
        (read.IsDisabled, read.ExpiresAt, read.FormerUntil, read.TagLines, read.Policy, read.Team).ShouldBe((false, null, null, null, null, null));
        read.Hashes.ShouldBe(["h"]);
    }

    [Fact]
    public void A_rotation_keeps_the_keys_that_have_not_ended()
    {
        var key = new KeyRecord { Id = "key_1", Hash = "h", Hint = "sk", Organization = "acme", CreatedAt = Now, Formers = [new("ended", Now), new("valid", Now.AddTicks(1))] };
        var rotated = key.Rotate("n", "hint", TimeSpan.FromHours(1), Now)!;
        (rotated.Hash, rotated.Hint).ShouldBe(("n", "hint"));
        rotated.Formers.ShouldBe([new FormerKey("h", Now.AddHours(1)), new FormerKey("valid", Now.AddTicks(1))]);
        rotated = key.Rotate("n", "hint", TimeSpan.Zero, Now)!;
        (rotated.Hash, rotated.Hint, rotated.Formers.Count).ShouldBe(("n", "hint", 0));

        var full = key with { Formers = [.. Enumerable.Range(0, KeyRecord.MaxFormers).Select(i => new FormerKey($"f{i}", Now.AddDays(1)))] };
        full.Rotate("n", "hint", TimeSpan.FromHours(1), Now).ShouldBeNull();
        (full with { Formers = [.. full.Formers.Skip(1)] }).Rotate("n", "hint", TimeSpan.FromHours(1), Now)!.Formers.Count.ShouldBe(KeyRecord.MaxFormers);
        full.Rotate("n", "hint", TimeSpan.FromHours(1), Now.AddDays(1))!.Formers.Count.ShouldBe(1);
    }

    [Fact]
    public void A_counter_survives_its_row_and_moves_with_its_attempts()
    {
        var counter = new Counter { Base = new(1, 2), Charged = new(3, 4), Reserved = new(5, 6), Open = 7 };
        Counter.Read(new StateRow("c", 1, counter.Write())).ShouldBe(counter);
        counter.Total.ShouldBe(new Amount(9, 12));
        Counter.Read(null).ShouldBe(default);

        var open = Open with { Estimate = new Amount(5, 5) };
        var settled = open with { State = AttemptState.Settled, Charged = new Amount(2, 3) };
        counter.Reserve(open.Estimate).ShouldBe(counter with { Reserved = new(10, 11), Open = 8 });
        counter.Reserve(open.Estimate).Move(open, settled).ShouldBe(counter with { Charged = new(5, 7) });
        counter.Move(settled, settled with { Charged = new Amount(9, 9) }).ShouldBe(counter with { Charged = new(10, 10) });
    }

    [Fact]
    public void Ids_sort_by_time_and_tell_it()
    {
        var id = SortableId.New(Now);
        (id.Length, SortableId.TimeOf(id)).ShouldBe((SortableId.Length, Now));
        string.CompareOrdinal(SortableId.FloorOf(Now), id).ShouldBeNegative();
        string.CompareOrdinal(SortableId.FloorOf(Now.AddMilliseconds(1)), id).ShouldBePositive();
        string.CompareOrdinal(SortableId.FloorOf(Now.AddMilliseconds(1)), SortableId.FloorOf(Now)).ShouldBePositive();
        SortableId.FloorOf(DateTimeOffset.UnixEpoch.AddMilliseconds(36 * 36 + 35)).ShouldBe("0000010z");
        SortableId.FloorOf(DateTimeOffset.UnixEpoch.AddDays(-1)).ShouldBe("00000000");
        SortableId.FloorOf(DateTimeOffset.MaxValue).ShouldBe("zzzzzzzz");
        (SortableId.TimeOf(id.AsSpan(1)), SortableId.TimeOf(id + "0"), SortableId.TimeOf("A" + id[1..]), SortableId.TimeOf("0" + id[1..])).ShouldBe(
            (null, null, null, DateTimeOffset.UnixEpoch.AddMilliseconds(Now.ToUnixTimeMilliseconds() % 78_364_164_096)));
        ScopeName.KeyCreatedAt("key:" + KeyRecord.Prefix + id).ShouldBe(Now);
        (ScopeName.KeyCreatedAt("key:" + id), ScopeName.KeyCreatedAt("team:" + KeyRecord.Prefix + id)).ShouldBe((null, null));
        (StateKeys.AttemptId("r", 7), StateKeys.Attempt("x")).ShouldBe(("r|007", "a|x"));
    }

    private static void ShouldBeEqual(ScopeLimits read, ScopeLimits written)
    {
        read.Models.ShouldBe(written.Models);
        read.Budgets.ShouldBe(written.Budgets);
        read.Prices.ShouldBe(written.Prices);
        (read with { Models = null, Budgets = [], Prices = [] }).ShouldBe(written with { Models = null, Budgets = [], Prices = [] });
    }
}
