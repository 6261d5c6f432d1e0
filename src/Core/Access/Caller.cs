using Nano.Errors;
using Nano.Governance;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.State;

namespace Nano.Access;

/// <summary>An authenticated caller. Shared by the requests of one token.</summary>
internal sealed class Caller
{
    private Caller(string name, TokenScope? scope, DateTimeOffset? expiresAt, CallerPolicy? policy = null)
    {
        Name = name;
        Scope = scope;
        ExpiresAt = expiresAt;
        Policy = policy;
    }

    /// <summary>The holder of the gateway's key may use everything.</summary>
    public static Caller Owner { get; } = new("owner", null, null);

    /// <summary><c>owner</c>, <c>token:</c> and the token's id, <c>key:</c> and the virtual key's id, or <c>user:</c> and the object id of a user of Entra ID: what records and
    /// the panel show.</summary>
    public string Name { get; }

    /// <summary>The scope of a session token; null for the owner.</summary>
    public TokenScope? Scope { get; }

    /// <summary>Null for a caller that sent the key itself.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>What a virtual key or a user of Entra ID may use; null for all others.</summary>
    public CallerPolicy? Policy { get; }

    public bool IsOwner => Scope is null && Policy is null;

    /// <summary>Whether the responses of a caller that is not the owner are cached; null for no cache.</summary>
    public CacheRule? Cache => Policy is { } policy ? policy.Cache : Scope?.Cache;

    /// <summary>Requests may name route plans of their own.</summary>
    public bool MayChoosePlan => IsOwner || Policy is { MayChoosePlan: true };

    /// <summary>A session token for an alias is valid for every deployment of its plan.</summary>
    public bool MayUseAlias(string alias) => Scope?.Models?.Contains(alias, StringComparer.Ordinal) == true;

    /// <summary>The owner, signed in at the panel.</summary>
    public static Caller SignedIn(DateTimeOffset expiresAt) => new(Owner.Name, null, expiresAt);

    public static Caller OfToken(string id, TokenScope scope, DateTimeOffset expiresAt) => new("token:" + id, scope, expiresAt);

    public static Caller OfKey(CallerPolicy policy) => new("key:" + policy.Key, null, policy.ExpiresAt, policy);

    /// <summary>A user of Entra ID.</summary>
    public static Caller OfUser(CallerPolicy policy, DateTimeOffset expiresAt) => new("user:" + policy.User, null, expiresAt, policy);

    public bool Covers(ModelInfo model) => Policy is { } policy ? policy.Refuse(model.Name) is null : Scope is not { } scope || scope.Covers(model.Provider, model.Name);

    /// <summary>The caller may use every model of a provider, also those that the catalogue does not have.</summary>
    public bool MayUseAllOf(string provider) => Policy is { } policy
        // Only patterns that end with a wildcard match the asterisk.
        ? policy.Refuse(provider + "/*") is null
        : Scope is not { } scope || (scope.Models is null && scope.Provider == provider);

    /// <summary>Null if the caller may use it.</summary>
    public GatewayError? Refuse(Deployment deployment) => Policy is { } policy ? policy.Refuse(deployment.Name)
        : Scope is not { } scope || scope.Covers(deployment.Provider.Id, deployment.Name)
        ? null
        : new GatewayError(GatewayErrorKind.Forbidden, 403, $"This session token is valid for {scope} and not for {deployment.Name}. Use another model, or ask for another token.")
        {
            Code = "model_not_allowed",
            Param = "model",
        };

    /// <summary>
    /// Null if the request selects no other models than the one that it names, or if the caller may use every model of its
    /// provider. Only limited callers cost a look at the body.
    /// </summary>
    /// <param name="body">The caller's body, including members that are not forwarded to the provider.</param>
    /// <param name="isForwarded">The provider receives the body unchanged.</param>
    /// <exception cref="System.Text.Json.JsonException">The envelope's scan would reject the body.</exception>
    public GatewayError? Refuse(Deployment deployment, ReadOnlyMemory<byte> body, bool isForwarded) =>
        Scope?.Models is null && Policy?.LimitsModels != true || ModelLimit.Find(body, deployment.Provider.ModelChoices, isForwarded) is not { } member ? null
        : RefuseChoice(deployment, ModelName.Shown(member));

    private GatewayError RefuseChoice(Deployment deployment, string member)
    {
        var why = deployment.Provider.ModelChoices.Only is null
            ? $"'{member}' lets {deployment.Provider.DisplayName} choose other models"
            : $"'{member}' may let {deployment.Provider.DisplayName} choose other models";
        var message = Scope is null
            ? $"This {(Policy!.Key is null ? "user" : "virtual key")} is limited to some models, and {why}. Leave it out."
            : $"This session token is limited to {Scope}, and {why}. Leave it out, or ask for a token for all models of provider '{deployment.Provider.Id}'.";
        return new GatewayError(GatewayErrorKind.Forbidden, 403, message)
        {
            Code = "model_not_allowed",
            Param = member,
        };
    }
}

/// <summary>The scope of a session token.</summary>
/// <param name="Provider">The id of the provider.</param>
/// <param name="Models">Models of this provider, as <c>provider/model</c>; null for all of its models.</param>
/// <param name="RequestsPerMinute">Null for no limit.</param>
internal sealed record TokenScope(string Provider, IReadOnlyList<string>? Models, int? RequestsPerMinute)
{
    /// <summary>Whether responses are cached, for the token alone; null for no cache.</summary>
    public CacheRule? Cache { get; init; }

    public bool Covers(string provider, string model) => provider == Provider && (Models is null || Models.Contains(model, StringComparer.Ordinal));

    /// <summary>As part of a sentence.</summary>
    public override string ToString() => Models is null ? $"all models of provider '{Provider}'" : string.Join(", ", Models);
}
