using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Pipeline;
using Nano.Upstream;

namespace Nano.Panel;

/// <summary>Shared by all routes under <c>/api</c>: authentication, small bodies, and the format of responses and errors.</summary>
internal sealed class PanelGate(CallerAuthenticator authenticator, IDialect dialect, Heartbeat heartbeat)
{
    /// <summary>Bytes of a body that everybody may send.</summary>
    public const int MaxPublicBody = 8 * 1024;

    /// <summary>Bytes: a key with the most models and prices, as long as they may be, is smaller.</summary>
    private const int MaxBody = 64 * 1024;

    private static readonly TimeSpan BodyLimit = TimeSpan.FromSeconds(10);

    private static readonly GatewayError OwnerOnly = new(GatewayErrorKind.Forbidden, 403,
        "This key is valid for models only. This route needs the gateway's own key, or a sign-in at /access.") { Code = "owner_only" };

    /// <summary>Serves the owner; all others get an error.</summary>
    /// <param name="write">Writes the response, or returns an error; then the output is discarded.</param>
    public Task ServeOwnerAsync(HttpContext context, Func<JsonOutput, ValueTask<GatewayError?>> write, int status = 200, string contentType = "application/json") =>
        ServeAsync(context, status, async output =>
    {
        var (caller, refused) = await CheckAsync(context);
        return refused ?? (caller!.IsOwner ? await write(output) : OwnerOnly);
    }, contentType);

    /// <summary>Serves every caller. Raises nothing that a caller can cause.</summary>
    /// <inheritdoc cref="ServeOwnerAsync"/>
    public async Task ServeAsync(HttpContext context, int status, Func<JsonOutput, ValueTask<GatewayError?>> write, string contentType = "application/json")
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            using var output = new JsonOutput(4096);
            var error = await write(output);
            // A stream that fails never looks complete.
            if (error is not null && context.Response.HasStarted) context.Abort();
            else if (error is not null) await ErrorWriter.WriteAsync(context, dialect, error);
            else if (context.Response.HasStarted) await JsonResponse.WriteChunkAsync(context, output, contentType);
            else if (status == 204) context.Response.StatusCode = status;
            else await JsonResponse.WriteAsync(context, status, output, contentType);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await ErrorWriter.WriteAsync(context, dialect, new GatewayError(GatewayErrorKind.InvalidRequest, e.StatusCode, "The request could not be read: " + e.Message));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The caller has left.
        }
    }

    public ValueTask<CallerCheck> CheckAsync(HttpContext context) => authenticator.CheckAsync(context.Request.Headers, context.RequestAborted);

    /// <summary>Reads a small JSON object and passes its members to <paramref name="take"/>, which returns the error of an invalid one.</summary>
    /// <param name="isOptional">A missing body counts as an object without members.</param>
    /// <param name="most">The largest body in bytes.</param>
    public async ValueTask<GatewayError?> ReadAsync(HttpContext context, bool isOptional, MemberReader take, int most = MaxBody)
    {
        using var clock = new RequestClock(heartbeat, context.RequestAborted);
        clock.Limit(BodyLimit);
        var (body, unread) = await RequestBody.ReadAsync(context, most, clock, limit: null);
        if (unread is not null) return unread;
        try
        {
            return isOptional && body.Bytes.IsEmpty ? null : JsonObject.Read(body.Bytes, take);
        }
        finally
        {
            body.Return();
        }
    }
}
