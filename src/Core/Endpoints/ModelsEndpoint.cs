using Microsoft.AspNetCore.Http;
using Nano.Access;

namespace Nano.Endpoints;

/// <summary>The catalogue in the caller's dialect, for models of providers whose key is set.</summary>
internal sealed class ModelsEndpoint(CallerAuthenticator authenticator, DialectSet dialects)
{
    public async Task ListAsync(HttpContext context)
    {
        if (authenticator.Check(context.Request.Headers) is { } refused) await ErrorWriter.WriteAsync(context, dialects.OfCaller(context.Request), refused);
    }

    public Task GetAsync(HttpContext context, string id) => ListAsync(context);
}
