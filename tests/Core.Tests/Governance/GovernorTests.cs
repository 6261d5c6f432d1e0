using Nano.Chat;
using Nano.Configuration;
using Nano.Errors;
using Nano.Governance;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.State;
using Nano.Tests.Routing;
using Nano.Tests.State;

namespace Nano.Tests.Governance;

/// <summary>What an attempt reserves, and what it is charged, with a model at 2 USD per million tokens of input and 10 of output.</summary>
public sealed class GovernorTests : StoreFailureFixture
{
    private const long Usd = 1_000_000_000;

    private static readonly Deployment Priced = Deploy("own");
    private static readonly Deployment Unpriced = Deploy("of-tomorrow");
    private static readonly RequestSize Size = new(1000, 200, 1);

    [Fact]
    public async Task A_reservation_counts_its_estimate_in_every_limit()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(Usd, "month", "UTC")], RequestsPerMinute = 60, TokensPerMinute = 6000, MaxConcurrency = 5 });
        var details = Details() with { Tags = "app=shop,b", EndUser = "ann" };
        var (grant, refused, rates) = await ReserveAsync(policy, Priced, details: details);
        refused.ShouldBeNull();
        grant!.BudgetUsed.ShouldBe(0.004);
        rates.Select(rate => (rate.Take.Kind, rate.Take.PerMinute, rate.Take.Count, rate.Remaining))
            .ShouldBe([(RateTake.Requests, 60L, 1L, 59L), (RateTake.Tokens, 6000, 1200, 4800)]);
        var row = (await FindAsync(details)).Single();
        (row.State, row.Estimate, row.OwnPrice).ShouldBe((AttemptState.Open, new Amount(4_000_000, 1200), null));
        row.ReservedAt.ToUnixTimeMilliseconds().ShouldBe(_time.GetUtcNow().ToUnixTimeMilliseconds());
        (row.Details.Organization, row.Details.Key, row.Details.Tags, row.Details.EndUser).ShouldBe((_organization, policy.Key, "app=shop", "ann"));
        row.Rates.Single().ShouldBe((StateKeys.Rate(policy.Scopes[^1].Scope, RateTake.Tokens), 6000, 1200));
        grant.Row.ShouldBe((policy.Partition, StateKeys.AttemptId(details.Request, 0)));
        (await EndOfLeaseAsync(grant)).ShouldBe((_time.GetUtcNow() + Governor.Lease).ToUnixTimeMilliseconds());

        var (_, _, later) = await ReserveAsync(policy, Priced, isFirst: false);
        later.Select(rate => (rate.Take.Kind, rate.Remaining)).ShouldBe([(RateTake.Tokens, 3600L)], "only the first attempt is a request");
    }

    /// <summary>1000 tokens of input and 200 of output were estimated.</summary>
    [Theory]
    // reported for the whole response
    [InlineData(500L, 100L, 3, true, false, 2_000_000, 600, false)]
    [InlineData(0L, 0L, 0, true, false, 0, 0, false)]
    // cut off: at least a token per event
    [InlineData(500L, 100L, 3, false, false, 2_000_000, 600, true)]
    [InlineData(500L, 100L, 150, false, false, 2_500_000, 650, true)]
    // not reported, or in part
    [InlineData(null, null, 7, true, false, 2_070_000, 1007, true)]
    [InlineData(null, null, 0, true, false, 4_000_000, 1200, true)]
    [InlineData(null, null, 0, false, false, 2_000_000, 1000, true)]
    [InlineData(null, 100L, 0, true, false, 3_000_000, 1100, true)]
    [InlineData(500L, null, 0, true, false, 3_000_000, 700, true)]
    [InlineData(500L, null, 7, true, false, 1_070_000, 507, true)]
    // the provider generates the rest without its caller
    [InlineData(null, null, 7, false, true, 4_000_000, 1200, true)]
    [InlineData(500L, 100L, 7, false, true, 3_000_000, 700, true)]
    [InlineData(null, null, 300, false, true, 5_000_000, 1300, true)]
    public async Task An_attempt_is_charged_what_is_reported_else_an_estimate_and_once(long? input, long? output, int events, bool isWhole, bool goesOn, long nano, long tokens,
        bool isPresumed)
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(Usd, "month", "UTC")] });
        var details = Details();
        var grant = (await ReserveAsync(policy, Priced, details: details)).Grant!;
        (grant.IsClosed, grant.Cost).ShouldBe((false, null));
        var usage = input is null && output is null ? null : new Usage { InputTokens = input, OutputTokens = output };
        await grant.SettleAsync(usage, events, null, isWhole, "ok", "dropped=n", goesOn);
        (grant.IsClosed, grant.Cost).ShouldBe((true, nano / (decimal)Usd));
        await grant.SettleAsync(new Usage { InputTokens = 9, OutputTokens = 9 }, 1, null, isWhole: true, "again", null);
        await grant.ReleaseAsync("late");
        var row = (await FindAsync(details)).Single();
        (row.State, row.Charged, row.IsPresumed, row.Settlement!.Outcome, row.Settlement.Losses)
            .ShouldBe((AttemptState.Settled, new Amount(nano, tokens), isPresumed, "ok", "dropped=n"));
        (await SpentAsync(policy)).ShouldBe(nano);
    }

    [Fact]
    public async Task A_release_costs_nothing_and_is_final()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(Usd, "month", "UTC")] });
        var details = Details();
        var grant = (await ReserveAsync(policy, Priced, details: details)).Grant!;
        _time.Advance(TimeSpan.FromSeconds(30));
        await grant.RenewAsync();
        (await EndOfLeaseAsync(grant)).ShouldBe((_time.GetUtcNow() + Governor.Lease).ToUnixTimeMilliseconds());
        await grant.ReleaseAsync("provider_rejected");
        var calls = _engine.Calls;
        await grant.SettleAsync(new Usage { InputTokens = 9, OutputTokens = 9 }, 1, null, isWhole: true, "ok", null);
        await grant.RenewAsync();
        _engine.Calls.ShouldBe(calls, "it is closed");
        var row = (await FindAsync(details)).Single();
        (row.State, row.Charged, row.Settlement!.Outcome).ShouldBe((AttemptState.Released, default, "provider_rejected"));
        (await SpentAsync(policy)).ShouldBe(0);
    }

    [Fact]
    public async Task A_model_without_a_price_is_refused_only_under_a_budget()
    {
        await StartAsync();
        var refused = (await ReserveAsync(await PolicyAsync(new ScopeLimits { Budgets = [new Budget(Usd, "month", "UTC")] }), Unpriced)).Refused!;
        (refused.Status, refused.Code, refused.IsFinal).ShouldBe((403, "model_not_priced", true));
        refused.Message.ShouldContain("openai/of-tomorrow");
        var details = Details();
        var grant = (await ReserveAsync(await PolicyAsync(new ScopeLimits { RequestsPerMinute = 5 }), Unpriced, details: details)).Grant!;
        await grant.SettleAsync(new Usage { InputTokens = 10, OutputTokens = 2 }, 1, null, isWhole: true, "ok", null);
        grant.Cost.ShouldBeNull();
        var row = (await FindAsync(details)).Single();
        (row.Charged, row.IsPresumed, row.IsUnpriced).ShouldBe((new Amount(0, 12), true, true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_policys_price_is_charged_and_stays_with_a_response_in_the_background(bool isBackground)
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(Usd, "month", "UTC")], Prices = [new PolicyPrice("openai/*", 3, 7)], DefaultOutputTokens = 100 });
        var details = Details() with { IsBackground = isBackground };
        var grant = (await ReserveAsync(policy, Unpriced, new RequestSize(1000, null, 1), details)).Grant!;
        grant.IsBackground.ShouldBe(isBackground);
        var row = (await FindAsync(details)).Single();
        // The policy's default output is less than what a response in the background may use.
        row.Estimate.ShouldBe(isBackground ? new Amount(31_672_000, 5096) : new Amount(3_700_000, 1100));
        row.OwnPrice.ShouldBe(isBackground ? "openai/* 3 7" : null);
        await grant.SettleAsync(null, 0, null, isWhole: false, "ok", "dropped=n", goesOn: isBackground);
        (await FindAsync(details)).Single().Charged.NanoUsd.ShouldBe(isBackground ? 31_672_000 : 3_000_000);

        // Known later, with the price of the time of the reservation.
        var governor = new Governor(_store, _pending, Share, _time);
        for (var i = 0; i < 2; i++)
            await governor.CorrectAsync(grant.Row.Partition, grant.Row.Attempt, Unpriced, new Usage { InputTokens = 900, OutputTokens = 50 + i }, null);
        row = (await FindAsync(details)).Single();
        var settlement = row.Settlement!;
        (settlement.InputTokens, settlement.OutputTokens, settlement.Losses, settlement.Outcome).ShouldBe((900, 50, "dropped=n", "ok"));
        (row.Charged.NanoUsd, settlement.PriceVersion, row.IsPresumed).ShouldBe(isBackground ? (3_050_000L, "policy", false) : (3_700_000, null, true),
            "without its price the estimate is charged");
        (await SpentAsync(policy)).ShouldBe(row.Charged.NanoUsd);
        _engine.IsDown = true;
        await governor.CorrectAsync(grant.Row.Partition, grant.Row.Attempt, Unpriced, new Usage { InputTokens = 1, OutputTokens = 1 }, null);
    }

    /// <summary>42,960,000 nano-dollars are reserved without an output limit, and 2,010,000 with the smallest one.</summary>
    [Theory]
    [InlineData(2_010_000, null, null,
        "4096 tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it), or ask the administrator for default_output_tokens.")]
    [InlineData(2_009_999, null, null, null)]
    [InlineData(42_959_999, null, null, "4096 tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it), or ask")]
    [InlineData(2_010_000, null, 5000L, "5000 tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it).")]
    [InlineData(2_010_000, 4096L, null, null)]
    public async Task A_refusal_advises_an_output_limit_where_one_would_help(long budget, long? limit, long? policyDefault, string? advice)
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(budget, "total", "UTC")], DefaultOutputTokens = policyDefault });
        var (grant, refused, _) = await ReserveAsync(policy, Priced, new RequestSize(1000, limit, 1));
        grant.ShouldBeNull();
        refused!.Code.ShouldBe("budget_exceeded");
        if (advice is null) refused.Message.ShouldNotContain("sets no output limit");
        else refused.Message.ShouldContain(" The request sets no output limit, so " + advice);
    }

    [Fact]
    public async Task A_response_from_the_cache_counts_in_the_rates_and_costs_nothing_even_if_the_budget_is_spent()
    {
        await StartAsync();
        var policy = await PolicyAsync(new ScopeLimits { Budgets = [new Budget(1, "total", "UTC")], RequestsPerMinute = 2, TokensPerMinute = 1000 });
        var governor = new Governor(_store, _pending, Share, _time);
        var (known, unknown) = (Details(), Details());
        var (refused, rates) = await governor.BookFreeAsync(policy, known, new Usage { InputTokens = 100, OutputTokens = 20 }, 999);
        refused.ShouldBeNull();
        rates.Select(rate => (rate.Take.Kind, rate.Remaining)).ShouldBe([(RateTake.Requests, 1L), (RateTake.Tokens, 880)]);
        (refused, rates) = await governor.BookFreeAsync(policy, unknown, null, 80);
        refused.ShouldBeNull();
        rates.Select(rate => rate.Remaining).ShouldBe([0L, 800]);
        var row = (await FindAsync(known)).Single();
        (row.State, row.Charged, row.Settlement!.Outcome, row.Settlement.InputTokens, row.Settlement.OutputTokens, row.IsPresumed, row.IsUnpriced)
            .ShouldBe((AttemptState.Settled, new Amount(0, 120), AttemptRow.Cached, 100, 20, false, false));
        row.Counters.ShouldBeEmpty();
        (await FindAsync(unknown)).Single().Charged.ShouldBe(new Amount(0, 80));
        (refused, rates) = await governor.BookFreeAsync(policy, Details(), null, 1);
        (refused!.Status, refused.Code, refused.RetryAfter).ShouldBe((429, "rate_limit_exceeded", "30"));
        rates[0].Remaining.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_store_only_callers_whose_limits_count_are_refused()
    {
        await StartAsync();
        var (free, counted) = (await PolicyAsync(new ScopeLimits { Models = ["*"] }), await PolicyAsync(new ScopeLimits { RequestsPerMinute = 1 }));
        await using var none = new StateStore(null, TimeSpan.FromMinutes(1), _time);
        var governor = new Governor(none, _pending, Share, _time);
        var (grant, refused, _) = await governor.ReserveAsync(free, Details(), Priced, Size, isFirst: true);
        (grant, refused).ShouldBe((null, null));
        (await governor.BookFreeAsync(free, Details(), null, 1)).Refused.ShouldBeNull();
        (await governor.ReserveAsync(counted, Details(), Priced, Size, isFirst: true)).Refused!.Code.ShouldBe("state_store_not_configured");
        (await governor.BookFreeAsync(counted, Details(), null, 1)).Refused!.Code.ShouldBe("state_store_not_configured");
        await governor.CorrectAsync("org:acme", "a|000", Priced, new Usage(), null);
    }

    /// <summary>A key's own limits and those of the policy that it names are in one scope.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_limits_of_a_scope_the_smaller_one_applies(bool isOwnSmaller)
    {
        await StartAsync();
        var key = (await _store.Keys.FindByHashAsync(VirtualKey.HashOf(await _store.Keys.CreateSecretAsync(default), await CreateKeyAsync(new ScopeLimits())), default)).Key!;
        await ShouldRefuseAsync(new ScopeLimits { Budgets = [new Budget(5_000_000, "day", "UTC")] }, new ScopeLimits { Budgets = [new Budget(Usd, "day", "UTC")] },
            "0.005 USD per day; 0.001 USD are left");
        await ShouldRefuseAsync(new ScopeLimits { MaxConcurrency = 1 }, new ScopeLimits { MaxConcurrency = 9 }, "has 1 requests open");
        await ShouldRefuseAsync(new ScopeLimits { RequestsPerMinute = 1 }, new ScopeLimits { RequestsPerMinute = 9 }, ": 1 requests per minute");
        await ShouldRefuseAsync(new ScopeLimits { TokensPerMinute = 1300 }, new ScopeLimits { TokensPerMinute = 9000 }, ": 1300 tokens per minute");

        async Task ShouldRefuseAsync(ScopeLimits small, ScopeLimits large, string message)
        {
            var own = key with { Id = "key_" + SortableId.New(_time.GetUtcNow()), Limits = isOwnSmaller ? small : large };
            var policy = new CallerPolicy(own, [], new NamedPolicy("p", isOwnSmaller ? large : small));
            (await ReserveAsync(policy, Priced)).Grant.ShouldNotBeNull(message);
            (await ReserveAsync(policy, Priced)).Refused!.Message.ShouldContain(message);
        }
    }

    private ValueTask<(Grant? Grant, GatewayError? Refused, IReadOnlyList<RateState> Rates)> ReserveAsync(CallerPolicy policy, Deployment deployment, RequestSize? size = null,
        AttemptDetails? details = null, bool isFirst = true) =>
        new Governor(_store, _pending, Share, _time).ReserveAsync(policy, details ?? Details(), deployment, size ?? Size, isFirst);

    private async Task<long> EndOfLeaseAsync(Grant grant) =>
        (await _engine.ReadAsync(grant.Row.Partition, [StateKeys.Lease(grant.Row.Attempt)], default))[0]!.Fields.Number("end");

    /// <summary>Spent and reserved in the caller's budget.</summary>
    private async Task<long> SpentAsync(CallerPolicy policy)
    {
        var own = policy.Scopes[^1];
        var counter = (await _store.Ledger.CountAsync(policy.Partition, [BudgetWindow.At(own.Scope, own.Limits.Budgets[0], _time.GetUtcNow())], default)).Single();
        counter.Open.ShouldBe(0);
        return counter.Total.NanoUsd;
    }

    private static Deployment Deploy(string model) => new(FakeProvider.Create("openai"), model, ModelCatalogue.Embedded, "http://openai.test",
        new SettingsSecretSource(new Dictionary<string, string>()),
        prices: new PriceList(new Dictionary<string, ModelPriceConfig> { ["openai/own"] = new(2, 10, 0.5m, 4) }));

    private protected override ValueTask<IStateEngine> OpenAsync() => new(new MemoryEngine());
}
