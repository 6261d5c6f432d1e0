using Nano.Errors;
using Nano.Routing;

namespace Nano.Access;

/// <summary>Bounds how many requests are open at once, so that a flood becomes clear 429s and not an exhausted process.</summary>
internal sealed class Admission(GatewayOptions options)
{
    private static readonly GatewayError Full = new(GatewayErrorKind.TooManyRequests, 429, "The gateway has as many open requests as it may have (MAX_CONCURRENT_REQUESTS). Try again shortly.")
    {
        Code = "too_many_concurrent_requests",
        RetryAfter = "1",
    };

    private int _open;

    public int Open => Volatile.Read(ref _open);

    /// <summary>Takes a place; with null as the result, <see cref="Leave"/> must give it back.</summary>
    public GatewayError? Enter()
    {
        if (Interlocked.Increment(ref _open) <= options.MaxConcurrentRequests) return null;
        Interlocked.Decrement(ref _open);
        return Full;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
