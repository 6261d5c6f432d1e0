using System.Globalization;
using Nano.Configuration;
using Nano.Errors;
using Nano.Json;

namespace Nano.Access;

/// <summary>
/// Bounds how many requests are open at once and what their large buffers take together, so that a flood becomes clear 429s and
/// 503s and not an exhausted process, and how many requests a session token may send in a minute.
/// </summary>
/// <remarks>
/// Open requests are counted here and not by a ConcurrencyLimiter, whose lease costs each request 40 B and 89 ns; two interlocked
/// operations cost nothing and 13 ns.
/// </remarks>
internal sealed class Admission(GatewayOptions options, RequestRates rates)
{
    private static readonly GatewayError Full = new(GatewayErrorKind.TooManyRequests, 429,
        "The gateway has reached its limit of open requests (MAX_CONCURRENT_REQUESTS). Try again shortly.")
    {
        Code = "too_many_concurrent_requests",
        RetryAfter = "1",
    };

    /// <summary>The request needs more memory than is left for buffers.</summary>
    public static GatewayError Overloaded { get; } = new(GatewayErrorKind.Overloaded, 503,
        $"The gateway has reached its limit of buffered bytes ({GatewaySettings.MaxBufferedBytes}). Try again shortly.")
    {
        Code = "overloaded",
        RetryAfter = "2",
    };

    private int _open;

    public int Open => Volatile.Read(ref _open);

    /// <summary>Counts the large buffers of all requests.</summary>
    public BufferBudget Buffers { get; } = new(options.BufferLimit);

    /// <summary>Counts an open request. If the result is null, <see cref="Leave"/> must be called.</summary>
    public GatewayError? Enter()
    {
        if (Interlocked.Increment(ref _open) <= options.MaxConcurrentRequests) return null;
        Interlocked.Decrement(ref _open);
        return Full;
    }

    public void Leave() => Interlocked.Decrement(ref _open);

    /// <summary>Counts a request against the limit of its caller's token, where it has one.</summary>
    public GatewayError? Count(Caller caller)
    {
        if (caller.Scope?.RequestsPerMinute is not { } limit || rates.Take(caller.Name, limit) is not { } wait) return null;
        return new GatewayError(GatewayErrorKind.TooManyRequests, 429,
            $"This session token may send {limit} requests per minute on each instance of the gateway. Try again in {Seconds(wait)} s.")
        {
            Code = "rate_limit_exceeded",
            RetryAfter = Seconds(wait),
        };
    }

    /// <summary>Reverts <see cref="Count"/>: malformed requests and requests that are not allowed do not count.</summary>
    public void Uncount(Caller caller)
    {
        if (caller.Scope?.RequestsPerMinute is not null) rates.GiveBack(caller.Name);
    }

    /// <summary>Whole seconds, rounded up.</summary>
    internal static string Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
