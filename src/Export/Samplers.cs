using System.Globalization;
using Nano.Telemetry;
using OpenTelemetry.Trace;

namespace Nano.Export;

/// <summary>The sampler of <c>OTEL_TRACES_SAMPLER</c> and <c>OTEL_TRACES_SAMPLER_ARG</c>.</summary>
internal static class Samplers
{
    /// <summary>By default, and for an unknown name, every trace that the caller has not excluded.</summary>
    public static Sampler Of(ExportSettings settings)
    {
        var name = settings.Value("OTEL_TRACES_SAMPLER")?.ToLowerInvariant() ?? "parentbased_always_on";
        const string parentBased = "parentbased_";
        return name.StartsWith(parentBased, StringComparison.Ordinal) ? new ParentBasedSampler(Root(name[parentBased.Length..], settings))
            : Root(name, settings, isParentBased: name is not ("always_on" or "always_off" or "traceidratio"));
    }

    private static Sampler Root(string name, ExportSettings settings, bool isParentBased = false)
    {
        Sampler root = name switch
        {
            "always_off" => new AlwaysOffSampler(),
            "traceidratio" => new TraceIdRatioBasedSampler(Ratio(settings)),
            _ => new AlwaysOnSampler(),
        };
        return isParentBased ? new ParentBasedSampler(root) : root;
    }

    private static double Ratio(ExportSettings settings) =>
        double.TryParse(settings.Value("OTEL_TRACES_SAMPLER_ARG"), NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? ratio : 1;
}
