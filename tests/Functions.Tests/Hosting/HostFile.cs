using System.Text.Json;

namespace Nano.Functions.Tests.Hosting;

/// <summary>What a host takes from the host.json beside the worker.</summary>
internal static class HostFile
{
    public static string RoutePrefix(string folder)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "host.json")));
        return file.RootElement.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString()!;
    }
}
