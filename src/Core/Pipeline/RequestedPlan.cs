using Nano.Errors;
using Nano.Json;
using Nano.Routing;

namespace Nano.Pipeline;

/// <summary>
/// The route plan of a request, with the deployments that its caller may use: the plan of the named model, plus the models that the request adds with
/// the header <c>x-nano-fallback</c> or, in Chat, <c>models</c> (as at OpenRouter).
/// </summary>
internal static class RequestedPlan
{
    /// <summary>The member of a Chat request.</summary>
    private const string Models = "models";

    /// <summary>Exactly one of plan and error is set.</summary>
    public static (RoutePlan? Plan, GatewayError? Error) Of(Router router, Exchange exchange)
    {
        var caller = exchange.Caller;
        IReadOnlyList<string> more = [];
        if (exchange.Envelope.Models is { } range && ListOf(router, exchange, range) is { } list)
        {
            if (list.Error is not null) return (null, list.Error);
            if (!caller.MayChoosePlan) return (null, Refused(Models, "the member 'models'"));
            more = list.Names!;
        }
        if (!exchange.Envelope.Model.HasValue)
            return (null, GatewayError.Invalid("'model' is missing. Name one as 'provider/model', or see GET /v1/models.", "model", "missing_required_parameter"));
        var (route, unknown) = router.Find(exchange.Envelope.Model.ToString(), caller.IsOwner);
        if (unknown is not null) return (null, unknown);
        exchange.Record.Alias = route!.Alias?.Name;
        var query = new RouteQuery { Session = ClientSession.ForPlan(exchange), BodyLength = exchange.Body.Length };
        var plan = route.Plan(query);
        if (more.Count > 0)
        {
            var (wider, wrong) = RequestedFallbacks.Add(router, plan, more, Models, query);
            if (wrong is not null) return (null, wrong);
            plan = wider!;
        }
        if (exchange.Header(RequestedFallbacks.Header) is { Length: > 0 } named)
        {
            if (!caller.MayChoosePlan) return (null, Refused(RequestedFallbacks.Header, $"the header {RequestedFallbacks.Header}"));
            var (wider, wrong) = RequestedFallbacks.Add(router, plan, RequestedFallbacks.Split(named), RequestedFallbacks.Header, query);
            if (wrong is not null) return (null, wrong);
            plan = wider!;
        }
        if (caller.IsOwner) return (plan, null);
        var alias = exchange.Record.Alias;
        if (plan.Where(deployment => Refuse(deployment) is null) is { } allowed) return (allowed, null);
        (exchange.Record.Provider, exchange.Record.Model) = (plan[0].Provider.Id, plan[0].Model);
        return (null, Refuse(plan[0]));

        GatewayError? Refuse(Deployment deployment) => (alias is not null && caller.MayUseAlias(alias) ? null : caller.Refuse(deployment))
            ?? caller.Refuse(deployment, exchange.Body, IsForwarded(deployment));

        bool IsForwarded(Deployment deployment) =>
            deployment.Choose(exchange.Api, exchange.Operation, exchange.Envelope.Needs)?.IsPassthroughFor(exchange.Api) == true;
    }

    /// <summary>
    /// Removes <c>models</c> from the request: it names the models to try, and is not forwarded. Null if the first model's provider reads the
    /// member itself; then nothing is changed, and what a session token may choose depends on the models that it is limited to.
    /// </summary>
    private static (IReadOnlyList<string>? Names, GatewayError? Error)? ListOf(Router router, Exchange exchange, Range range)
    {
        var names = new List<string>();
        var list = new JsonSlice(exchange.Body[range]);
        if (!list.HasValue) return null;
        var wrong = GatewayError.Invalid($"'{Models}' must be a list of 1 to {RequestedFallbacks.MaxModels} names of models.", Models);
        if (!list.IsArray) return (null, wrong);
        var cursor = new JsonCursor(list.Memory);
        cursor.EnterArray();
        while (cursor.NextElement())
        {
            var element = cursor.TakeValue();
            if (!element.IsText || names.Count == RequestedFallbacks.MaxModels) return (null, wrong);
            names.Add(element.AsText().ToString());
        }
        var isFirst = !exchange.Envelope.Model.HasValue;
        if (isFirst && names.Count == 0) return (null, wrong);
        var first = isFirst ? names[0] : exchange.Envelope.Model.ToString();
        if (router.Find(first).Route is { Alias: null } route && route.First.Provider.TakesModelList)
            return names.Count == 0 || exchange.Caller.Policy is not { MayChoosePlan: false } ? null : (null, Refused(Models, "the member 'models'"));
        if (exchange.RewriteBody(body => WithoutList(body, isFirst ? first : null)) is { } malformed) return (null, malformed);
        if (isFirst) names.RemoveAt(0);
        names.RemoveAll(name => name == first);
        return (names, null);
    }

    /// <param name="model">The model for a request that names none.</param>
    private static JsonOutput WithoutList(ReadOnlyMemory<byte> body, string? model)
    {
        var output = new JsonOutput(body.Length + 256);
        output.BeginObject();
        if (model is not null) output.Member("model"u8, model);
        var cursor = new JsonCursor(body);
        cursor.EnterObject();
        while (cursor.NextMember())
        {
            // A model that is null counts as missing.
            if (cursor.NameIs("models"u8) || (model is not null && cursor.NameIs("model"u8)))
            {
                cursor.Skip();
                continue;
            }
            output.Name(cursor.Name);
            output.Raw(cursor.TakeValue());
        }
        output.EndObject();
        return output;
    }

    private static GatewayError Refused(string param, string what) => new(GatewayErrorKind.Forbidden, 403, $"This key may not choose route plans of its own. Leave {what} out.")
    {
        Code = "plan_not_allowed",
        Param = param,
    };
}
