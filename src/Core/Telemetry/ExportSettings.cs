namespace Nano.Telemetry;

/// <summary>
/// Which telemetry is exported where, from the standard settings of OpenTelemetry and Application Insights. Read without loading either: a host checks
/// <see cref="IsAsked"/> before it loads an exporter.
/// </summary>
public sealed class ExportSettings
{
    internal const string OtlpPrefix = "OTEL_EXPORTER_OTLP_";
    internal const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    internal const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>The name of Azure Monitor in <c>OTEL_{TRACES,METRICS,LOGS}_EXPORTER</c>, for the Functions app.</summary>
    internal const string AzureMonitor = "azuremonitor";

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly bool _isOff;

    /// <param name="hasHostTelemetry">The host exports log entries and requests to Application Insights itself: the Functions app.</param>
    /// <param name="scrape"><c>METRICS_ENDPOINT</c>; null if the host does not serve it.</param>
    public ExportSettings(IReadOnlyDictionary<string, string> settings, bool hasHostTelemetry, string? scrape)
    {
        _settings = settings;
        _isOff = string.Equals(Value("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        HasHostTelemetry = hasHostTelemetry;
        Scrape = _isOff ? null : scrape;
    }

    /// <summary>At least one exporter has to be loaded.</summary>
    public bool IsAsked => Scrape is not null || HasOtlp(Signal.Traces) || HasOtlp(Signal.Metrics) || HasOtlp(Signal.Logs) || HasAzureMonitor(Signal.Traces)
        || HasAzureMonitor(Signal.Metrics) || HasAzureMonitor(Signal.Logs);

    /// <summary><c>key</c> or <c>open</c>: who may read <c>/metrics</c>. Null: the route does not exist.</summary>
    public string? Scrape { get; }

    /// <summary>Mistakes in the settings of exporters, one sentence each. With mistakes, nothing is exported.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var problems = new List<string>();
            foreach (var signal in (Signal[])[Signal.Traces, Signal.Metrics, Signal.Logs])
            {
                if (!HasOtlp(signal)) continue;
                if (!Uri.TryCreate(Otlp(signal, "ENDPOINT"), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                    Add($"{OtlpPrefix}ENDPOINT must be a URL, as in http://localhost:4317.");
                if (Otlp(signal, "PROTOCOL") is { } protocol && protocol.ToLowerInvariant() is not ("grpc" or "http/protobuf"))
                    Add($"{OtlpPrefix}PROTOCOL must be grpc or http/protobuf.");
            }
            if ((HasAzureMonitor(Signal.Traces) || HasAzureMonitor(Signal.Metrics) || HasAzureMonitor(Signal.Logs)) && !IsConnectionString(Value(ConnectionString)!))
                Add($"{ConnectionString} must contain InstrumentationKey=, as the portal shows it.");
            return problems;

            void Add(string problem)
            {
                if (!problems.Contains(problem)) problems.Add(problem);
            }
        }
    }

    internal bool HasHostTelemetry { get; }

    internal enum Signal
    {
        Traces,
        Metrics,
        Logs,
    }

    /// <summary>An endpoint is set, and the signal is not turned off.</summary>
    internal bool HasOtlp(Signal signal) => !_isOff && Otlp(signal, "ENDPOINT") is not null && Exporters(signal) is var names && (names.Count == 0 || names.Contains("otlp"));

    /// <summary>
    /// A connection string is set. The Functions host already exports requests and log entries with it, so there a signal is sent to Azure Monitor
    /// only if its setting names it. Log entries that the worker exports are not passed to the host.
    /// </summary>
    internal bool HasAzureMonitor(Signal signal)
    {
        if (_isOff || Value(ConnectionString) is null) return false;
        var names = Exporters(signal);
        return names.Contains(AzureMonitor) || (!HasHostTelemetry && names.Count == 0);
    }

    /// <summary>The setting of one signal, or else of all signals.</summary>
    internal string? Otlp(Signal signal, string name) => Value($"{OtlpPrefix}{Name(signal)}_{name}") ?? Value(OtlpPrefix + name);

    /// <summary>The setting of one signal alone.</summary>
    internal string? OtlpOf(Signal signal, string name) => Value($"{OtlpPrefix}{Name(signal)}_{name}");

    /// <summary>A blank value counts as not set.</summary>
    internal string? Value(string name) => _settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>A whole number of at least 1.</summary>
    internal int Number(string name, int otherwise) => int.TryParse(Value(name), out var number) && number > 0 ? number : otherwise;

    private static bool IsConnectionString(string text)
    {
        foreach (var pair in text.Split(';'))
            if (pair.Split('=', 2) is [var name, var key] && name.Trim().Equals("InstrumentationKey", StringComparison.OrdinalIgnoreCase) && Guid.TryParse(key, out _)) return true;
        return false;
    }

    private List<string> Exporters(Signal signal)
    {
        var names = new List<string>();
        foreach (var name in (Value($"OTEL_{Name(signal)}_EXPORTER") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            names.Add(name.ToLowerInvariant());
        return names;
    }

    private static string Name(Signal signal) => signal switch { Signal.Traces => "TRACES", Signal.Metrics => "METRICS", _ => "LOGS" };
}
