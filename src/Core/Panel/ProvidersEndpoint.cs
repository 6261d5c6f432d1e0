using Microsoft.AspNetCore.Http;
using Nano.Errors;
using Nano.Routing;
using Nano.Upstream;

namespace Nano.Panel;

/// <summary><c>/api/providers</c>, <c>/api/providers/{id}/status</c> and <c>/api/models</c>: the providers, whether they work, and their models.</summary>
internal sealed class ProvidersEndpoint(PanelGate gate, Router router, ModelLists lists, StatusBoard board, TimeProvider time)
{
    public Task ListAsync(HttpContext context) => gate.ServeOwnerAsync(context, async output =>
    {
        output.BeginObject();
        output.Name("providers"u8);
        output.BeginArray();
        foreach (var (provider, secret) in await router.FindKeysAsync(context.RequestAborted))
        {
            PanelWriter.WriteProvider(provider, router.BaseUrlOf(provider), router.MissingAddress(provider), secret, router.ModelsOf(provider).Count(model => !model.Embeds),
                output);
        }
        output.EndArray();
        output.EndObject();
        return null;
    });

    /// <param name="id">As in the path.</param>
    public Task StatusAsync(HttpContext context, string id) => gate.ServeOwnerAsync(context, async output =>
    {
        if (router.FindProvider(id) is not { } provider) return NotFound(router, id);
        var fresh = context.Request.Query["fresh"].ToString() is "true" or "1";
        var (status, cached) = await board.GetAsync(provider, fresh, context.RequestAborted);
        PanelWriter.WriteStatus(status, cached, output);
        return null;
    });

    public Task ModelsAsync(HttpContext context) => gate.ServeOwnerAsync(context, async output =>
    {
        await lists.RefreshAsync(null, context.RequestAborted);
        var now = time.GetUtcNow();
        output.BeginObject();
        output.Name("models"u8);
        output.BeginArray();
        foreach (var (provider, key) in await router.FindKeysAsync(context.RequestAborted))
        {
            var available = router.IsUsable(provider, key);
            foreach (var model in router.ModelsOf(provider).Where(model => !model.Embeds)) PanelWriter.WriteModel(model, available, now, output);
        }
        output.EndArray();
        output.EndObject();
        return null;
    });

    public static GatewayError NotFound(Router router, string id) =>
        new(GatewayErrorKind.NotFound, 404,
        $"There is no provider '{ModelName.Shown(id)}' here. Providers: {string.Join(", ", router.Providers.Select(provider => provider.Id))}.") { Code = "provider_not_found" };
}
