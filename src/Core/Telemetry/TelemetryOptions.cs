namespace Nano.Telemetry;

/// <summary>What telemetry contains, from the standard settings of OpenTelemetry. The hosts decide how it is exported.</summary>
/// <param name="HasFormerNames">The names of the GenAI conventions up to 1.36 are written beside the current ones (<c>gen_ai/dup</c>).</param>
/// <param name="CapturesContent">Spans contain the messages of requests and responses, cut short.</param>
internal sealed record TelemetryOptions(bool HasFormerNames, bool CapturesContent)
{
    /// <summary>Values separated by commas; unknown ones belong to other conventions and are ignored.</summary>
    public const string StabilityOptIn = "OTEL_SEMCONV_STABILITY_OPT_IN";

    public const string CaptureContent = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

    /// <summary>The current names, and no content.</summary>
    public static TelemetryOptions Default { get; } = new(false, false);

    public static TelemetryOptions Read(IReadOnlyDictionary<string, string> settings)
    {
        var former = false;
        if (settings.TryGetValue(StabilityOptIn, out var names))
            foreach (var name in names.Split(',')) former |= name.AsSpan().Trim().Equals("gen_ai/dup", StringComparison.OrdinalIgnoreCase);
        // EVENT_ONLY asks for log events, which the gateway does not write.
        var content = settings.TryGetValue(CaptureContent, out var value) && value.Trim().ToUpperInvariant() is "TRUE" or "SPAN_ONLY" or "SPAN_AND_EVENT";
        return former || content ? new TelemetryOptions(former, content) : Default;
    }
}
