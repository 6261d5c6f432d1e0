using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Nano.Functions.Tests.Hosting;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests.Facts;

/// <summary>
/// The HTTP side of the stand-in for the host, with functions of the test's choice and a worker that the test controls. An
/// invocation ends when the worker has served its request, which it identifies by x-ms-invocation-id.
/// </summary>
internal sealed class HostScene : IWorker, IAsyncDisposable
{
    /// <summary>The functions for a test of one request: one that matches everything.</summary>
    public static readonly (string Name, string? Route, string[]? Methods)[] Everything = [("All", "{**path}", null)];

    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = new();
    private readonly ConcurrentQueue<WorkerRequest> _requests = new();
    private WebApplication? _worker;
    private HostFront? _front;

    public HttpClient Client { get; private set; } = null!;

    /// <summary>The worker's handler of a request.</summary>
    public Func<HttpContext, Task> Serve { get; set; } = _ => Task.CompletedTask;

    /// <summary>The worker's report of each invocation.</summary>
    public StatusResult.Types.Status Status { get; set; } = StatusResult.Types.Status.Success;

    public IReadOnlyList<WorkerRequest> Requests => [.. _requests];

    public WorkerRequest Request => Requests.Single();

    /// <summary>Invocations that the host asked the worker to cancel.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = new();

    /// <summary>The host's log of failed invocations.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    public IReadOnlyList<Invocation> Results => _front!.Results;

    /// <param name="functions">A function without a route has none in its trigger; one without methods takes all.</param>
    /// <param name="listens">False: nothing listens at the worker's HTTP address.</param>
    public static async Task<HostScene> StartAsync(
        (string Name, string? Route, string[]? Methods)[]? functions = null, string routePrefix = "", long bodyLimit = HostFront.DefaultBodyLimit,
        TimeSpan? activityTimeout = null, bool listens = true)
    {
        var scene = new HostScene();
        var builder = FakeHost.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        scene._worker = builder.Build();
        scene._worker.Run(scene.TakeAsync);
        await scene._worker.StartAsync();
        var address = new Uri(scene._worker.Urls.First());
        if (!listens) await scene._worker.StopAsync();
        scene._front = await HostFront.StartAsync(scene, address, (functions ?? Everything).Select(Metadata), routePrefix, bodyLimit, activityTimeout);
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        scene.Client = new HttpClient(handler) { BaseAddress = scene._front.Address, Timeout = TimeSpan.FromMinutes(2) };
        return scene;
    }

    /// <summary>Sends a request and reads the whole response.</summary>
    public async Task<GatewayReply> SendAsync(string method, string target, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        // A path of two slashes is not a reference to a host here.
        using var request = new HttpRequestMessage(new HttpMethod(method), target.StartsWith("//", StringComparison.Ordinal) ? "." + target : target) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(name);
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return await GatewayReply.ReadAsync(response);
    }

    /// <summary>Which function runs for a request; null for none.</summary>
    public async Task<string?> FunctionOfAsync(string method, string target)
    {
        _front!.Forget();
        var reply = await SendAsync(method, target);
        if (reply.Status == HttpStatusCode.NotFound) return null;
        return (await BothHosts.SoonAsync(() => Results.FirstOrDefault())).Function;
    }

    public Task<InvocationResponse> InvokeAsync(FunctionMetadata function, string invocation) => Of(invocation).Task;

    public void Cancel(string invocation) => Cancelled.Enqueue(invocation);

    public void LogFailure(string function, string message) => Failures.Enqueue($"{function}: {message}");

    /// <summary>Ends an invocation whose request the worker never got.</summary>
    public void End(string invocation) => Of(invocation).TrySetResult(new InvocationResponse { InvocationId = invocation, Result = new StatusResult { Status = Status } });

    /// <summary>Ends all invocations that have begun.</summary>
    public void EndAll()
    {
        foreach (var invocation in _invocations.Keys) End(invocation);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        EndAll();
        await _front!.DisposeAsync();
        await HostFront.StopAsync(_worker!);
    }

    private TaskCompletionSource<InvocationResponse> Of(string invocation) =>
        _invocations.GetOrAdd(invocation, _ => new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task TakeAsync(HttpContext context)
    {
        var request = context.Request;
        var headers = request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var seen = new WorkerRequest(request.Method, target, headers, request.ContentLength, context.RequestAborted);
        _requests.Enqueue(seen);
        try
        {
            await Serve(context);
        }
        finally
        {
            if (headers.TryGetValue("x-ms-invocation-id", out var invocation)) End(invocation);
        }
    }

    private static FunctionMetadata Metadata((string Name, string? Route, string[]? Methods) function)
    {
        var trigger = new Dictionary<string, object> { ["type"] = "httpTrigger", ["name"] = "request" };
        if (function.Route is not null) trigger["route"] = function.Route;
        if (function.Methods is not null) trigger["methods"] = function.Methods;
        return new FunctionMetadata { Name = function.Name, FunctionId = function.Name, RawBindings = { JsonSerializer.Serialize(trigger) } };
    }
}

/// <summary>A request as the worker got it.</summary>
internal sealed record WorkerRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, long? ContentLength, CancellationToken Aborted);
