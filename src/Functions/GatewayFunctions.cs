using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Nano.Inbound;

namespace Nano.Functions;

/// <summary>
/// A trigger for each route of <see cref="GatewayRoutes"/>, so that the platform's logs and metrics name the route, and one for every
/// other request, so that the gateway and not the platform reports a wrong path or method. It makes no other difference which function
/// runs: the gateway selects the route itself, as under LocalHost.
/// </summary>
/// <remarks>
/// Anonymous to the platform: callers send the gateway's own key.
/// The names matter. The Functions host sorts functions by name, ignoring case (Azure/azure-functions-host, FunctionMetadataManager), adds
/// their routes in that order (WebScriptHostHttpRoutesManager) and runs the first that matches; a literal path has no precedence over a
/// parameter. So <c>Unmatched</c> sorts after all others, and <c>OneModel</c> after <c>Models</c>.
/// </remarks>
public sealed class GatewayFunctions(Gateway gateway)
{
    [Function("ChatCompletions")]
    public Task<IResult> ChatCompletions([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/chat/completions")] HttpRequest request) => ServeAsync(request);

    [Function("Responses")]
    public Task<IResult> Responses([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses")] HttpRequest request) => ServeAsync(request);

    [Function("ResponsesTokens")]
    public Task<IResult> ResponsesTokens([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses/input_tokens")] HttpRequest request) => ServeAsync(request);

    [Function("ResponsesCompact")]
    public Task<IResult> ResponsesCompact([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses/compact")] HttpRequest request) => ServeAsync(request);

    [Function("StoredResponse")]
    public Task<IResult> StoredResponse([HttpTrigger(AuthorizationLevel.Anonymous, "get", "delete", Route = "v1/responses/{id}")] HttpRequest request) => ServeAsync(request);

    [Function("StoredResponseCancel")]
    public Task<IResult> StoredResponseCancel([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/responses/{id}/cancel")] HttpRequest request) => ServeAsync(request);

    [Function("StoredResponseInput")]
    public Task<IResult> StoredResponseInput([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/responses/{id}/input_items")] HttpRequest request) =>
    ServeAsync(request);

    [Function("Messages")]
    public Task<IResult> Messages([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/messages")] HttpRequest request) => ServeAsync(request);

    [Function("MessagesTokens")]
    public Task<IResult> MessagesTokens([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/messages/count_tokens")] HttpRequest request) => ServeAsync(request);

    [Function("Embeddings")]
    public Task<IResult> Embeddings([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/embeddings")] HttpRequest request) => ServeAsync(request);

    [Function("GeminiMethod")]
    public Task<IResult> GeminiMethod([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1beta/models/{**id}")] HttpRequest request) => ServeAsync(request);

    [Function("GeminiMethodV1")]
    public Task<IResult> GeminiMethodV1([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/models/{**id}")] HttpRequest request) => ServeAsync(request);

    [Function("Models")]
    public Task<IResult> Models([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/models")] HttpRequest request) => ServeAsync(request);

    [Function("OneModel")]
    public Task<IResult> OneModel([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/models/{**id}")] HttpRequest request) => ServeAsync(request);

    [Function("GeminiModels")]
    public Task<IResult> GeminiModels([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1beta/models")] HttpRequest request) => ServeAsync(request);

    [Function("OneGeminiModel")]
    public Task<IResult> OneGeminiModel([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1beta/models/{**id}")] HttpRequest request) => ServeAsync(request);

    [Function("Panel")]
    public Task<IResult> Panel([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "access")] HttpRequest request) => ServeAsync(request);

    [Function("PanelFile")]
    public Task<IResult> PanelFile([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "access/{**file}")] HttpRequest request) => ServeAsync(request);

    [Function("Session")]
    public Task<IResult> Session([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "delete", Route = "api/session")] HttpRequest request) => ServeAsync(request);

    [Function("Providers")]
    public Task<IResult> Providers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/providers")] HttpRequest request) => ServeAsync(request);

    [Function("ProviderStatus")]
    public Task<IResult> ProviderStatus([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/providers/{id}/status")] HttpRequest request) => ServeAsync(request);

    [Function("ProviderSession")]
    public Task<IResult> ProviderSession([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/providers/{id}/session")] HttpRequest request) => ServeAsync(request);

    [Function("PanelModels")]
    public Task<IResult> PanelModels([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/models")] HttpRequest request) => ServeAsync(request);

    [Function("Activity")]
    public Task<IResult> Activity([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/activity")] HttpRequest request) => ServeAsync(request);

    [Function("Health")]
    public Task<IResult> Health([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "healthz")] HttpRequest request) => ServeAsync(request);

    [Function("Ready")]
    public Task<IResult> Ready([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "readyz")] HttpRequest request) => ServeAsync(request);

    [Function("Keys")]
    public Task<IResult> Keys([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "api/keys")] HttpRequest request) => ServeAsync(request);

    [Function("OneKey")]
    public Task<IResult> OneKey([HttpTrigger(AuthorizationLevel.Anonymous, "get", "patch", "delete", Route = "api/keys/{id}")] HttpRequest request) => ServeAsync(request);

    [Function("KeyRotation")]
    public Task<IResult> KeyRotation([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/keys/{id}/rotate")] HttpRequest request) => ServeAsync(request);

    [Function("Policies")]
    public Task<IResult> Policies([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "api/policies")] HttpRequest request) => ServeAsync(request);

    [Function("OnePolicy")]
    public Task<IResult> OnePolicy([HttpTrigger(AuthorizationLevel.Anonymous, "get", "patch", "delete", Route = "api/policies/{id}")] HttpRequest request) => ServeAsync(request);

    [Function("LedgerExport")]
    public Task<IResult> LedgerExport([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/usage/export")] HttpRequest request) => ServeAsync(request);

    [Function("LedgerRecompute")]
    public Task<IResult> LedgerRecompute([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/usage/recompute")] HttpRequest request) => ServeAsync(request);

    [Function("LedgerReport")]
    public Task<IResult> LedgerReport([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/usage")] HttpRequest request) => ServeAsync(request);

    [Function("LedgerRequest")]
    public Task<IResult> LedgerRequest([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/usage/{id}")] HttpRequest request) => ServeAsync(request);

    [Function("LedgerBudgets")]
    public Task<IResult> LedgerBudgets([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/budgets")] HttpRequest request) => ServeAsync(request);

    [Function("Deployments")]
    public Task<IResult> Deployments([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "api/deployments")] HttpRequest request) => ServeAsync(request);

    [Function("ResponseCache")]
    public Task<IResult> ResponseCache([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/cache")] HttpRequest request) => ServeAsync(request);

    [Function("Unmatched")]
    public Task<IResult> Unmatched([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{**path}")] HttpRequest request) => ServeAsync(request);

    private async Task<IResult> ServeAsync(HttpRequest request)
    {
        await gateway.HandleAsync(request.HttpContext);
        // The response is written; without a result the worker would warn that there is none.
        return Results.Empty;
    }
}
