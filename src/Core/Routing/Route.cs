namespace Nano.Routing;

/// <summary>The meaning of a model's name: one deployment, or an alias that makes a new plan for each request.</summary>
internal sealed class Route
{
    private readonly Deployment? _deployment;

    public Route(Deployment deployment) => _deployment = deployment;

    public Route(AliasRoute alias) => Alias = alias;

    /// <summary>Null if the name means one deployment.</summary>
    public AliasRoute? Alias { get; }

    /// <summary>The one deployment, or the first one of the alias.</summary>
    public Deployment First => _deployment ?? Alias!.First;

    /// <summary>The plan for one request. For a name of one deployment it is not computed.</summary>
    public RoutePlan Plan(in RouteQuery query) => _deployment is not null ? _deployment.Alone : Alias!.Plan(query);
}

/// <summary>The properties of a request that affect its plan.</summary>
internal readonly record struct RouteQuery
{
    /// <summary>Identifies the caller's session; null for none.</summary>
    public string? Session { get; init; }

    /// <summary>Bytes of the request's body.</summary>
    public int BodyLength { get; init; }
}
