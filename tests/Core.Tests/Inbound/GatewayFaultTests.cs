using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Nano.Inbound;

namespace Nano.Tests.Inbound;

/// <summary>A fault inside the gateway never reaches its host, and never looks like a response.</summary>
public sealed class GatewayFaultTests
{
    private static readonly Gateway Gateway = Build([]);

    [Fact]
    public async Task A_fault_before_the_response_is_a_500_that_names_it()
    {
        var response = new FaultyResponse { Faults = 1 };
        await Gateway.HandleAsync(Context(response));
        response.StatusCode.ShouldBe(500);
        response.IsAborted.ShouldBeFalse();
        JsonDocument.Parse(response.Text).RootElement.GetProperty("error").GetProperty("code").GetString().ShouldBe("internal_error");
    }

    [Fact]
    public async Task A_fault_that_cannot_be_reported_aborts_the_response()
    {
        var response = new FaultyResponse { Faults = int.MaxValue };
        await Gateway.HandleAsync(Context(response));
        response.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_fault_within_the_response_aborts_it()
    {
        var response = new FaultyResponse { Faults = 1, HasStarted = true };
        await Gateway.HandleAsync(Context(response));
        response.IsAborted.ShouldBeTrue();
        response.Text.ShouldBe("");
    }

    [Fact]
    public async Task With_invalid_settings_only_health_is_served()
    {
        var gateway = Build(new Dictionary<string, string> { ["PORT"] = "many", ["MAX_REQUEST_BYTES"] = "lots" });
        foreach (var (path, status) in new[] { ("/v1/models", 503), ("/nowhere", 503), ("/healthz", 200), ("/readyz", 503), ("/readyz/", 503) })
        {
            var response = new FaultyResponse();
            await gateway.HandleAsync(Context(response, path));
            response.StatusCode.ShouldBe(status, path);
            if (status == 200) continue;
            response.Text.ShouldContain("PORT must be", customMessage: path);
            response.Text.ShouldContain("MAX_REQUEST_BYTES must be", customMessage: path);
        }
    }

    private static Gateway Build(Dictionary<string, string> settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddGateway(settings);
        return services.BuildServiceProvider().GetRequiredService<Gateway>();
    }

    private static DefaultHttpContext Context(FaultyResponse response, string path = "/healthz")
    {
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = "GET", Path = path });
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response);
        features.Set<IHttpRequestLifetimeFeature>(response);
        return new DefaultHttpContext(features);
    }

    /// <summary>A response whose first writes fail with an unexpected exception.</summary>
    private sealed class FaultyResponse : IHttpResponseFeature, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature
    {
        private readonly MemoryStream _body = new();
        private PipeWriter? _writer;

        public int Faults { get; set; }

        public bool IsAborted { get; private set; }

        public string Text => Encoding.UTF8.GetString(_body.ToArray());

        public int StatusCode { get; set; } = 200;

        public string? ReasonPhrase { get; set; }

        public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

        public Stream Body { get; set; } = Stream.Null;

        public bool HasStarted { get; init; }

        public Stream Stream => _body;

        public PipeWriter Writer => Faults-- > 0 ? throw new InvalidOperationException("a fault") : _writer ??= PipeWriter.Create(_body);

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering() { }

        public void OnCompleted(Func<object, Task> callback, object state) { }

        public void OnStarting(Func<object, Task> callback, object state) { }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
