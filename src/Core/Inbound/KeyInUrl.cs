using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Nano.Inbound;

/// <summary>The key that some of Google's clients put into the URL (<c>?key=</c>), if a setting accepts it.</summary>
internal static class KeyInUrl
{
    private const string Parameter = "key", Header = "x-goog-api-key";

    /// <summary>Moves the key to a header, unless there is one, and removes it from the URL, so that no later code sees it there.</summary>
    public static void Move(HttpRequest request)
    {
        if (!IsGemini(request.Path) || !request.Query.TryGetValue(Parameter, out var key)) return;
        if (key.Count == 1 && !request.Headers.ContainsKey(Header) && request.Headers.Authorization.Count == 0) request.Headers[Header] = key;
        var others = new QueryBuilder(request.Query.Where(pair => pair.Key != Parameter)
            .SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? ""))));
        request.QueryString = others.ToQueryString();
    }

    private static bool IsGemini(PathString path) =>
        IsGeminiRoute(path) || (path.HasValue && PathForms.Canonical(path.Value, out _) is { } canonical && IsGeminiRoute(canonical));

    private static bool IsGeminiRoute(PathString path) =>
        path.StartsWithSegments("/v1beta", StringComparison.Ordinal) || path.StartsWithSegments(GatewayRoutes.Models, StringComparison.Ordinal);
}
