using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Nano.Access;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Upstream;

namespace Nano.Inbound;

/// <summary>The models that the caller can use now, in the dialect that the caller's headers speak of.</summary>
internal sealed class ModelsEndpoint(CallerAuthenticator authenticator, InboundApis apis, Router router, ModelLists lists, TimeProvider time)
{
    public async Task ListAsync(HttpContext context)
    {
        var api = apis.Of(context.Request);
        try
        {
            var (caller, refused) = await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
            if (refused is not null)
            {
                await ErrorWriter.WriteAsync(context, api.Dialect, refused);
                return;
            }
            // A token is for one provider: no other is asked for its sake.
            await lists.RefreshAsync(caller!.Scope?.Provider, context.RequestAborted);
            var models = await router.ListAsync(context.RequestAborted);
            if (!caller.IsOwner) models = [.. models.Where(caller.Covers)];
            using var output = new JsonOutput(16 * 1024);
            api.WriteModels(models, time.GetUtcNow(), output);
            await JsonResponse.WriteAsync(context, 200, output);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    /// <param name="id">
    /// As it stands in the path: a model's name, slashes included. The npm SDK sends them as <c>%2F</c>, the one escape
    /// that servers leave as it is in a path.
    /// </param>
    public async Task GetAsync(HttpContext context, string id)
    {
        var api = apis.Of(context.Request);
        try
        {
            var (caller, refused) = await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
            // A percent sign that was escaped itself is part of the name.
            var isEscaped = context.Features.Get<IHttpRequestFeature>()?.RawTarget.Contains("%25", StringComparison.Ordinal) == true;
            var name = isEscaped ? id : id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
            if (refused is null && router.Resolve(name).Deployment is { } deployment)
            {
                refused = caller!.Refuse(deployment);
                if (refused is null && deployment.Info is null) await lists.RefreshAsync(deployment.Provider.Id, context.RequestAborted);
            }
            var (model, error) = refused is null ? await router.FindListedAsync(name, caller!.IsOwner, context.RequestAborted) : (null, refused);
            if (error is not null)
            {
                await ErrorWriter.WriteAsync(context, api.Dialect, error);
                return;
            }
            using var output = new JsonOutput();
            api.WriteModel(model!, time.GetUtcNow(), output);
            await JsonResponse.WriteAsync(context, 200, output);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }
}
