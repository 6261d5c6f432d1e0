namespace Nano.Configuration;

/// <summary>Reads <c>resilience</c> of nano.json.</summary>
internal static class ResilienceConfigReader
{
    private const int Hour = 3_600_000;

    public static ResilienceConfig Read(ConfigValue value)
    {
        var members = value.Members("retry_budget", "backoff_ms", "max_backoff_ms", "failures_in_a_row", "failure_ratio", "minimum_requests", "window_ms", "cooldown_ms");
        var config = new ResilienceConfig();
        return config with
        {
            RetryBudget = members.TryGetValue("retry_budget", out var budget) ? (double)(budget.Number(0, 1) ?? 0) : config.RetryBudget,
            Backoff = Time("backoff_ms", 1, config.Backoff),
            MaxBackoff = Time("max_backoff_ms", 1, config.MaxBackoff),
            FailuresInARow = (int)Count("failures_in_a_row", config.FailuresInARow),
            FailureRatio = members.TryGetValue("failure_ratio", out var ratio) ? (double)(ratio.Number(0.01m, 1) ?? 1) : config.FailureRatio,
            MinimumRequests = (int)Count("minimum_requests", config.MinimumRequests),
            Window = Time("window_ms", 1000, config.Window),
            Cooldown = Time("cooldown_ms", 100, config.Cooldown),
        };

        TimeSpan Time(string name, long minimum, TimeSpan otherwise) => members.TryGetValue(name, out var member) ? member.Milliseconds(minimum, Hour) ?? otherwise : otherwise;

        long Count(string name, long otherwise) => members.TryGetValue(name, out var member) ? member.Integer(1, 1_000_000) ?? otherwise : otherwise;
    }
}
