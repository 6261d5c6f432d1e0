using Microsoft.AspNetCore.Http;
using Nano.Caching;
using Nano.Errors;
using Nano.State;

namespace Nano.Panel;

/// <summary>
/// <c>DELETE /api/cache</c>: makes the cached responses of a scope unreachable: <c>?key=ID</c>, <c>?organization=acme</c>,
/// <c>?organization=acme&amp;team=web</c>, <c>?scope=owner</c> (the gateway's own key), <c>?scope=tokens</c> (session tokens) or <c>?scope=all</c>.
/// </summary>
internal sealed class CacheEndpoint(PanelGate gate, ResponseCache cache)
{
    private static readonly GatewayError Unclear =
        GatewayError.Invalid("Name exactly one scope: ?key=ID, ?organization=NAME, ?organization=NAME&team=NAME, ?scope=owner, ?scope=tokens, or ?scope=all.", "scope");

    public Task PurgeAsync(HttpContext context) => gate.ServeOwnerAsync(context, async _ =>
    {
        if (ScopeOf(context.Request.Query) is not { } scope) return Unclear;
        try
        {
            await cache.PurgeAsync(scope, context.RequestAborted);
            return null;
        }
        catch (StateUnavailableException)
        {
            return new GatewayError(GatewayErrorKind.Overloaded, 503,
                "The store of cached responses does not respond. Nothing is served from it while it is down; try again shortly.") { Code = "cache_unavailable", RetryAfter = "1" };
        }
    }, status: 204);

    private static string? ScopeOf(IQueryCollection query)
    {
        var (scope, key, organization, team) = (query["scope"].ToString(), query["key"].ToString(), query["organization"].ToString(), query["team"].ToString());
        return (scope, key, organization, team) switch
        {
            (CacheScope.All or CacheScope.OfOwner or CacheScope.OfTokens, "", "", "") => scope,
            ("", { Length: > 0 }, "", "") => CacheScope.OfKey(key),
            ("", "", _, "") when KeyRequest.IsScopeName(organization) => CacheScope.OfOrganization(organization),
            ("", "", _, _) when KeyRequest.IsScopeName(organization) && KeyRequest.IsScopeName(team) => CacheScope.OfTeam(organization, team),
            _ => null,
        };
    }
}
