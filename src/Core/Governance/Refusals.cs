using System.Globalization;
using Nano.Errors;
using Nano.State;

namespace Nano.Governance;

/// <summary>What a caller can do who sets no output limit, and whose budget is enough for a smaller output.</summary>
/// <param name="Reserved">Tokens of output that are reserved without a limit.</param>
/// <param name="MayNeedDefault">The policy has no default for such requests, and would apply it.</param>
internal readonly record struct OutputAdvice(long Reserved, bool MayNeedDefault);

/// <summary>The errors of requests that a policy refuses: the scope, the limit, the remaining amount, and when to try again.</summary>
internal static class Refusals
{
    /// <param name="unlimited">Null if the request sets an output limit, or if none would help.</param>
    public static GatewayError Of(Reservation reservation, ReserveResult result, DateTimeOffset now, OutputAdvice? unlimited = null)
    {
        var name = reservation.Details.KeyName;
        if (result.Rate is { } rate)
            return new GatewayError(GatewayErrorKind.TooManyRequests, 429,
                $"Rate limit reached for {ScopedLimits.ShownOf(rate.Scope, name)}: {rate.PerMinute} {rate.Kind} per minute. Try again in {VirtualKeys.Seconds(result.RetryAfter)} s.")
            {
                Code = "rate_limit_exceeded",
                RetryAfter = VirtualKeys.Seconds(result.RetryAfter),
            };
        var limit = result.Counter!;
        if (limit.Window == CounterLimit.Open)
            return new GatewayError(GatewayErrorKind.TooManyRequests, 429,
                $"{ScopedLimits.ShownOf(limit.Scope, name, isFirst: true)} has {limit.MaxOpen} requests open, which is its limit on concurrency. Try again when one of them has ended.")
            {
                Code = "rate_limit_exceeded",
                RetryAfter = "1",
            };
        var window = limit.End is null ? "in total" : "per " + limit.Window[..limit.Window.IndexOf('@')];
        var renews = limit.End is { } end ? $" It renews at {end.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}." : "";
        var advice = unlimited is { } output
            ? $" The request sets no output limit, so {output.Reserved.ToString(CultureInfo.InvariantCulture)} tokens are reserved: set one (max_tokens, max_output_tokens or maxOutputTokens, as the API calls it)"
                + (output.MayNeedDefault ? ", or ask the administrator for default_output_tokens." : ".")
            : "";
        return new GatewayError(GatewayErrorKind.TooManyRequests, 429,
            $"The budget of {ScopedLimits.ShownOf(limit.Scope, name)} is {Usd(limit.MaxNanoUsd)} USD {window}; {Usd(result.Left)} USD are left, and this request may cost up to {Usd(reservation.Estimate.NanoUsd)} USD.{renews}{advice}")
        {
            Code = "budget_exceeded",
            RetryAfter = limit.End is { } next ? VirtualKeys.Seconds(next - now) : null,
            IsFinal = true,
        };
    }

    /// <summary>For callers whose limits have to be counted.</summary>
    public static GatewayError NoStore { get; } = new(GatewayErrorKind.NotConfigured, 503,
        $"The limits of this caller are counted in a state store, and this gateway has none. Set {StateAddress.Setting}, for instance to {StateAddress.Example}.")
    {
        Code = "state_store_not_configured",
        IsFinal = true,
    };

    /// <summary>Without its policy, a key would have no limits.</summary>
    public static GatewayError NoPolicy(string name) =>
        new(GatewayErrorKind.NotConfigured, 503, $"This virtual key names the policy '{name}', and nano.json has none of this name. Ask the administrator of the gateway.")
    {
        Code = "policy_not_configured",
        IsFinal = true,
    };

    public static GatewayError BudgetUnavailable(TimeSpan retryAfter) =>
        new(GatewayErrorKind.Overloaded, 503, "The gateway's state store does not respond, so the budget cannot be checked now. Try again shortly.")
    {
        Code = "budget_unavailable",
        RetryAfter = VirtualKeys.Seconds(retryAfter),
    };

    /// <summary>For callers without a budget whose policy refuses them while nothing can be counted.</summary>
    public static GatewayError LimitsUnavailable(TimeSpan retryAfter) =>
        new(GatewayErrorKind.Overloaded, 503, "The gateway's state store does not respond, so the limits of this caller cannot be checked now. Try again shortly.")
    {
        Code = "limits_unavailable",
        RetryAfter = VirtualKeys.Seconds(retryAfter),
    };

    public static GatewayError Unpriced(string model) =>
        new(GatewayErrorKind.Forbidden, 403, $"The price of {model} is not known, and this caller has a budget in USD. Use a model with a known price, or set "
            + "one in 'prices' of nano.json or of the caller's policy.")
    {
        Code = "model_not_priced",
        Param = "model",
        IsFinal = true,
    };

    private static string Usd(long nano) => Amount.UsdOf(nano).ToString("0.######", CultureInfo.InvariantCulture);
}
