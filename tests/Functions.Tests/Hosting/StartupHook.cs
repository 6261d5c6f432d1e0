using System.Diagnostics.Metrics;

/// <summary>
/// Run by the runtime inside a worker that a test starts with DOTNET_STARTUP_HOOKS: it makes every request to a provider
/// (found by its port, because the worker also calls its host) fail in an unforeseen way, with a listener to .NET's own metrics
/// that throws. The runtime requires this name and place.
/// </summary>
internal static class StartupHook
{
    public const string PortSetting = "TEST_FAULT_PORT";

    private static readonly string? Port = Environment.GetEnvironmentVariable(PortSetting);
    private static readonly MeterListener Listener = new();

    public static void Initialize()
    {
        Listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "System.Net.Http" && instrument.Name == "http.client.active_requests") listener.EnableMeasurementEvents(instrument);
        };
        Listener.SetMeasurementEventCallback<long>(static (_, _, tags, _) =>
        {
            foreach (var (name, value) in tags)
                if (name == "server.port" && value?.ToString() == Port) throw new InvalidOperationException("a fault that nobody foresaw");
        });
        Listener.Start();
    }
}
