using System.Diagnostics;
using Nano.Providers;
using Nano.Telemetry;

namespace Nano.Upstream;

/// <summary>The parts of a caller's headers and query that are forwarded to a provider: never a credential.</summary>
internal static class CallerHeaders
{
    private const string UserAgent = "User-Agent";

    /// <summary>The first forwarded header that is not visible ASCII: sending it would fail and look like the provider's fault.</summary>
    public static string? FindUnsendable(DispatchRequest request, Attempt attempt)
    {
        foreach (var (name, value) in Forwarded(request, attempt.Provider, attempt.IsPassthrough))
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return name;
        return null;
    }

    public static void Write(DispatchRequest request, Attempt attempt, HttpRequestMessage message)
    {
        foreach (var (name, value) in Forwarded(request, attempt.Provider, attempt.IsPassthrough))
            if (!message.Headers.Contains(name)) message.Headers.TryAddWithoutValidation(name, value);
        if (!message.Headers.Contains(UserAgent)) message.Headers.TryAddWithoutValidation(UserAgent, "nano");
    }

    /// <summary>The attempt's span if there is one, else the caller's value: the trace continues either way.</summary>
    public static void WriteTrace(DispatchRequest request, Attempt attempt, HttpRequestMessage message)
    {
        var parent = request.TraceParentOf(attempt) ?? request.Header(TraceParent.Header);
        if (parent is null || !ActivityContext.TryParse(parent, null, out _)) return;
        message.Headers.TryAddWithoutValidation(TraceParent.Header, parent);
        if (request.Header(TraceParent.StateHeader) is { Length: > 0 and <= 512 } state && !state.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            message.Headers.TryAddWithoutValidation(TraceParent.StateHeader, state);
    }

    public static Uri Address(DispatchRequest request, Attempt attempt)
    {
        var address = attempt.Route!.Address(request.IsStream);
        return attempt.IsPassthrough && attempt.Provider.PassthroughQuery is { } pair && request.HasQuery(pair) ? new Uri($"{address.OriginalString}?{pair}") : address;
    }

    /// <summary>The caller's headers that are forwarded to a provider.</summary>
    public static IEnumerable<(string Name, string Value)> Forwarded(DispatchRequest request, Provider provider, bool isPassthrough)
    {
        foreach (var name in provider.ForwardedHeaders)
            if (request.Header(name) is { } value) yield return (name, value);
        if (!isPassthrough) yield break;
        foreach (var name in provider.PassthroughHeaders)
        {
            if (name[^1] == '*')
                foreach (var header in request.HeadersFrom(name[..^1])) yield return header;
            else if (request.Header(name) is { } value) yield return (name, value);
        }
    }
}
