using Microsoft.AspNetCore.Http;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary><c>GET /api/budgets</c>: what is spent of the budgets of policies and virtual keys in their current windows, from the counters that enforce them.</summary>
internal sealed class BudgetsEndpoint(PanelGate gate, StateStore store, ConfiguredPolicies configured, TimeProvider time)
{
    /// <summary>The most budgets in one response; further keys are left out.</summary>
    public const int Most = 500;

    private const int PageOfKeys = 500;

    public Task ListAsync(HttpContext context) => StateErrors.ServeAsync(gate, store, context, async output =>
    {
        var (owners, hasMore) = await FindAsync(context.RequestAborted);
        var now = time.GetUtcNow();
        output.BeginObject();
        output.Name("data"u8);
        output.BeginArray();
        foreach (var organization in owners.GroupBy(owner => owner.Organization, StringComparer.Ordinal))
        {
            // Of a scope's budgets with the same window, the smaller one applies.
            var budgets = organization.SelectMany(owner => owner.Budgets.Select(budget => (Owner: owner, Budget: budget, Limit: BudgetWindow.At(owner.Scope, budget, now))))
                .GroupBy(budget => budget.Limit.Key, StringComparer.Ordinal).Select(same => same.MinBy(budget => budget.Budget.NanoUsd)).ToList();
            var counters = await store.Ledger.CountAsync(StateKeys.Organization(organization.Key), [.. budgets.Select(budget => budget.Limit)], context.RequestAborted);
            for (var i = 0; i < counters.Count; i++) Write(budgets[i].Owner, budgets[i].Budget, budgets[i].Limit, counters[i], output);
        }
        output.EndArray();
        output.Member("has_more"u8, hasMore);
        output.EndObject();
        return null;
    });

    /// <summary>Policies first, then keys in the order of their creation.</summary>
    private async ValueTask<(IReadOnlyList<BudgetOwner> Owners, bool HasMore)> FindAsync(CancellationToken cancellationToken)
    {
        var found = new List<BudgetOwner>();
        var count = 0;
        foreach (var policy in await store.Keys.ListPoliciesAsync(cancellationToken))
            if (!TryAdd(new BudgetOwner(policy.Organization, policy.Scope, null, null, policy.Limits.Budgets))) return (found, true);
        string? after = null;
        while (true)
        {
            var keys = await store.Keys.ListAsync(after, PageOfKeys, cancellationToken);
            foreach (var key in keys)
                if (!TryAdd(new BudgetOwner(key.Organization, ScopeName.OfKey(key.Id), key.Id, key.Name, BudgetsOf(key)))) return (found, true);
            if (keys.Count < PageOfKeys) return (found, false);
            after = keys[^1].Id;
        }

        bool TryAdd(BudgetOwner owner)
        {
            if (owner.Budgets.Count == 0) return true;
            if (count + owner.Budgets.Count > Most) return false;
            count += owner.Budgets.Count;
            found.Add(owner);
            return true;
        }
    }

    /// <summary>Those of the key, and those of the policy in <c>nano.json</c> that it names, which are counted for each key.</summary>
    private IReadOnlyList<Budget> BudgetsOf(KeyRecord key) =>
        key.Policy is { } name && configured.Find(name) is { Limits.Budgets: { Count: > 0 } named } ? [.. key.Limits.Budgets, .. named] : key.Limits.Budgets;

    private static void Write(BudgetOwner owner, Budget budget, CounterLimit limit, Counter counter, JsonOutput output)
    {
        output.BeginObject();
        output.Member("organization"u8, owner.Organization);
        output.Member("scope"u8, owner.Scope);
        output.Member("key"u8, owner.Key);
        output.Member("name"u8, owner.Name);
        output.Member("usd"u8, Amount.UsdOf(budget.NanoUsd));
        output.Member("window"u8, budget.Window);
        output.Member("time_zone"u8, budget.TimeZone);
        output.Member("from"u8, limit.Start == DateTimeOffset.MinValue ? null : limit.Start.ToUniversalTime());
        output.Member("to"u8, limit.End?.ToUniversalTime());
        output.Member("spent_usd"u8, Amount.UsdOf((counter.Base + counter.Charged).NanoUsd));
        output.Member("reserved_usd"u8, Amount.UsdOf(counter.Reserved.NanoUsd));
        output.Member("left_usd"u8, Amount.UsdOf(Math.Max(0, budget.NanoUsd - counter.Total.NanoUsd)));
        output.EndObject();
    }

    /// <param name="Scope">See <see cref="ScopeName"/>.</param>
    /// <param name="Key">The id of the virtual key; null for a policy.</param>
    /// <param name="Name">The name of the virtual key.</param>
    private sealed record BudgetOwner(string Organization, string Scope, string? Key, string? Name, IReadOnlyList<Budget> Budgets);
}
