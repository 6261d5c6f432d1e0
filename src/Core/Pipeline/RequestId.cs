using Microsoft.AspNetCore.Http;

namespace Nano.Pipeline;

/// <summary>The id of a request: 24 lower-case letters and digits, in the header <c>x-request-id</c> of every response.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Gives the response its id. Once, before anything is written.</summary>
    public static void Assign(HttpContext context) => context.Response.Headers[Header] = Random.Shared.GetString(Alphabet, 24);

    /// <summary>The id that <see cref="Assign"/> gave.</summary>
    public static string Of(HttpContext context) => context.Response.Headers[Header].ToString();
}
