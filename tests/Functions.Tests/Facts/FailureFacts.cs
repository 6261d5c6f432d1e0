using Microsoft.AspNetCore.Http;
using Nano.Functions.Tests.Hosting;
using Nano.Functions.Tests.Hosting.Rpc;
using Nano.LocalHost.Tests.Hosting;
using static Nano.Functions.Tests.Facts.HostFact;

namespace Nano.Functions.Tests.Facts;

/// <summary>Body limits, callers that leave, timeouts, and invocations that fail.</summary>
internal static class FailureFacts
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static IReadOnlyList<HostFact> All { get; } =
    [
        new("the largest body has 104,857,600 bytes", DefaultBodySize, () =>
        {
            HostFront.DefaultBodyLimit.ShouldBe(100 * 1024 * 1024);
            return Task.CompletedTask;
        }),
        new("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT sets another limit, and a larger body is an empty 500", BodySize, async () =>
        {
            await using var scene = await HostScene.StartAsync(bodyLimit: 1000);
            scene.Serve = context => context.Request.Body.CopyToAsync(Stream.Null);
            var reply = await EndingAsync(scene, scene.SendAsync("POST", "/a", new ByteArrayContent(new byte[1001])));
            ((int)reply.Status, reply.Body.Length).ShouldBe((500, 0));
        }),
        new("a body of the limit passes", BodySize, async () =>
        {
            await using var scene = await HostScene.StartAsync(bodyLimit: 1000);
            scene.Serve = context => context.Request.Body.CopyToAsync(Stream.Null);
            ((int)(await scene.SendAsync("POST", "/a", new ByteArrayContent(new byte[1000]))).Status).ShouldBe(200);
        }),
        new("a caller that leaves ends the worker's request", Forwarder, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            await LeaveAsync(scene);
            await UntilAsync(() => scene.Request.Aborted.IsCancellationRequested);
        }),
        new("a caller that leaves cancels the invocation", Channel, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            await LeaveAsync(scene);
            await UntilAsync(() => scene.Cancelled.Contains(scene.Request.Headers["x-ms-invocation-id"]));
        }),
        new("a caller that leaves is a failed invocation, although the worker reports success", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            await LeaveAsync(scene);
            await UntilAsync(() => !scene.Failures.IsEmpty);
            scene.Failures.Single().ShouldBe("All: Failed to proxy request with ForwarderError: RequestCanceled");
        }),
        new("a request whose connection is refused is tried again", Retries, async () =>
        {
            PatientHandler.MaxAttempts.ShouldBe(10);
            var calls = 0;
            using var client = new HttpMessageInvoker(new PatientHandler(new Refusing(() => calls++)));
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://worker.example/");
            await Should.ThrowAsync<HttpRequestException>(() => client.SendAsync(request, CancellationToken.None));
            calls.ShouldBe(10);
        }),
        new("a worker that never listens is an empty 500", Exceptions, async () =>
        {
            await using var scene = await HostScene.StartAsync(listens: false);
            var reply = await EndingAsync(scene, scene.SendAsync("GET", "/a"));
            ((int)reply.Status, reply.Body.Length).ShouldBe((500, 0));
            scene.Failures.Single().ShouldStartWith("All: Failed to proxy request with ForwarderError: Request");
        }),
        new("a worker that is silent for the activity timeout is an empty 500", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync(activityTimeout: TimeSpan.FromMilliseconds(50));
            scene.Serve = Hold;
            var reply = await scene.SendAsync("GET", "/a");
            ((int)reply.Status, reply.Body.Length).ShouldBe((500, 0));
            scene.Failures.Single().ShouldContain("RequestTimedOut");
        }),
        new("a response that breaks off breaks the caller's connection, and is a failed invocation", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            // A reset may overtake bytes that the host has not read.
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            scene.Serve = async context =>
            {
                await context.Response.WriteAsync("first;");
                await context.Response.Body.FlushAsync();
                await begun.Task.WaitAsync(Patience);
                context.Abort();
            };
            using var response = await scene.Client.GetAsync("/a", HttpCompletionOption.ResponseHeadersRead);
            begun.SetResult();
            (await GatewayReply.ReadAsync(response)).IsBroken.ShouldBeTrue();
            await UntilAsync(() => !scene.Failures.IsEmpty);
        }),
        new("a function that fails before its response is an empty 500", Exceptions, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Status = StatusResult.Types.Status.Failure;
            var reply = await scene.SendAsync("GET", "/a");
            ((int)reply.Status, reply.Body.Length).ShouldBe((500, 0));
            scene.Failures.Single().ShouldBe("All: Result: Failure");
        }),
        new("a function that reports its cancellation has failed", Status, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Status = StatusResult.Types.Status.Cancelled;
            ((int)(await scene.SendAsync("GET", "/a")).Status).ShouldBe(500);
            scene.Failures.Single().ShouldBe("All: Result: Cancelled");
        }),
        new("a function that fails after its response has begun breaks the connection", Exceptions, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Status = StatusResult.Types.Status.Failure;
            scene.Serve = async context =>
            {
                await context.Response.WriteAsync("first;");
                await context.Response.Body.FlushAsync();
            };
            (await scene.SendAsync("GET", "/a")).IsBroken.ShouldBeTrue();
        }),
        new("a function that succeeds logs nothing", Channel, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            ((int)(await scene.SendAsync("GET", "/a")).Status).ShouldBe(200);
            await BothHosts.SoonAsync(() => scene.Results.FirstOrDefault());
            scene.Failures.ShouldBeEmpty();
        }),
    ];

    /// <summary>A caller that leaves when the worker has its request.</summary>
    private static async Task LeaveAsync(HostScene scene)
    {
        scene.Serve = Hold;
        using var leaving = new CancellationTokenSource();
        var sending = scene.Client.GetAsync("/a", HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await BothHosts.SoonAsync(() => scene.Requests.FirstOrDefault());
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
    }

    /// <summary>Serves nothing until the connection is gone.</summary>
    private static async Task Hold(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.RequestAborted.Register(gone.SetResult)) await gone.Task.WaitAsync(Patience);
    }

    /// <summary>A worker gives up an invocation whose request does not arrive.</summary>
    private static async Task<GatewayReply> EndingAsync(HostScene scene, Task<GatewayReply> sending)
    {
        scene.Status = StatusResult.Types.Status.Failure;
        while (!sending.IsCompleted)
        {
            scene.EndAll();
            await Task.WhenAny(sending, Task.Delay(20));
        }
        return await sending;
    }

    private static Task UntilAsync(Func<bool> condition) => BothHosts.SoonAsync(() => condition() ? "" : null);

    private sealed class Refusing(Action called) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            called();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        }
    }
}
