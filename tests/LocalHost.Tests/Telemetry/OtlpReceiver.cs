using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Nano.LocalHost.Tests.Telemetry;

/// <summary>A collector on loopback that accepts OTLP over gRPC and HTTP, and Application Insights' ingestion format, and keeps all of it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _host;

    private OtlpReceiver(WebApplication host, OtlpReceived received) => (_host, Received) = (host, received);

    public OtlpReceived Received { get; }

    /// <summary>
    /// The status of its response, in gRPC 0 for 200, 3 (not to be repeated) for 400 and 14 for all others. With 206, the ingestion has refused one item of the
    /// request. A task that does not end simulates a collector that hangs.
    /// </summary>
    public Func<HttpContext, Task<int>> Respond { get; set; } = static _ => Task.FromResult(200);

    public string Grpc { get; private set; } = "";

    public string Http { get; private set; } = "";

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.Zero);
        var received = new OtlpReceived();
        var receiver = new OtlpReceiver(builder.Build(), received);
        receiver._host.Run(receiver.TakeAsync);
        await receiver._host.StartAsync();
        var urls = receiver._host.Urls.ToList();
        (receiver.Grpc, receiver.Http) = (urls[0], urls[1]);
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await _host.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var isZipped = context.Request.Headers.ContentEncoding == "gzip";
        await using (var content = isZipped ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body)
            await content.CopyToAsync(body, context.RequestAborted);
        var status = await Respond(context);
        var path = context.Request.Path.Value!;
        var isGrpc = context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true;
        if (status == 200) Received.Add(path, isGrpc ? Unframe(body.ToArray()) : body.ToArray());
        context.Response.StatusCode = isGrpc ? 200 : status;
        if (isGrpc)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            if (status == 200) await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", status switch { 200 => "0", 400 => "3", _ => "14" });
        }
        else if (path.Contains("/track", StringComparison.Ordinal))
        {
            var count = body.ToArray().Count(b => b == (byte)'\n');
            var accepted = status switch { 200 => count, 206 => count - 1, _ => 0 };
            await context.Response.WriteAsync($$"""{"itemsReceived":{{count}},"itemsAccepted":{{accepted}},"errors":[]}""");
        }
    }

    /// <summary>A gRPC message: whether it is compressed, its length, and its bytes.</summary>
    private static byte[] Unframe(byte[] body)
    {
        body[0].ShouldBe((byte)0, "compressed");
        BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)).ShouldBe(body.Length - 5);
        return body[5..];
    }
}

/// <summary>The data that a collector received, as tables.</summary>
internal sealed class OtlpReceived
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _bodies = new();

    public void Add(string path, byte[] body) => _bodies.Enqueue((path, body));

    public IEnumerable<(string Path, byte[] Body)> Bodies => _bodies;

    public IEnumerable<OtlpSpan> Spans => Of("trace").SelectMany(request => request.Messages(1)).SelectMany(resource => resource.Messages(2)).SelectMany(scope => scope.Messages(2))
        .Select(span => new OtlpSpan(span));

    public IEnumerable<(string Scope, ProtoMessage Record)> Logs =>
        Of("log").SelectMany(request => request.Messages(1)).SelectMany(resource => resource.Messages(2))
        .SelectMany(scope => scope.Messages(2).Select(record => (scope.Message(1)?.Text(1) ?? "", record)));

    public IEnumerable<ProtoMessage> Metrics => Of("metric").SelectMany(request => request.Messages(1)).SelectMany(resource => resource.Messages(2))
        .SelectMany(scope => scope.Messages(2));

    /// <summary>The attributes of the resource of each request.</summary>
    public IEnumerable<List<string>> Resources => _bodies.Select(body => new ProtoMessage(body.Body).Message(1)!.Message(1)!.Attributes(1));

    private IEnumerable<ProtoMessage> Of(string signal) => _bodies.Where(body => body.Path.Contains(signal, StringComparison.OrdinalIgnoreCase))
        .Select(body => new ProtoMessage(body.Body));
}

/// <summary>A span as it was sent.</summary>
internal sealed class OtlpSpan(ProtoMessage span)
{
    private static readonly string[] Kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];
    private static readonly string[] Codes = ["unset", "ok", "error"];

    public string Trace { get; } = span.Hex(1);

    public string Id { get; } = span.Hex(2);

    public string Parent { get; } = span.Hex(4);

    public string Name { get; } = span.Text(5);

    public string Kind { get; } = Kinds[span.Number(6)];

    public string Status { get; } = Codes[span.Message(15)?.Number(3) ?? 0];

    public List<string> Attributes { get; } = span.Attributes(9);

    public List<string> Events { get; } = [.. span.Messages(11).Select(item => item.Text(2))];

    public List<(string Trace, string Span, List<string> Attributes)> Links { get; } = [.. span.Messages(13).Select(link => (link.Hex(1), link.Hex(2), link.Attributes(4)))];

    public string? this[string name] => Attributes.Find(attribute => attribute.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..];

    /// <summary>Lines of a table, without the values that differ between runs.</summary>
    public string Table(params string[] changing) => string.Join('\n', [$"{Name} | {Kind} | {Status} | {string.Join(',', Events)}",
        .. Attributes.Select(attribute => changing.FirstOrDefault(name => attribute.StartsWith(name + ":", StringComparison.Ordinal)) is { } name
        ? attribute[..(attribute.IndexOf('=') + 1)] + "*" : attribute)]);
}
