using Microsoft.Extensions.Logging;

namespace Nano.State;

/// <summary>Log entries about a state store that fails. An alert looks for the text of the first one (infra/modules/alerts.bicep).</summary>
internal static partial class StoreLog
{
    /// <returns>For <see cref="StateStore"/>'s reports.</returns>
    public static Action<string?> To(ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger("Nano.State");
        return problem =>
        {
            if (problem is null) Recovered(log);
            else Failing(log, problem);
        };
    }

    [LoggerMessage(40, LogLevel.Warning, "The state store does not work: {Problem}")]
    private static partial void Failing(ILogger logger, string problem);

    [LoggerMessage(41, LogLevel.Information, "The state store works again.")]
    private static partial void Recovered(ILogger logger);
}
