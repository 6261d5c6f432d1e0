using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Nano.Functions.Tests.Hosting;
using Nano.Functions.Tests.Hosting.Rpc;
using static Nano.Functions.Tests.Facts.HostFact;

namespace Nano.Functions.Tests.Facts;

/// <summary>Which parts of a request the worker gets, and which parts of its response the caller gets.</summary>
internal static class ForwardingFacts
{
    public static IReadOnlyList<HostFact> All { get; } =
    [
        Gets("the id of the invocation is a header of the request", Forwarding, seen => Guid.TryParse(seen.Headers["x-ms-invocation-id"], out _).ShouldBeTrue()),
        new("a caller's own invocation id is left in its place", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            var sending = scene.SendAsync("GET", "/a", null, ("x-ms-invocation-id", "the-callers"));
            await BothHosts.SoonAsync(() => scene.Requests.FirstOrDefault());
            scene.Request.Headers["x-ms-invocation-id"].ShouldBe("the-callers");
            // The invocation waits for another request, until the worker gives it up.
            scene.Status = StatusResult.Types.Status.Failure;
            scene.EndAll();
            await sending;
        }),
        Gets("the query arrives as it was sent, and an escaped slash of the path is escaped again", Forwarder, seen => seen.Target.ShouldBe("/a%252Fb/c%20d?e=%2f&f=g+h"), "/a%2Fb/c%20d?e=%2f&f=g+h"),
        Gets("the Host header is the worker's address", Forwarder, seen => seen.Headers["host"].ShouldStartWith("127.0.0.1:"), headers: [("host", "gateway.example")]),
        Gets("Authorization is passed on", Forwarder, seen => seen.Headers["authorization"].ShouldBe("Bearer k"), headers: [("authorization", "Bearer k")]),
        Gets("headers of a connection are not passed on", YarpHeaders, seen => seen.Headers.Keys.Intersect(["connection", "keep-alive", "te", "proxy-connection"]).ShouldBeEmpty(),
            headers: [("connection", "keep-alive"), ("keep-alive", "timeout=5"), ("te", "gzip"), ("proxy-connection", "keep-alive")]),
        new("a chunked body stays chunked", Forwarder, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Serve = context => context.Request.Body.CopyToAsync(Stream.Null);
            await scene.SendAsync("POST", "/a", new StringContent("body"), ("transfer-encoding", "chunked"));
            scene.Request.ContentLength.ShouldBeNull();
            scene.Request.Headers["transfer-encoding"].ShouldBe("chunked");
        }),
        new("an announced length is passed on", Forwarder, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Serve = context => context.Request.Body.CopyToAsync(Stream.Null);
            await scene.SendAsync("POST", "/a", new StringContent("body"));
            scene.Request.ContentLength.ShouldBe(4);
        }),
        new("status and headers of the response are passed on, also a redirect", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Serve = context =>
            {
                context.Response.Redirect("https://elsewhere.example/");
                context.Response.Headers.Append("x-own", "value");
                return Task.CompletedTask;
            };
            var reply = await scene.SendAsync("GET", "/a");
            ((int)reply.Status, reply.Headers["location"], reply.Headers["x-own"]).ShouldBe((302, "https://elsewhere.example/", "value"));
            scene.Requests.Count.ShouldBe(1);
        }),
        new("cookies are passed on and not kept", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            scene.Serve = context =>
            {
                context.Response.Headers.Append("set-cookie", "a=b");
                return Task.CompletedTask;
            };
            (await scene.SendAsync("GET", "/a")).Headers["set-cookie"].ShouldBe("a=b");
            await scene.SendAsync("GET", "/a");
            scene.Requests[1].Headers.Keys.ShouldNotContain("cookie");
        }),
        new("a compressed response stays compressed", Forwarding, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            using var packed = new MemoryStream();
            await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) await gzip.WriteAsync("text"u8.ToArray());
            scene.Serve = context =>
            {
                context.Response.Headers.ContentEncoding = "gzip";
                return context.Response.Body.WriteAsync(packed.ToArray()).AsTask();
            };
            var reply = await scene.SendAsync("GET", "/a");
            (reply.Headers["content-encoding"], Convert.ToHexString(reply.Body)).ShouldBe(("gzip", Convert.ToHexString(packed.ToArray())));
        }),
        new("a response arrives piece by piece", Forwarder, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            scene.Serve = async context =>
            {
                await context.Response.WriteAsync("first;");
                await context.Response.Body.FlushAsync();
                await seen.Task;
                await context.Response.WriteAsync("second;");
            };
            using var response = await scene.Client.GetAsync("/a", HttpCompletionOption.ResponseHeadersRead);
            await using var body = await response.Content.ReadAsStreamAsync();
            var first = new byte[6];
            await body.ReadExactlyAsync(first);
            Encoding.ASCII.GetString(first).ShouldBe("first;");
            seen.SetResult();
            (await new StreamReader(body).ReadToEndAsync()).ShouldBe("second;");
        }),
    ];

    private static HostFact Gets(string says, string source, Action<WorkerRequest> check, string target = "/a", params (string Name, string Value)[] headers) =>
        new(says, source, async () =>
        {
            await using var scene = await HostScene.StartAsync();
            await scene.SendAsync("GET", target, null, headers);
            check(scene.Request);
        });
}
