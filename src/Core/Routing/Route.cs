namespace Nano.Routing;

/// <summary>What a model's name means: one deployment, or an alias that plans anew for each request.</summary>
internal sealed class Route
{
    private readonly Deployment? _deployment;

    public Route(Deployment deployment) => _deployment = deployment;

    public Route(AliasRoute alias) => Alias = alias;

    /// <summary>Null for a name of one deployment.</summary>
    public AliasRoute? Alias { get; }

    /// <summary>The one deployment, or the first one of the alias.</summary>
    public Deployment First => _deployment ?? Alias!.First;

    /// <summary>The plan for one request. A name of one deployment costs nothing.</summary>
    public RoutePlan Plan(in RouteQuery query) => _deployment is not null ? _deployment.Alone : Alias!.Plan(query);
}

/// <summary>What a plan may depend on besides the alias.</summary>
internal readonly record struct RouteQuery
{
    /// <summary>Names the caller's session; null for none.</summary>
    public string? Session { get; init; }

    /// <summary>Bytes of the request's body.</summary>
    public int BodyLength { get; init; }
}
