using Microsoft.AspNetCore.Http;

namespace Nano.Endpoints;

/// <summary>
/// The one route table: both hosts serve exactly these. Patterns are exact, or end in <c>/{**id}</c>, which takes the rest
/// of the path, slashes included (model ids have them).
/// </summary>
public static class GatewayRoutes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Models = "/v1/models";
    public const string Model = "/v1/models/{**id}";
    public const string Health = "/healthz";
    public const string Ready = "/readyz";

    /// <summary>Every route: method, pattern, and who serves it.</summary>
    public static IReadOnlyList<GatewayRoute> All { get; } =
    [
        new("POST", ChatCompletions, static (gateway, context, _) => gateway.Chat.HandleAsync(context, gateway.Dialects.OpenAIChat)),
        new("GET", Models, static (gateway, context, _) => gateway.Models.ListAsync(context)),
        new("GET", Model, static (gateway, context, id) => gateway.Models.GetAsync(context, id)),
        new("GET", Health, static (gateway, context, _) => gateway.Health.LiveAsync(context)),
        new("GET", Ready, static (gateway, context, _) => gateway.Health.ReadyAsync(context)),
    ];
}

/// <param name="Method">HTTP method; a GET route answers HEAD too.</param>
/// <param name="Pattern">See <see cref="GatewayRoutes"/>.</param>
/// <param name="Serve">Gets the gateway, the context, and the rest of the path where the pattern takes one.</param>
public sealed record GatewayRoute(string Method, string Pattern, Func<Gateway, HttpContext, string, Task> Serve)
{
    private const string Rest = "/{**id}";

    /// <summary>The path up to the rest, with its slash; the whole path where there is no rest.</summary>
    public string Prefix { get; } = Pattern.EndsWith(Rest, StringComparison.Ordinal) ? Pattern[..^(Rest.Length - 1)] : Pattern;

    public bool TakesRest => Prefix.Length < Pattern.Length;
}
