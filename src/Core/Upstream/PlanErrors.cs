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

    /// <summary>Failures that may be over when the caller tries again.</summary>
    private const FailureClass Temporary = FailureClass.RateLimit | FailureClass.Unavailable | FailureClass.Timeout;

    /// <summary>The last error, plus the failures of the other attempts and the targets that were not tried.</summary>
    public static GatewayError AllFailed(GatewayError last, IReadOnlyList<AttemptRecord> attempts, IReadOnlyList<SkippedStep>? skipped)
    {
        // A missing key of the last deployment does not keep the first one from serving the next request.
        if (last.IsFinal && FailureTable.Classify(last) is FailureClass.Key or FailureClass.Quota && attempts.Any(attempt => (attempt.Failure & Temporary) != 0))
            last = last with { IsFinal = false };
        if (attempts.Count < 2 && skipped is null) return last;
        var named = attempts.Skip(Math.Max(0, attempts.Count - MaxNamed)).Select(attempt => $"{attempt.Provider}/{attempt.Model}: {FailureClasses.Name(attempt.Failure)}");
        var left = skipped?.Take(MaxNamed).Select(step => $"{step.Step.Deployment.Name}: {step.Reason}") ?? [];
        return last with { Message = $"{last.Message} (Attempts: {string.Join("; ", named)}.{(skipped is null ? "" : $" Skipped: {string.Join("; ", left)}.")})" };
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
