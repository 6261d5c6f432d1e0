using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Errors;
using Nano.Governance;
using Nano.Json;
using Nano.State;

namespace Nano.Panel;

/// <summary>
/// <c>/api/policies</c>: limits of organizations, teams and users, which apply to all their virtual keys together. A policy's id is
/// <c>acme</c>, <c>acme:team:web</c> or <c>acme:user:ann</c>. The policies of <c>nano.json</c> are listed with them and are read-only; their ids are their names.
/// </summary>
internal sealed class PoliciesEndpoint(PanelGate gate, StateStore store, CallerAuthenticator callers, ConfiguredPolicies configured)
{
    public Task CreateAsync(HttpContext context) => ServeAsync(context, async output =>
    {
        var limits = new LimitsRequest();
        string? organization = null, team = null, user = null;
        var unread = await gate.ReadAsync(context, isOptional: false, (name, value) =>
        {
            if (limits.TryTake(name, value, out var error)) return error;
            if (name is not ("organization" or "team" or "user")) return JsonObject.Unknown(name, "organization, team, user, " + LimitsRequest.Members);
            var scope = value.AsText().IsPresent ? value.AsText().ToString() : null;
            if (!KeyRequest.IsScopeName(scope)) return GatewayError.Invalid($"'{name}' must have 1 to 64 letters, digits, or . _ - @ +", name);
            if (name == "organization") organization = scope;
            else if (name == "team") team = scope;
            else user = scope;
            return null;
        });
        if (unread is not null) return unread;
        if (team is not null && user is not null)
            return GatewayError.Invalid("A policy is for an organization, one of its teams, or one of its users: leave out 'team' or 'user'.", "user");
        organization ??= KeyRequest.DefaultOrganization;
        var scope = team is not null ? ScopeName.OfTeam(team) : user is not null ? ScopeName.OfUser(user) : ScopeName.Organization;
        if (scope == ScopeName.Organization && configured.Find(organization) is not null) return Conflict(organization);
        var applied = limits.Apply(new ScopeLimits());
        await store.Keys.SetPolicyAsync(organization, scope, applied, context.RequestAborted);
        callers.Forget();
        Write(new PolicyRecord(organization, scope, applied), output);
        return null;
    }, status: 201);

    public Task ListAsync(HttpContext context) => gate.ServeOwnerAsync(context, output => StateErrors.GuardAsync(async () =>
    {
        output.BeginObject();
        output.Name("data"u8);
        output.BeginArray();
        foreach (var policy in configured.All) Write(policy, output);
        if (store.IsConfigured)
            foreach (var policy in await store.Keys.ListPoliciesAsync(context.RequestAborted)) Write(policy, output);
        output.EndArray();
        output.EndObject();
        return null;
    }));

    public Task GetAsync(HttpContext context, string id) => gate.ServeOwnerAsync(context, output => StateErrors.GuardAsync(async () =>
    {
        var named = configured.Find(id);
        if (!store.IsConfigured && named is null) return StateErrors.NoStore;
        var policy = store.IsConfigured ? await FindAsync(id, context.RequestAborted) : null;
        if (named is not null && policy is not null) return Conflict(id);
        if (named is not null) Write(named, output);
        else if (policy is not null) Write(policy, output);
        else return NotFound();
        return null;
    }));

    public Task ChangeAsync(HttpContext context, string id) => ServeAsync(context, async output =>
    {
        var limits = new LimitsRequest();
        if (await gate.ReadAsync(context, isOptional: false,
            (name, value) => limits.TryTake(name, value, out var error) ? error : JsonObject.Unknown(name, LimitsRequest.Members)) is { } unread) return unread;
        if (configured.Find(id) is not null) return await FindAsync(id, context.RequestAborted) is null ? ReadOnly(id) : Conflict(id);
        var (organization, scope) = Read(id);
        if (await store.Keys.ChangePolicyAsync(organization, scope, limits.Apply, context.RequestAborted) is not { } changed) return NotFound();
        callers.Forget();
        Write(new PolicyRecord(organization, scope, changed), output);
        return null;
    });

    public Task RemoveAsync(HttpContext context, string id) => ServeAsync(context, async _ =>
    {
        var (organization, scope) = Read(id);
        // Of two policies with the same name, remove the one that can be removed: that resolves the conflict.
        if (!await store.Keys.SetPolicyAsync(organization, scope, null, context.RequestAborted)) return configured.Find(id) is null ? NotFound() : ReadOnly(id);
        callers.Forget();
        return null;
    }, status: 204);

    private async ValueTask<PolicyRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var (organization, scope) = Read(id);
        return await store.Keys.FindPolicyAsync(organization, scope, cancellationToken) is { } limits ? new PolicyRecord(organization, scope, limits) : null;
    }

    private Task ServeAsync(HttpContext context, Func<JsonOutput, ValueTask<GatewayError?>> write, int status = 200) => StateErrors.ServeAsync(gate, store, context, write, status);

    private static (string Organization, string Scope) Read(string id) => id.IndexOf(':') is >= 0 and var colon ? (id[..colon], id[(colon + 1)..]) : (id, ScopeName.Organization);

    private static void Write(PolicyRecord policy, JsonOutput output)
    {
        var isWhole = policy.Scope == ScopeName.Organization;
        output.BeginObject();
        output.Member("id"u8, isWhole ? policy.Organization : $"{policy.Organization}:{policy.Scope}");
        output.Member("organization"u8, policy.Organization);
        output.Member("team"u8, policy.Scope.StartsWith("team:", StringComparison.Ordinal) ? policy.Scope["team:".Length..] : null);
        output.Member("user"u8, policy.Scope.StartsWith("user:", StringComparison.Ordinal) ? policy.Scope["user:".Length..] : null);
        LimitsRequest.Write(policy.Limits, output);
        output.Member("source"u8, "api");
        output.Member("read_only"u8, false);
        output.EndObject();
    }

    private static void Write(NamedPolicy policy, JsonOutput output)
    {
        output.BeginObject();
        output.Member("id"u8, policy.Name);
        output.Member("organization"u8, policy.Entra?.Organization);
        output.Member("team"u8, (string?)null);
        output.Member("user"u8, (string?)null);
        LimitsRequest.Write(policy.Limits, output);
        output.Member("source"u8, "nano.json");
        output.Member("read_only"u8, true);
        output.Member("expires_at"u8, policy.ExpiresAt);
        output.EndObject();
    }

    private static GatewayError Conflict(string id) =>
        new(GatewayErrorKind.InvalidRequest, 409,
        $"nano.json has a policy '{id}', and so the policy of the organization '{id}' cannot be distinguished from it. Rename the one in nano.json, or delete the other with DELETE /api/policies/{id}.")
    {
        Code = "policy_conflict",
    };

    private static GatewayError ReadOnly(string id) => new(GatewayErrorKind.InvalidRequest, 409, $"The policy '{id}' is in nano.json. Change it there.")
        { Code = "policy_read_only" };

    private static GatewayError NotFound() => new(GatewayErrorKind.NotFound, 404, "There is no policy with this id.") { Code = "policy_not_found" };
}
