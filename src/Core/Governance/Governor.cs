using Nano.Chat;
using Nano.Errors;
using Nano.Routing;
using Nano.State;

namespace Nano.Governance;

/// <summary>
/// Applies policies to attempts: reserves what an attempt may use before it is sent, and charges what it used. Only requests with a
/// policy reach it.
/// </summary>
internal sealed class Governor(StateStore store, PendingCloses pending, LocalShare share, TimeProvider time, UsageRetention? retention = null)
{
    /// <summary>The reservations of an instance that fails stay open for this long.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);

    /// <summary>How often an open attempt extends its lease.</summary>
    public static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(25);

    /// <summary>
    /// Exactly one of grant and refusal is set, with the rates of all scopes; neither is set without a state store for a caller whose limits
    /// count nothing. Raises nothing; it continues when the caller leaves, since the outcome would be unknown otherwise.
    /// </summary>
    /// <param name="details">Those of the attempt; scopes are added.</param>
    /// <param name="size">The size of the caller's request.</param>
    /// <param name="isFirst">The first attempt of the exchange: it counts in the rates of requests, and all attempts in those of tokens.</param>
    public async ValueTask<(Grant? Grant, GatewayError? Refused, IReadOnlyList<RateState> Rates)> ReserveAsync(CallerPolicy policy, AttemptDetails details, Deployment deployment,
        RequestSize size, bool isFirst)
    {
        if (!store.IsConfigured) return (null, policy.IsCounted ? Refusals.NoStore : null, []);
        var now = time.GetUtcNow();
        // What a background response is charged until it is retrieved, if it ever is: the policy's default may be less than what it uses.
        var estimate = size.Estimate(details.IsBackground ? null : policy.DefaultOutputTokens, deployment.Info?.MaxOutputTokens);
        long? unlimited = size.Limit is null && estimate.Output > 0 ? estimate.Output : null;
        var own = policy.PriceOf(deployment.Name);
        var cost = CostOf(deployment, own, estimate.Input, estimate.Output, now);
        if (cost is null && policy.HasBudget) return (null, Refusals.Unpriced(deployment.Name), []);
        var amount = new Amount(Amount.NanoOf(cost ?? 0), estimate.Input + estimate.Output);
        var limits = policy.LimitsAt(now);
        var reservation = ReservationOf(policy, details, isFirst ? limits.First : limits.Later, amount, now);
        if (details.IsBackground && own is not null) reservation = reservation with { OwnPrice = own.Write() };
        try
        {
            retention?.Touch();
            var result = await store.Ledger.ReserveAsync(reservation, CancellationToken.None).ConfigureAwait(false);
            return result.IsGranted
                ? (new Grant(this, reservation, estimate, deployment, own) { BudgetUsed = result.BudgetUsed }, null, result.Rates)
                : (null, Refusals.Of(reservation, result, now, AdviceOf(result)), result.Rates);
        }
        catch (StateUnavailableException e)
        {
            // The reservation may exist, but nothing is served for it.
            if (!e.IsUncommitted) pending.Add(reservation, settlement: null, AttemptRow.Unavailable);
            if (RefusalOf(policy, e) is { } closed) return (null, closed, []);
            return share.Take(reservation) is { } refused
                ? (null, Refusals.Of(reservation, refused, now, AdviceOf(refused)), [])
                : (new Grant(this, reservation with { Attempt = reservation.Attempt + "|local" }, estimate, deployment, own), null, []);
        }

        OutputAdvice? AdviceOf(ReserveResult refused)
        {
            // The smallest limit does not help if what is left is not enough for the input.
            if (unlimited is not { } output || CostOf(deployment, own, estimate.Input, size.Choices, now) is not { } least || Amount.NanoOf(least) > refused.Left) return null;
            return new OutputAdvice(output, MayNeedDefault: policy.DefaultOutputTokens is null && !details.IsBackground);
        }
    }

    /// <summary>
    /// Books a response that costs nothing (one from the cache): it counts in the rates and appears in the ledger, even if the budgets are spent.
    /// Raises nothing.
    /// </summary>
    /// <param name="usage">Of the response when it was generated; null if it is not known.</param>
    /// <param name="estimate">Tokens that count in the rates if <paramref name="usage"/> is not known.</param>
    public async ValueTask<(GatewayError? Refused, IReadOnlyList<RateState> Rates)> BookFreeAsync(CallerPolicy policy, AttemptDetails details, Usage? usage, long estimate)
    {
        if (!store.IsConfigured) return (policy.IsCounted ? Refusals.NoStore : null, []);
        var now = time.GetUtcNow();
        var amount = new Amount(0, Math.Clamp(usage?.TotalTokens ?? estimate, 0, Usage.MostTokens));
        var reservation = ReservationOf(policy, details, policy.LimitsAt(now).Free, amount, now);
        try
        {
            var result = await store.Ledger.ReserveAsync(reservation, CancellationToken.None).ConfigureAwait(false);
            if (!result.IsGranted) return (Refusals.Of(reservation, result, now), result.Rates);
            await CloseAsync(reservation, new Settlement
            {
                Actual = amount, Outcome = AttemptRow.Cached, InputTokens = Math.Clamp(usage?.InputTokens ?? 0, 0, Usage.MostTokens),
                OutputTokens = Math.Clamp(usage?.OutputTokens ?? 0, 0, Usage.MostTokens),
            }, AttemptRow.Cached).ConfigureAwait(false);
            return (null, result.Rates);
        }
        catch (StateUnavailableException e)
        {
            if (!e.IsUncommitted) pending.Add(reservation, settlement: null, AttemptRow.Unavailable);
            if (policy.ServesWithoutStore is false && reservation.Rates.Count > 0) return (Refusals.LimitsUnavailable(e.RetryAfter), []);
            return (share.Take(reservation) is { } refused ? Refusals.Of(reservation, refused, now) : null, []);
        }
    }

    /// <summary>Raises nothing: a write that the store refuses is retried later.</summary>
    /// <param name="settlement">Null if nothing was served.</param>
    public async ValueTask CloseAsync(Reservation reservation, Settlement? settlement, string outcome)
    {
        try
        {
            if (settlement is null) await store.Ledger.ReleaseAsync(reservation, outcome, CancellationToken.None).ConfigureAwait(false);
            else await store.Ledger.SettleAsync(reservation, settlement, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            pending.Add(reservation, settlement, outcome);
        }
    }

    /// <summary>
    /// Charges the usage of a response that was generated in the background, once it is known: the attempt may be closed, or belong to another instance. Calling it
    /// again, on any instance, has no effect. Raises nothing: while the store fails, the estimate stays charged, and the next call corrects it.
    /// </summary>
    /// <param name="usage">The usage that the provider reports for the whole response.</param>
    public async ValueTask CorrectAsync(string partition, string attempt, Deployment deployment, Usage usage, string? answered)
    {
        if (!store.IsConfigured) return;
        try
        {
            await store.Ledger.CorrectAsync(partition, attempt, row => Charge.Of(usage, isReported: true, deployment, answered,
                row.OwnPrice is { } own ? PolicyPrice.Read(own) : null, row.ReservedAt, row.Estimate, "ok", row.Settlement?.Losses).Settlement,
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            // The next call corrects it.
        }
    }

    /// <summary>Extends the lease of an open attempt. Raises nothing: a lease that ends is corrected when the attempt is settled.</summary>
    public async ValueTask RenewAsync(Reservation reservation)
    {
        try
        {
            await store.Ledger.RenewAsync(reservation, time.GetUtcNow() + Lease, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateUnavailableException)
        {
            // Retried at the next period.
        }
    }

    /// <summary>While the store fails: closed for money and open for rates, unless the policy sets otherwise.</summary>
    private static GatewayError? RefusalOf(CallerPolicy policy, StateUnavailableException e) =>
        policy.HasBudget && policy.ServesWithoutStore is not true ? Refusals.BudgetUnavailable(e.RetryAfter)
        : policy.IsCounted && policy.ServesWithoutStore is false ? Refusals.LimitsUnavailable(e.RetryAfter) : null;

    /// <summary>In USD; null if the price is not known.</summary>
    /// <param name="own">The policy's price, for a deployment without one.</param>
    private static decimal? CostOf(Deployment deployment, PolicyPrice? own, long input, long output, DateTimeOffset now) =>
        deployment.Prices?.Cost(new Usage { InputTokens = input, OutputTokens = output }, now, null) ?? own?.Cost(input, output);

    private static Reservation ReservationOf(CallerPolicy policy, AttemptDetails details, LimitSet limits, Amount amount, DateTimeOffset now) =>
        new(limits, amount.Tokens)
        {
            Partition = policy.Partition,
            Attempt = StateKeys.AttemptId(details.Request, details.Number),
            Details = details with { Organization = policy.Organization, Team = policy.Team, User = policy.User, Key = policy.Key, KeyName = policy.KeyName,
                Tags = RequestTags.Join(policy.Tags, details.Tags) },
            Estimate = amount,
            At = now,
            LeaseEnd = now + Lease,
        };
}
