using Microsoft.AspNetCore.Http;
using Nano.Access;
using Nano.Chat;
using Nano.Dialects;
using Nano.Json;
using Nano.Providers;
using Nano.Reasoning;
using Nano.Routing;
using Nano.Streaming;
using Nano.Telemetry;

namespace Nano.Upstream;

/// <summary>One chat request on its way through the gateway: what its steps know and hand on. Lives as long as the request.</summary>
internal sealed class ChatExchange(HttpContext context, IDialect frontDoor, string id, long startedAt, RequestClock clock, UsageRecord record) : IAsyncDisposable
{
    private RequestBody _body;
    private StateSeal? _seal;

    public HttpContext Context { get; } = context;

    /// <summary>The caller's dialect.</summary>
    public IDialect FrontDoor { get; } = frontDoor;

    /// <summary>24 lower-case letters and digits.</summary>
    public string Id { get; } = id;

    public required Caller Caller { get; init; }

    /// <summary>Counts the large buffers of this request together with those of all others; null where nothing limits them.</summary>
    public BufferBudget? Budget { get; init; }

    /// <summary>A timestamp of the time provider.</summary>
    public long StartedAt { get; } = startedAt;

    public RequestClock Clock { get; } = clock;

    public UsageRecord Record { get; } = record;

    public LossReport Losses { get; } = new();

    public ReadOnlyMemory<byte> Body => _body.Bytes;

    /// <summary>The body was not read, or not to its end.</summary>
    public bool HasNoBody { get; private set; } = true;

    public Envelope Envelope { get; set; }

    public Deployment? Deployment { get; private set; }

    /// <summary>The dialect in which this request reaches the deployment.</summary>
    public IUpstreamDialect? Dialect { get; private set; }

    /// <summary>How the provider's counts are meant.</summary>
    public UsageRules UsageRules => Deployment!.UsageOf(Dialect!);

    /// <summary>The provider's key; in this exchange only, never in a record.</summary>
    public string? Key { get; set; }

    /// <summary>A key that the provider refused before <see cref="Key"/> took its place: no more to be shown than that.</summary>
    public string? RefusedKey { get; set; }

    /// <summary>Seals and opens models' state where a request changes its dialect; null on the byte lane.</summary>
    public StateKey? StateKey { get; set; }

    /// <summary>The seal of the deployment and its dialect.</summary>
    public StateSeal Seal => _seal ??= StateKey!.Of(Deployment!.StateHome(Dialect!));

    /// <summary>The caller asked for usage in the stream.</summary>
    public bool StreamUsage { get; set; }

    /// <summary>Caller and provider speak the same dialect: bytes are passed on, but for the members that are the provider's quirks.</summary>
    public bool IsByteLane => FrontDoor.Name == Dialect!.Name;

    /// <summary>The caller's stream, once one is to be written.</summary>
    public CallerStream? Stream { get; set; }

    /// <summary>The request on its way upstream; its content borrows from <see cref="Body"/> or <see cref="Converted"/>.</summary>
    public SplicedContent? Upstream { get; set; }

    /// <summary>The provider's request body where it had to be written.</summary>
    public JsonOutput? Converted { get; private set; }

    /// <summary>Takes what was written in the place of what was written before.</summary>
    public ReadOnlyMemory<byte> Hold(JsonOutput written)
    {
        Converted?.Dispose();
        Converted = written;
        return written.Written;
    }

    public ResponseContext ResponseContext() => new()
    {
        FallbackId = Id,
        Model = Deployment!.Model,
        Created = Record.StartedAt.ToUnixTimeSeconds(),
        StreamUsage = StreamUsage,
        ReadsFunctionCall = Envelope.HasOnlyFunctions,
    };

    /// <summary>The request counts against its caller's rate, and it is not known yet whether it is one that counts.</summary>
    public bool IsCountedTentatively { get; set; }

    /// <summary>Once the envelope is known.</summary>
    public void GoTo(Deployment deployment)
    {
        Deployment = deployment;
        Dialect = deployment.DialectFor(new RequestNeeds(Envelope.HasTools, Envelope.Reasoning));
    }

    public void Own(RequestBody body) => (_body, HasNoBody) = (body, false);

    /// <summary>Once nothing reads from <see cref="Body"/> any more.</summary>
    public void ReturnBody() => _body.Return();

    /// <summary>
    /// The provider has answered: the request's buffers are not needed any more. Those that are still being sent from
    /// (an early answer, a caller who left) are left to the garbage collector.
    /// </summary>
    public void ReleaseRequest()
    {
        if (Upstream is { IsBeingSent: true })
        {
            _body.Abandon();
            Converted?.Abandon();
            Converted = null;
            return;
        }
        _body.Return();
        Upstream = null;
        Converted?.Dispose();
        Converted = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (Stream is not null) await Stream.DisposeAsync();
        Clock.Dispose();
        ReleaseRequest();
    }
}
