using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Chat;
using Nano.Dialects;
using Nano.Errors;
using Nano.Json;
using Nano.Providers;
using Nano.Routing;
using Nano.Telemetry;
using Nano.Upstream;

namespace Nano.Pipeline;

/// <summary>One caller's request and its response: caller, body, clock and record, and the attempts to serve it. It lives as long as the request.</summary>
internal sealed class Exchange : DispatchRequest, IAsyncDisposable
{
    private readonly string _parameter;
    private readonly ResponseServices _services;
    private RequestBody _body;
    private readonly GovernedAttempts? _governed;
    private Attempt? _attempt;
    private bool _isKeptAlive;

    /// <param name="parameter">The parameter of the path, decoded; empty when the route has none.</param>
    /// <param name="startedAt">A timestamp of the time provider.</param>
    public Exchange(HttpContext context, ICallerFormat format, string parameter, Operation operation, Caller caller, UsageRecord record, long startedAt, ResponseServices services)
        : base(format.Dialect, new RequestClock(services.Heartbeat, context.RequestAborted, context.Abort) { CallerLimit = services.CallerLimit })
    {
        _parameter = parameter;
        Operation = operation;
        _services = services;
        Context = context;
        Format = format;
        Caller = caller;
        Record = record;
        StartedAt = startedAt;
        Budget = services.Budget;
        // Counting tokens is free.
        if (caller.Policy is { } policy && services.Governor is { } governor && operation != Operation.TokenCount)
            _governed = new GovernedAttempts(this, policy, governor, services.Heartbeat);
    }

    public HttpContext Context { get; }

    public ICallerFormat Format { get; }

    public Caller Caller { get; }

    public UsageRecord Record { get; }

    /// <summary>A timestamp of the time provider.</summary>
    public long StartedAt { get; }

    public override string Api => Format.Name;

    public override ReadOnlyMemory<byte> Body => _body.Bytes;

    /// <summary>Null when nothing listens to spans.</summary>
    public ExchangeSpan? Span { get; init; }

    /// <summary>A timestamp of <see cref="Time"/>: the caller's last byte. 0 before that.</summary>
    public long BodyReadAt { get; set; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The relay must measure the time that it spends on events.</summary>
    public bool MeasuresEvents => _services.Telemetry is { Metrics.MeasuresEvents: true };

    /// <summary>The caller has a policy: what it uses is charged.</summary>
    public bool IsGoverned => _governed is not null;

    /// <summary>The body was not read, or not to its end.</summary>
    public bool IsBodyUnread { get; private set; } = true;

    /// <summary>The request was counted in its caller's rate, and it may still turn out to be one that does not count.</summary>
    public bool IsCountedTentatively { get; set; }

    /// <summary>The caller's stream, once one is to be written.</summary>
    public CallerStream? Stream { get; private set; }

    /// <summary>The caller's whole response, if the caller wants its connection kept alive until then.</summary>
    public CallerBody? Whole { get; private set; }

    /// <summary>One of the two; null for a whole response without keep-alives.</summary>
    public CallerResponse? Response => Stream ?? (CallerResponse?)Whole;

    /// <summary>Null when nothing observes the response.</summary>
    public IResponseObserver? Observer { get; private set; }

    /// <summary>The attempt whose response the caller gets: the committed one, or the latest; null before the first.</summary>
    public Attempt? Attempt => _attempt;

    /// <summary>The headers name the deployment: not if a keep-alive was sent before an attempt committed.</summary>
    public bool HasSentDeployment { get; private set; }

    /// <summary>Whether the caller has been sent a status and headers.</summary>
    public bool HasResponseStarted => Context.Response.HasStarted;

    /// <summary>Adds an observer, before anything is sent.</summary>
    public void Observe(IResponseObserver observer) => Observer = Observer is { } first ? new ObserverPair(first, observer) : observer;

    public void Own(RequestBody body) => (_body, IsBodyUnread) = (body, false);

    /// <summary>Reads <c>x-nano-strict</c>, <c>x-nano-keep-alive</c> and the envelope of the body.</summary>
    public GatewayError? ReadEnvelope()
    {
        if (HeaderSwitch.Read(Context.Request.Headers, "x-nano-strict", out var isStrict) is { } notStrict) return notStrict;
        if (HeaderSwitch.Read(Context.Request.Headers, CallerBody.Header, out _isKeptAlive) is { } notKept) return notKept;
        IsStrict = isStrict;
        Envelope = Format.CreateEnvelope(_parameter);
        if (Envelope.Read(Body) is { } malformed) return malformed;
        Record.Stream = IsStream;
        return null;
    }

    /// <summary>Replaces the caller's body, before the first attempt.</summary>
    /// <param name="write">Writes the new body from the current one.</param>
    public GatewayError? RewriteBody(Func<ReadOnlyMemory<byte>, JsonOutput> write)
    {
        RequestBody rewritten;
        using (var output = write(Body)) rewritten = RequestBody.Of(output.WrittenSpan, Budget);
        _body.Return();
        _body = rewritten;
        return ReadEnvelope();
    }

    public override GatewayError? TryReadEnvelope(ReadOnlyMemory<byte> body, out Envelope envelope)
    {
        envelope = Format.CreateEnvelope(_parameter);
        return envelope.Read(body);
    }

    public override string? Header(string name) => Context.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    public override IEnumerable<(string Name, string Value)> HeadersFrom(string prefix)
    {
        foreach (var (name, value) in Context.Request.Headers)
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) yield return (name, value.ToString());
    }

    public override bool HasQuery(string pair) => Context.Request.QueryString.Value is { Length: > 1 } query && query[1..].Split('&').Contains(pair, StringComparer.Ordinal);

    public override async ValueTask<GatewayError?> ReadStateKeyAsync()
    {
        if (StateKey is not null) return null;
        var reading = await _services.GatewayKey.ReadAsync(Clock.Token);
        StateKey = reading.Key?.ReasoningState;
        return reading.Error;
    }

    public override IReadOnlyList<AttemptRecord> Attempts => Record.Attempts;

    public override void Begin(Attempt attempt)
    {
        _attempt = attempt;
        _governed?.Begin();
        attempt.Record.Kind = Record.Attempts.Count == 0 ? AttemptKind.First : attempt.Beside is null ? AttemptKind.Retry : AttemptKind.Hedge;
        Record.Attempts.Add(attempt.Record);
        if (Span is not null) BeginSpan(attempt);
        if (IsStream) BeginStream();
        else if (_isKeptAlive && Operation != Operation.TokenCount) Whole ??= new CallerBody(this, _services.Heartbeat, _services.KeepAlive);
        // The last attempt is the only one that can commit, so its losses may be sent with an early keep-alive.
        if (Response is { } response) response.Losses = attempt.IsLast ? attempt.Losses : null;
    }

    public override void NoteSkipped(IReadOnlyList<SkippedStep> steps) => Record.Skipped = [.. steps.Select(step => new SkippedTarget(step.Step.Deployment.Label, step.Reason))];

    public override ValueTask<GatewayError?> ReserveAsync(Attempt attempt) => _governed?.ReserveAsync(attempt) ?? default;

    public override void Sending(Attempt attempt)
    {
        if (Record.Overhead is null && BodyReadAt != 0) Record.Overhead = Time.GetElapsedTime(BodyReadAt).TotalMilliseconds;
    }

    public override void Responded(Attempt attempt) => _governed?.NoteResponse(attempt);

    public override string? TraceParentOf(Attempt attempt) => attempt.Span is { } span ? TraceParent.Of(span) : null;

    public override ValueTask CloseAsync(Attempt attempt)
    {
        if (attempt.Span is { } span) Span!.EndAttempt(span, attempt.Record, Record, IsStream, Clock.EndedBy);
        return _governed?.CloseAsync(attempt) ?? default;
    }

    /// <summary>Charges a complete response before its last bytes are sent.</summary>
    /// <param name="isDrained">It was read to its end after its caller had left.</param>
    /// <returns>The cost in USD; null when it is not known, or the caller has no policy.</returns>
    public ValueTask<string?> SettleAsync(Attempt attempt, bool isDrained = false) => _governed?.SettleAsync(attempt, isDrained) ?? default;

    /// <summary>Books a response from the cache, for callers with a policy. Returns an error if the caller may not have it.</summary>
    public ValueTask<GatewayError?> BookFreeAsync(string provider, string model, Usage? usage) => _governed?.BookFreeAsync(provider, model, usage) ?? default;

    /// <summary>The caller's stream, also for a response that does not belong to an attempt.</summary>
    public CallerStream BeginStream()
    {
        if (Stream is null) _services.Telemetry?.Metrics.StreamOpened();
        return Stream ??= new CallerStream(this, _services.Heartbeat, _services.KeepAlive);
    }

    public override void Wait() => Response?.Pause();

    public override ValueTask ResumeAsync() => Response?.ResumeAsync() ?? default;

    public override void ReleaseBody(bool isBeingSent)
    {
        if (isBeingSent) _body.Abandon();
        else _body.Return();
    }

    public override ValueTask<GatewayError?> AwaitContentAsync(Attempt attempt, HttpResponseMessage response) =>
        FirstContent.AwaitAsync(this, attempt, response, _services.MaxResponseBytes);

    public override ValueTask<GatewayError?> RelayAsync(Attempt attempt, HttpResponseMessage response)
    {
        // Of concurrent attempts, the one that began last is not always the one whose response the caller gets.
        _attempt = attempt;
        if (attempt.IsPassthrough && attempt.Provider.ReturnedHeaders is { Count: > 0 } returned) ReturnedHeaders.Copy(returned, response, Context.Response);
        return _services.Relay(this, attempt, response);
    }

    public override ValueTask<GatewayError?> EmbedAsync(Attempt attempt, Dispatcher dispatcher) => _services.Embed(this, attempt, dispatcher);

    public override bool HasCallerLeft(Exception exception) =>
        exception is OperationCanceledException or IOException or ConnectionAbortedException or ObjectDisposedException && Clock.CallerGone.IsCancellationRequested
        || exception is ConnectionResetException;

    /// <summary>The attempt's response is about to be sent to the caller.</summary>
    public void Commit(Attempt attempt)
    {
        if (attempt.IsCommitted) return;
        attempt.Commit();
        if (Response is { } response) response.Losses = attempt.Losses;
        WriteHeaders();
        // The last attempt has returned the body already. A concurrent attempt may still send from it.
        if (!attempt.IsLast) ReleaseBody(isBeingSent: attempt.Cancellation is not null || attempt.Content is { IsBeingSent: true });
    }

    /// <summary>Names the deployment of the response and the number of the attempt; for an error, the last one. Does nothing once the response has started.</summary>
    public void WriteHeaders()
    {
        if (HasResponseStarted) return;
        var headers = Context.Response.Headers;
        if (_attempt is not { } attempt)
        {
            headers["x-nano-attempts"] = "0";
            return;
        }
        headers["x-nano-deployment"] = attempt.Deployment.Name;
        headers["x-nano-attempts"] = Record.Attempts.Count is var count && count == 1 ? "1" : count.ToString(CultureInfo.InvariantCulture);
        HasSentDeployment = true;
    }

    public ResponseContext ResponseContext(Attempt attempt) => new()
    {
        FallbackId = Record.RequestId,
        Model = attempt.Deployment.Model,
        Created = Record.StartedAt.ToUnixTimeSeconds(),
        InputEstimate = attempt.InputEstimate,
        StreamUsage = Envelope.WantsStreamUsage,
        ReadsFunctionCall = Envelope.ReadsFunctionCall,
        Memo = attempt.Memo,
    };

    /// <summary>Names the attempt's deployment in the id of its response; null if the caller does not ask for a stored response.</summary>
    public StoredIds? StoredIds(Attempt attempt) => Envelope.KeepsResponse && StateKey is { } key ? new StoredIds(key, attempt.Deployment.Keeper, _governed?.RowOf(attempt)) : null;

    /// <summary>The progress of the caller's stream and the id of its response, for the event that ends it in failure.</summary>
    public StreamPlace StreamPlace => Stream!.Place with
    {
        FallbackId = Record.RequestId,
        Model = Stream.Place.Model ?? _attempt?.Deployment.Model ?? Envelope.Model.ToString(),
        Created = Record.StartedAt.ToUnixTimeSeconds(),
    };

    /// <summary>Returns the buffers of the request. Buffers that are still being sent from are left to the garbage collector.</summary>
    public void Release() => ReleaseBody(isBeingSent: _attempt is { Cancellation: not null } or { Content.IsBeingSent: true });

    public async ValueTask DisposeAsync()
    {
        _governed?.Dispose();
        if (Stream is not null)
        {
            await Stream.DisposeAsync();
            _services.Telemetry?.Metrics.StreamClosed();
        }
        if (Whole is not null) await Whole.DisposeAsync();
        Clock.Dispose();
        Release();
    }

    private void BeginSpan(Attempt attempt)
    {
        // By the exchange's own clock: by the system's clock, which can be set, a first token could be earlier than its attempt.
        attempt.Record.StartedAt = Record.StartedAt + Time.GetElapsedTime(StartedAt);
        var address = attempt.Provider.Transport is null && Uri.TryCreate(attempt.Deployment.BaseUrl, UriKind.Absolute, out var known) ? known : null;
        attempt.Span = Span!.BeginAttempt(attempt.Record, Record.Operation, address, attempt.Beside?.Span);
    }
}
