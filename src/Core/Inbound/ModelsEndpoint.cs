using System.IO.Hashing;
using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Errors;
using Nano.Json;
using Nano.Pipeline;
using Nano.Routing;
using Nano.Upstream;

namespace Nano.Inbound;

/// <summary>The models that the caller can use now, in the dialect that the caller's headers describe.</summary>
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
            // A token is valid for one provider, so only that one is asked.
            await lists.RefreshAsync(caller!.Scope?.Provider, context.RequestAborted);
            var models = await router.ListAsync(context.RequestAborted);
            if (!caller.IsOwner) models = [.. models.Where(caller.Covers)];
            using var output = new JsonOutput(16 * 1024);
            if (IsCodex(context.Request)) WriteForCodex(output);
            else api.WriteModels(models, time.GetUtcNow(), output);
            await WriteTaggedAsync(context, output);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    /// <summary>Codex sends its version; no other client does.</summary>
    private static bool IsCodex(HttpRequest request) => request.Query.ContainsKey("client_version");

    /// <summary>
    /// A list without entries, with which Codex uses its own model data (openai/codex, ModelPreset::merge). An entry has
    /// the agent's whole system prompt (<c>base_instructions</c>) and replaces Codex's own: the gateway does not write prompts.
    /// </summary>
    private static void WriteForCodex(JsonOutput output)
    {
        output.BeginObject();
        output.Name("models"u8);
        output.BeginArray();
        output.EndArray();
        output.EndObject();
    }

    /// <summary>Clients that poll the list send the ETag of their copy, and get a 304 while it is current.</summary>
    private static async ValueTask WriteTaggedAsync(HttpContext context, JsonOutput output)
    {
        var tag = $"\"{XxHash3.HashToUInt64(output.WrittenSpan):x16}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.ToString() == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, output);
    }

    /// <param name="id">
    /// As in the path: a model's name, slashes included. The npm SDK sends them as <c>%2F</c>, the one escape
    /// that servers do not decode in a path.
    /// </param>
    public async Task GetAsync(HttpContext context, string id)
    {
        var api = apis.Of(context.Request);
        try
        {
            var (caller, refused) = await authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);
            // The Functions host escapes the percent sign again when it forwards a request, so accept %252F as well; no model's name has a percent sign.
            var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
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
