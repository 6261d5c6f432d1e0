using System.Diagnostics.Tracing;

/// <summary>
/// Runs inside a gateway that <c>ColdStartTests</c> starts, before its <c>Main</c> (the runtime looks for a class of this name and
/// without a namespace in the assemblies of <c>DOTNET_STARTUP_HOOKS</c>), and records what the process loads: one line each for
/// an assembly that is loaded and for a connection or a name that is looked up. It uses only the runtime.
/// </summary>
internal static class StartupHook
{
    public const string FileVariable = "NANO_TEST_START_LOG";

    private static readonly Lock Lock = new();
    private static NetworkListener? _listener;

    public static void Initialize()
    {
        var file = Environment.GetEnvironmentVariable(FileVariable)!;
        AppDomain.CurrentDomain.AssemblyLoad += (_, load) => Write(file, "assembly " + load.LoadedAssembly.GetName().Name);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies()) Write(file, "assembly " + assembly.GetName().Name);
        _listener = new NetworkListener(line => Write(file, line));
    }

    private static void Write(string file, string line)
    {
        lock (Lock) File.AppendAllText(file, line + "\n");
    }

    private sealed class NetworkListener(Action<string> write) : EventListener
    {
        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "System.Net.Sockets" or "System.Net.NameResolution") EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName is "ConnectStart" or "ResolutionStart") write($"network {eventData.EventName}");
        }
    }
}
