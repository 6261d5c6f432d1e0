using Nano.Telemetry;
using OpenTelemetry.Resources;

namespace Nano.Export;

/// <summary>The description of this process in telemetry: <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c>.</summary>
internal static class ServiceResource
{
    private const string DefaultName = "nano";

    public static void Describe(ResourceBuilder resource, ExportSettings settings)
    {
        var attributes = Attributes(settings.Value("OTEL_RESOURCE_ATTRIBUTES") ?? "");
        var name = settings.Value("OTEL_SERVICE_NAME") ?? (attributes.Find(pair => pair.Key == "service.name").Value as string) ?? DefaultName;
        attributes.RemoveAll(pair => pair.Key == "service.name");
        resource.AddService(name, serviceVersion: typeof(ServiceResource).Assembly.GetName().Version?.ToString(3)).AddAttributes(attributes);
    }

    /// <summary>Invalid pairs are left out. Values are percent-encoded.</summary>
    private static List<KeyValuePair<string, object>> Attributes(string text)
    {
        var attributes = new List<KeyValuePair<string, object>>();
        foreach (var pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals > 0) attributes.Add(new(pair[..equals].Trim(), Uri.UnescapeDataString(pair[(equals + 1)..].Trim())));
        }
        return attributes;
    }
}
