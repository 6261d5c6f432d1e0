using System.Globalization;
using Nano.Errors;
using Nano.Routing;
using Nano.Telemetry;

namespace Nano.Upstream;

/// <summary>The errors of a route plan without a remaining deployment.</summary>
internal static class PlanErrors
{
    /// <summary>The number of attempts that a message names.</summary>
    private const int MaxNamed = 8;

    /// <summary>The last error, plus the failures of the other attempts.</summary>
    public static GatewayError AllFailed(GatewayError last, IReadOnlyList<AttemptRecord> attempts)
    {
        if (attempts.Count < 2) return last;
        var named = attempts.Skip(Math.Max(0, attempts.Count - MaxNamed)).Select(attempt => $"{attempt.Provider}/{attempt.Model}: {FailureClasses.Name(attempt.Failure)}");
        return last with { Message = $"{last.Message} (Attempts: {string.Join("; ", named)}.)" };
    }

    /// <summary>Nothing was tried: the providers of all deployments have asked for a pause.</summary>
    public static GatewayError AllDown(PlanWalk walk, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var down = walk.Down().ToList();
        var isLimit = down.TrueForAll(item => item.Cooldown.Reason is "rate_limit" or "quota");
        var seconds = down.Count == 0 ? 1 : Math.Max(1, Math.Ceiling(down.Min(item => (item.Cooldown.Until - now).TotalSeconds)));
        var named = down.Take(MaxNamed)
            .Select(item => string.Create(CultureInfo.InvariantCulture,
            $"{item.Deployment.Name}: {item.Cooldown.Reason}, {Math.Ceiling((item.Cooldown.Until - now).TotalSeconds)} s"));
        return new GatewayError(GatewayErrorKind.ProviderLimited, isLimit ? 429 : 503,
            $"No deployment of this model can be used now ({string.Join("; ", named)}). Try again later.")
        {
            Code = "no_deployment_available",
            RetryAfter = seconds.ToString(CultureInfo.InvariantCulture),
        };
    }
}
