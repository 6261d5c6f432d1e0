namespace Nano.Caching;

/// <summary>
/// Who shares entries: the callers of one scope and no others. A purge of any scope in <see cref="Path"/> removes them too; the path leads from the
/// whole gateway down, as a rule, to the scope itself.
/// </summary>
internal sealed class CacheScope
{
    public const string All = "all", OfOwner = "owner", OfTokens = "tokens";

    private CacheScope(params string[] path) => (Path, Name) = (path, path[^1]);

    public IReadOnlyList<string> Path { get; }

    public string Name { get; private init; }

    /// <summary>The holder of the gateway's own key.</summary>
    public static CacheScope Owner { get; } = new(All, OfOwner);

    /// <summary>A session token's entries. They expire soon and are purged together, so that a store need not keep an epoch for every token.</summary>
    /// <param name="token">The token's id, not the token itself.</param>
    public static CacheScope OfToken(string token) => new(All, OfTokens) { Name = token };

    /// <summary>The entries of a virtual key, or the ones that it shares.</summary>
    /// <param name="sharedBy">One of <see cref="State.CacheRule.Scopes"/>. A key without a team shares nothing with one.</param>
    public static CacheScope Of(string organization, string? team, string key, string sharedBy)
    {
        var (ofOrganization, ofTeam) = (OfOrganization(organization), team is null ? null : OfTeam(organization, team));
        if (sharedBy == State.CacheRule.Organization) return new(All, ofOrganization);
        if (ofTeam is null) return new(All, ofOrganization, OfKey(key));
        return sharedBy == State.CacheRule.Team ? new(All, ofOrganization, ofTeam) : new(All, ofOrganization, ofTeam, OfKey(key));
    }

    /// <summary>Names consist of letters, digits and <c>. _ - @ +</c>, so a colon separates them.</summary>
    public static string OfOrganization(string organization) => "organization:" + organization;

    /// <inheritdoc cref="OfOrganization"/>
    public static string OfTeam(string organization, string team) => $"team:{organization}:{team}";

    public static string OfKey(string id) => "key:" + id;
}
