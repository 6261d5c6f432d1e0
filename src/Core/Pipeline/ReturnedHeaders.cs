using Microsoft.AspNetCore.Http;

namespace Nano.Pipeline;

/// <summary>Headers of a provider's response that its own clients read. Opaque to the gateway: they reach the caller unaltered, or not at all.</summary>
internal static class ReturnedHeaders
{
    /// <summary>Characters of a value.</summary>
    private const int MaxLength = 8192;

    /// <summary>Does nothing once the caller's response has started.</summary>
    public static void Copy(IReadOnlyList<string> names, HttpResponseMessage from, HttpResponse to)
    {
        if (to.HasStarted) return;
        for (var i = 0; i < names.Count; i++)
            if (from.Headers.NonValidated.TryGetValues(names[i], out var value) && value.ToString() is { Length: <= MaxLength } text
                && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                to.Headers[names[i]] = text;
    }
}
