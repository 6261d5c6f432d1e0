using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nano.Testing.Upstream;

/// <summary>
/// A provider over real sockets that sends what a test scripted, request by request, and records its requests.
/// A request without a script gets a 599 and is kept in <see cref="Unexpected"/>, which a fixture checks to be empty.
/// </summary>
public sealed class FakeUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<UpstreamScript> _scripts = new();
    private readonly ConcurrentQueue<UpstreamRequest> _requests = new();
    private readonly ConcurrentQueue<UpstreamRequest> _listRequests = new();
    private readonly ConcurrentQueue<UpstreamRequest> _unexpected = new();

    private FakeUpstream(WebApplication app) => _app = app;

    /// <summary>
    /// The response to a list of models (<c>GET .../models</c>), whenever it is requested; such requests use no script and
    /// are in <see cref="ListRequests"/> only. Null: they are requests like others.
    /// </summary>
    public Func<UpstreamRequest, UpstreamScript>? Lists { get; set; } = _ => UpstreamScript.Json("""{"data":[],"models":[]}""");

    /// <summary>All requests for lists since the last <see cref="Clear"/>, in order of arrival.</summary>
    public IReadOnlyList<UpstreamRequest> ListRequests => [.. _listRequests];

    /// <summary>Without a trailing slash.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>Responds to requests without a script; a null response makes the request unexpected.</summary>
    public Func<UpstreamRequest, UpstreamScript?>? Responder { get; set; }

    /// <summary>All requests since the last <see cref="Clear"/>, in order of arrival.</summary>
    public IReadOnlyList<UpstreamRequest> Requests => [.. _requests];

    /// <summary>The only request since the last <see cref="Clear"/>.</summary>
    public UpstreamRequest Request => _requests.Count == 1
        ? _requests.First()
        : throw new InvalidOperationException($"{_requests.Count} requests came instead of one: {string.Join("; ", _requests)}");

    /// <summary>Requests without a scripted response.</summary>
    public IReadOnlyList<UpstreamRequest> Unexpected => [.. _unexpected];

    /// <summary>Scripts that no request has used.</summary>
    public int Waiting => _scripts.Count;

    public static async Task<FakeUpstream> StartAsync()
    {
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(System.Net.IPAddress.Loopback, 0);
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinResponseDataRate = null;
            options.AddServerHeader = false;
        });
        // A flush ends only when the socket has the bytes, so that pieces stay pieces and a cut after one does not lose it.
        builder.Services.Configure<SocketTransportOptions>(options => options.MaxWriteBufferSize = 1);
        var app = builder.Build();
        var upstream = new FakeUpstream(app);
        app.Run(upstream.AnswerAsync);
        await app.StartAsync();
        upstream.BaseUrl = app.Urls.First().TrimEnd('/');
        return upstream;
    }

    /// <summary>The next request without a response gets this one.</summary>
    public void Answer(params UpstreamScript[] scripts)
    {
        foreach (var script in scripts) _scripts.Enqueue(script);
    }

    /// <summary>Clears requests and scripts; unexpected requests stay.</summary>
    public void Clear()
    {
        _scripts.Clear();
        _requests.Clear();
        _listRequests.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await ReadAsync(context.Request);
        UpstreamScript? script;
        if (Lists is { } lists && request.Method == "GET" && request.Target.Split('?')[0].EndsWith("/models", StringComparison.Ordinal))
        {
            _listRequests.Enqueue(request);
            script = lists(request);
        }
        else
        {
            _requests.Enqueue(request);
            if (!_scripts.TryDequeue(out script)) script = Responder?.Invoke(request);
        }
        if (script is null)
        {
            _unexpected.Enqueue(request);
            context.Response.StatusCode = 599;
            return;
        }
        // A connection that the script itself cuts is not a client that left.
        var cutHere = false;
        await using var watch = context.RequestAborted.Register(() =>
        {
            if (!cutHere) request.OnClientLeft();
        });
        try
        {
            context.Response.StatusCode = script.Status;
            foreach (var (name, value) in script.Headers) context.Response.Headers.Append(name, value);
            foreach (var step in script.Steps)
            {
                cutHere |= step is UpstreamStep.Reset or UpstreamStep.Cut;
                await PlayAsync(step, context, request);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            request.OnClientLeft();
        }
        finally
        {
            request.OnAnswered();
        }
    }

    private static async Task PlayAsync(UpstreamStep step, HttpContext context, UpstreamRequest request)
    {
        var left = context.RequestAborted;
        switch (step)
        {
            case UpstreamStep.Send send:
                await context.Response.Body.WriteAsync(send.Bytes, left);
                await context.Response.Body.FlushAsync(left);
                left.ThrowIfCancellationRequested();
                break;
            case UpstreamStep.WaitFor wait:
                await wait.Signal.WaitAsync(left);
                break;
            case UpstreamStep.Delay delay:
                await Task.Delay(delay.Time, left);
                break;
            case UpstreamStep.Silence:
                await Task.Delay(Timeout.Infinite, left);
                break;
            case UpstreamStep.Cut:
                context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Shutdown(SocketShutdown.Send);
                request.OnCut();
                await LeftAsync(left);
                break;
            case UpstreamStep.Reset:
                context.Abort();
                break;
        }
    }

    private static async Task LeftAsync(CancellationToken left)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var watch = left.Register(gone.SetResult);
        await gone.Task;
    }

    private static async Task<UpstreamRequest> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return new UpstreamRequest
        {
            Method = request.Method,
            Target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? request.Path + request.QueryString.Value,
            Headers = request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(",", h.Value.ToArray())),
            Body = body.ToArray(),
        };
    }
}
