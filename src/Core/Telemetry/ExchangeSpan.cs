using System.Diagnostics;
using System.Globalization;
using Nano.Chat;
using Nano.Errors;

namespace Nano.Telemetry;

/// <summary>
/// The spans of one exchange: a server span for the caller's request, and a client span for each attempt, with the names of the OpenTelemetry
/// semantic conventions for generative AI. Tokens are on client spans only, so that a sum over all spans counts them once. Without a listener, no
/// span is created. No span contains a prompt, a response, a key or a URL, unless the operator asks for messages (<see cref="TelemetryOptions"/>).
/// </summary>
internal sealed class ExchangeSpan
{
    public const string SourceName = "Nano.Gateway";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly TelemetryOptions _options;
    private readonly Activity _server;
    private readonly Activity? _outer;

    private ExchangeSpan(TelemetryOptions options, Activity server, Activity? outer) => (_options, _server, _outer) = (options, server, outer);

    /// <summary>Something listens to spans.</summary>
    public static bool IsWanted => Source.HasListeners();

    /// <summary>The paths of some APIs contain names of models: they are left out, so that there are few routes. Empty when nothing listens to spans.</summary>
    /// <param name="parameter">The parameter of the path, decoded; empty when the route has none.</param>
    public static string RouteOf(string? path, string parameter)
    {
        if (!IsWanted) return "";
        var text = path ?? "";
        if (text.IndexOf("/models/", StringComparison.Ordinal) is not (> 0 and var at)) return text;
        // The method that Gemini's paths append to a model is part of the route.
        var method = parameter.LastIndexOf(':') is > 0 and var colon ? parameter[colon..] : "";
        return string.Concat(text.AsSpan(0, at), "/models/{model}", method);
    }

    /// <summary>Null when nothing listens to the gateway's spans, or the listener does not want this one.</summary>
    /// <param name="route">The path with names of models left out.</param>
    /// <param name="traceparent">The caller's, whose trace is continued; one that is not valid begins a new trace.</param>
    public static ExchangeSpan? Begin(TelemetryOptions options, string method, string route, string? traceparent, string? tracestate)
    {
        if (!Source.HasListeners()) return null;
        ActivityContext.TryParse(traceparent, tracestate, isRemote: true, out var parent);
        // The host may have its own activity, which is not exported and must not become the parent.
        var outer = Activity.Current;
        Activity.Current = null;
        var server = Source.StartActivity($"{method} {route}", ActivityKind.Server, parent);
        if (server is null)
        {
            Activity.Current = outer;
            return null;
        }
        if (server.IsAllDataRequested)
        {
            server.SetTag("http.request.method", method);
            server.SetTag("http.route", route);
        }
        return new ExchangeSpan(options, server, outer);
    }

    /// <summary>32 hexadecimal digits.</summary>
    public string TraceId => _server.TraceId.ToHexString();

    /// <summary>The messages of request and response are recorded.</summary>
    public bool CapturesContent => _options.CapturesContent && _server.IsAllDataRequested;

    /// <summary>Null when the listener does not sample it.</summary>
    /// <param name="address">The target of the request; null for a built-in model.</param>
    /// <param name="beside">The span of the attempt that this one hedges.</param>
    public Activity? BeginAttempt(AttemptRecord record, string operation, Uri? address, Activity? beside)
    {
        ActivityLink[]? links = beside is null ? null : [new ActivityLink(beside.Context, new ActivityTagsCollection { ["nano.link.kind"] = "hedge_of" })];
        // Attempts run concurrently: each is a child of the server span, whichever ran last.
        var span = Source.StartActivity($"{operation} {record.Model}", address is null ? ActivityKind.Internal : ActivityKind.Client, _server.Context, links: links);
        Activity.Current = _server;
        if (span is not { IsAllDataRequested: true }) return span;
        span.SetTag("gen_ai.operation.name", operation);
        span.SetTag("gen_ai.provider.name", record.ProviderName);
        if (_options.HasFormerNames) span.SetTag("gen_ai.system", record.ProviderName);
        span.SetTag("gen_ai.request.model", record.Model);
        span.SetTag("nano.provider", record.Provider);
        span.SetTag("nano.attempt.kind", AttemptKinds.Name(record.Kind));
        if (address is null) return span;
        span.SetTag("server.address", address.IdnHost);
        span.SetTag("server.port", address.Port);
        return span;
    }

    /// <summary>Once for each attempt that has a span.</summary>
    /// <param name="isStream">The caller wants a stream.</param>
    /// <param name="endedBy">The code of what ended the request if that was not the attempt: its caller or a stop; null for neither.</param>
    public void EndAttempt(Activity span, AttemptRecord record, UsageRecord exchange, bool isStream, string? endedBy)
    {
        if (span.IsAllDataRequested)
        {
            if (isStream) span.SetTag("gen_ai.request.stream", true);
            Tag(span, "gen_ai.response.model", record.ResponseModel);
            Tag(span, "nano.upstream.dialect", record.Dialect);
            span.SetTag("nano.attempt.sends", record.Sends);
            span.SetTag("nano.attempt.committed", record.IsCommitted);
            if (record.Finish != FinishReason.None) span.SetTag("gen_ai.response.finish_reasons", FinishReasons(record));
            if (record.Usage is { } usage) Tokens(span, usage);
            if (isStream && record.IsCommitted && exchange.TimeToFirstToken is { } first) FirstToken(span, exchange.StartedAt.AddMilliseconds(first), record);
            var error = record.Error is null ? record.Finish == FinishReason.None ? endedBy : null : TelemetryWords.Error(record.ErrorKind, record.Error);
            if (error is not null)
            {
                span.SetTag("error.type", error);
                // The loser of a race, and an attempt that the caller gave up, are not failures of the provider.
                if (record.ErrorKind is not null) span.SetStatus(ActivityStatusCode.Error);
            }
        }
        End(span);
    }

    /// <summary>Called after the usage record was written, so that its log entry is part of the trace.</summary>
    public void End(UsageRecord record)
    {
        if (_server.IsAllDataRequested)
        {
            _server.SetTag("http.response.status_code", record.Status);
            _server.SetTag("gen_ai.operation.name", record.Operation);
            Tag(_server, "nano.alias", record.Alias);
            Tag(_server, "nano.deployment", record.Provider is null ? null : $"{record.Provider}/{record.Model}");
            _server.SetTag("nano.request.id", record.RequestId);
            _server.SetTag("nano.dialect", record.Dialect);
            _server.SetTag("nano.attempts", record.Attempts.Count);
            Tag(_server, "nano.cache", record.Cache);
            _server.SetTag("nano.outcome", GatewayErrorKinds.Snake(record.Outcome.ToString()));
            if (record.Cost is { } cost) _server.SetTag("nano.cost.usd", (double)cost);
            Tag(_server, "nano.loss", record.Losses is { Length: > UsageRecord.MaxWord } losses ? losses[..UsageRecord.MaxWord] : record.Losses);
            if (record.Overhead is { } overhead) _server.SetTag("nano.overhead", overhead / 1000);
            if (record.Stream && record.TimeToFirstToken is { } first) _server.AddEvent(new ActivityEvent("nano.first_token", record.StartedAt.AddMilliseconds(first)));
            if (record.Outcome is not (RequestOutcome.Ok or RequestOutcome.Open))
            {
                _server.SetTag("error.type", TelemetryWords.Error(record));
                // As in the HTTP conventions: a refused request is not an error of the server.
                if (record.Status >= 500 || record.Outcome == RequestOutcome.Broken) _server.SetStatus(ActivityStatusCode.Error);
            }
        }
        _server.Stop();
        Activity.Current = _outer is { IsStopped: false } ? _outer : null;
    }

    /// <summary>The messages of the request, if the operator has asked for them.</summary>
    public void SetInput(string messages) => _server.SetTag("gen_ai.input.messages", messages);

    /// <summary>The messages of the response, like <see cref="SetInput"/>.</summary>
    public void SetOutput(string messages) => _server.SetTag("gen_ai.output.messages", messages);

    /// <summary>One for each choice that has ended.</summary>
    private static string[] FinishReasons(AttemptRecord record) =>
        [.. (record.Finishes ?? [record.Finish]).Where(static reason => reason != FinishReason.None).Select(static reason => GatewayErrorKinds.Snake(reason.ToString()))];

    private void Tokens(Activity span, Usage usage)
    {
        Tag(span, "gen_ai.usage.input_tokens", usage.InputTokens);
        Tag(span, "gen_ai.usage.output_tokens", usage.OutputTokens);
        Tag(span, "gen_ai.usage.cache_read.input_tokens", usage.CacheReadTokens);
        Tag(span, "gen_ai.usage.cache_write.input_tokens", usage.CacheWriteTokens);
        if (_options.HasFormerNames) Tag(span, "gen_ai.usage.cache_creation.input_tokens", usage.CacheWriteTokens);
        Tag(span, "gen_ai.usage.reasoning.output_tokens", usage.ReasoningTokens);
    }

    private static void FirstToken(Activity span, DateTimeOffset at, AttemptRecord record)
    {
        span.AddEvent(new ActivityEvent("nano.first_token", at));
        if (record.StartedAt != default && at >= record.StartedAt) span.SetTag("gen_ai.response.time_to_first_chunk", (at - record.StartedAt).TotalSeconds);
    }

    private static void Tag(Activity span, string name, string? value)
    {
        if (value is not null) span.SetTag(name, value);
    }

    private static void Tag(Activity span, string name, long? value)
    {
        if (value is { } number) span.SetTag(name, number);
    }

    /// <summary>Ending a span would make its parent the current one, which may belong to another attempt that runs concurrently.</summary>
    private static void End(Activity span)
    {
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }
}

/// <summary>The header that continues a span (<c>https://www.w3.org/TR/trace-context/</c>).</summary>
internal static class TraceParent
{
    public const string Header = "traceparent", StateHeader = "tracestate";

    public static string Of(Activity span) =>
        string.Create(CultureInfo.InvariantCulture, $"00-{span.TraceId.ToHexString()}-{span.SpanId.ToHexString()}-{(span.Recorded ? "01" : "00")}");
}
