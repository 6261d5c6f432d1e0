using System.Net.Http.Headers;
using System.Text;
using Nano.Bench.ColdStart;
using Nano.Bench.Worker;

namespace Nano.Bench.Pairs;

/// <summary>The cost of one series of requests: microseconds of CPU and bytes allocated, each per request.</summary>
internal readonly record struct Cost(double Cpu, double Bytes);

/// <summary>A measured process, and a client that keeps eight requests open.</summary>
internal sealed class Target : IAsyncDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly ServerProcess _server;
    private readonly HttpClient _client;
    private readonly string _counters = Path.Combine(Directory.CreateTempSubdirectory("pairs-bench").FullName, "counters");

    /// <param name="command">Starts a server that listens at <c>PORT</c>.</param>
    public Target(string command)
    {
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location);
        Environment.SetEnvironmentVariable("COUNTERS", _counters);
        _server = new ServerProcess(command);
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = _server.Address };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");
    }

    public async Task WaitAsync()
    {
        while (true)
        {
            await _server.WaitAsync();
            try
            {
                if ((await _client.GetAsync("/healthz")).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
        }
    }

    public async Task<Cost> MeasureAsync(Request request, int count)
    {
        await LoadAsync(request, 16);
        var (cpu, bytes) = (ProcessClock.CpuMs(_server.Id), StartupHook.Read(_counters));
        await LoadAsync(request, count);
        return new Cost((ProcessClock.CpuMs(_server.Id) - cpu) * 1000 / count, (double)(StartupHook.Read(_counters) - bytes) / count);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private Task LoadAsync(Request request, int count) => Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
    {
        for (var i = 0; i < count / 8; i++)
        {
            using var content = new ByteArrayContent(request.Body);
            content.Headers.ContentType = Json;
            using var response = await _client.PostAsync(request.Path, content);
            var received = await response.Content.ReadAsByteArrayAsync();
            if (!response.IsSuccessStatusCode || !Provider.IsExpected(received)) throw new InvalidOperationException($"{request.Path}: {Encoding.UTF8.GetString(received)}");
        }
    }));
}
