using Nano.Telemetry;
using OpenTelemetry.Exporter;

namespace Nano.Export;

/// <summary>The settings of the OTLP exporter. Read here, since on a laptop they may be in files and not in the environment of the process.</summary>
internal static class OtlpOptions
{
    public static OtlpExporterOptions Of(ExportSettings settings, ExportSettings.Signal signal)
    {
        var options = new OtlpExporterOptions
        {
            Protocol = settings.Otlp(signal, "PROTOCOL")?.ToLowerInvariant() is "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc,
            TimeoutMilliseconds = int.TryParse(settings.Otlp(signal, "TIMEOUT"), out var timeout) && timeout > 0 ? timeout : 10_000,
            Headers = settings.Otlp(signal, "HEADERS"),
        };
        options.Endpoint = Endpoint(settings, signal, options.Protocol);
        return options;
    }

    /// <summary>The address of one signal is used unchanged; with HTTP, the address of all signals gets the signal's path appended.</summary>
    private static Uri Endpoint(ExportSettings settings, ExportSettings.Signal signal, OtlpExportProtocol protocol)
    {
        var address = settings.Otlp(signal, "ENDPOINT")!;
        if (settings.OtlpOf(signal, "ENDPOINT") is null && protocol == OtlpExportProtocol.HttpProtobuf)
            address = $"{address.TrimEnd('/')}/v1/{signal.ToString().ToLowerInvariant()}";
        return Uri.TryCreate(address, UriKind.Absolute, out var endpoint) ? endpoint : throw new InvalidOperationException($"{ExportSettings.OtlpPrefix}ENDPOINT is not a URL.");
    }
}
