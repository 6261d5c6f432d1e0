using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Configuration;
using Nano.Dialects;
using Nano.Errors;
using Nano.Governance;
using Nano.Inbound;
using Nano.Json;
using Nano.Pipeline;
using Nano.Pipeline.Embeddings;
using Nano.Providers;
using Nano.Providers.Catalogue;
using Nano.Routing;
using Nano.Secrets;
using Nano.Telemetry;
using Nano.Tests.Routing;
using Nano.Upstream;

namespace Nano.Tests.Pipeline;

/// <summary>Runs the dispatcher over a route plan of scripted providers, with a caller of any inbound API, without sockets.</summary>
internal sealed class AttemptHarness : IAsyncDisposable
{
    private static readonly GatewayOptions Options = new() { MaxResponseBytes = 1024 * 1024 };
    private static readonly SettingsSecretSource NoSecrets = new(new Dictionary<string, string>());

    private readonly Heartbeat _heartbeat;
    private readonly MemoryStream _sent = new();

    public AttemptHarness(FakeTimeProvider? time = null) => _heartbeat = new Heartbeat(Time = time ?? new());

    public FakeTimeProvider Time { get; }

    public DefaultHttpContext Context { get; } = new();

    public UsageRecord? Record { get; private set; }

    public IResponseObserver? Observer { get; init; }

    public Caller Caller { get; init; } = Caller.Owner;

    public Governor? Governor { get; init; }

    /// <summary>The bytes sent to the caller.</summary>
    public string Sent => Encoding.UTF8.GetString(_sent.ToArray());

    /// <summary>One deployment of a separate provider.</summary>
    /// <param name="secrets">The source of its key; null if it needs none.</param>
    public static Deployment Deploy(string provider, IUpstreamDialect dialect, HttpMessageHandler transport, string model = "m", ISecretSource? secrets = null)
    {
        var made = FakeProvider.Create(provider) with
        {
            KeySettings = secrets is null ? [] : ["KEY"],
            Dialects = [new(dialect, (baseUrl, _, stream) => new Uri(baseUrl + (stream ? "/stream" : "/whole")))],
            Credentials = NoCredential.Instance,
            Transport = new HttpMessageInvoker(transport),
        };
        return new Deployment(made, model, ModelCatalogue.Embedded, "http://" + provider + ".test", secrets ?? NoSecrets);
    }

    /// <summary>The error that was not yet sent to the caller; null if there is a response.</summary>
    public async Task<GatewayError?> RunAsync(IInboundApi api, string body, RoutePlan plan, params (string Name, string Value)[] headers)
    {
        Context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        Context.Response.Body = _sent;
        foreach (var (name, value) in headers) Context.Request.Headers[name] = value;
        RequestId.Assign(Context);
        Record = new UsageRecord { RequestId = RequestId.Of(Context), Dialect = api.Dialect.Name, Caller = "owner", StartedAt = Time.GetUtcNow() };
        var responses = new ResponseRelay(Options, new StreamRelay(Options, Time));
        var services = new ResponseServices(
            new GatewayKey(Options, NoSecrets), _heartbeat, new BufferBudget(long.MaxValue), Options.KeepAlive, Options.StreamIdleTimeout, Options.MaxResponseBytes,
            responses.RelayAsync, new EmbeddingRelay(Options, responses).RunAsync, Governor);
        await using var exchange = new Exchange(Context, api, "", Operation.Chat, Caller, Record, Time.GetTimestamp(), services);
        if (Observer is not null) exchange.Observe(Observer);
        var (read, unread) = await RequestBody.ReadAsync(Context, int.MaxValue, exchange.Clock);
        unread.ShouldBeNull();
        exchange.Own(read);
        if (exchange.ReadEnvelope() is { } malformed) return malformed;
        using var client = new UpstreamClient(Options);
        return await new Dispatcher(client, new AttemptLimits(Options.FirstTokenTimeout, Options.RequestTimeout), Time, Random.Shared).RunAsync(exchange, plan);
    }

    public ValueTask DisposeAsync()
    {
        _heartbeat.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Returns a scripted response, and keeps the request bodies.</summary>
internal sealed class ScriptedTransport(HttpStatusCode status, string contentType, params string[] pieces) : HttpMessageHandler
{
    public List<string> Bodies { get; } = [];

    /// <summary>Refuses connections.</summary>
    public static ScriptedTransport Down => new(0, "");

    public static ScriptedTransport Json(string body, int status = 200) => new((HttpStatusCode)status, "application/json", body);

    public static ScriptedTransport Events(params string[] events) => new(HttpStatusCode.OK, "text/event-stream", string.Concat(events.Select(data => $"data: {data}\n\n")));

    /// <summary>The same, with one event per read.</summary>
    public static ScriptedTransport EventsApart(params string[] events) => new(HttpStatusCode.OK, "text/event-stream", [.. events.Select(data => $"data: {data}\n\n")]);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (status == 0) throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
        var content = new StreamContent(new PieceStream(pieces));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return new HttpResponseMessage(status) { Content = content };
    }

    /// <summary>One piece per read; a read without a buffer consumes nothing.</summary>
    private sealed class PieceStream(string[] pieces) : MemoryStream
    {
        private int _next;
        private byte[] _rest = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty) return new(0);
            if (_rest.Length == 0 && _next < pieces.Length) _rest = Encoding.UTF8.GetBytes(pieces[_next++]);
            var count = Math.Min(buffer.Length, _rest.Length);
            _rest.AsSpan(0, count).CopyTo(buffer.Span);
            _rest = _rest[count..];
            return new(count);
        }
    }
}
