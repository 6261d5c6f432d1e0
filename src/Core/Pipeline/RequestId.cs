using Microsoft.AspNetCore.Http;
using Nano.State;

namespace Nano.Pipeline;

/// <summary>The id of a request: 24 lower-case letters and digits that sort by time, in the header <c>x-request-id</c> of every response.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    /// <summary>Assigns an id to the response. Called once, before anything is written.</summary>
    public static void Assign(HttpContext context, DateTimeOffset at = default) => context.Response.Headers[Header] = SortableId.New(at);

    /// <summary>The id that <see cref="Assign"/> assigned.</summary>
    public static string Of(HttpContext context) => context.Response.Headers[Header].ToString();
}
