using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Nano.Bench.Bridge;
using Nano.Bench.ColdStart;
using Nano.Bench.Worker;

// PlansBench ROUNDS COMMAND [REDIS]   COMMAND starts a LocalHost. CPU of its process per whole response: the same request to a model by its name,
// through route plans, and from the cache, alternating, in one process. REDIS (HOST:PORT) is the store of a second process, whose hits come from there.
var rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
await using var provider = await Provider.StartAsync();
await using var failing = await StartFailingAsync();
Set("OPENAI_API_KEY", "k");
Set("OPENAI_BASE_URL", provider.Urls.First() + "/v1");
Set("DOWN_KEY", "k");
Set("NANO_CONFIG", $$"""
    { "providers": {
        "a": { "type": "openai-compatible", "base_url": "{{provider.Urls.First()}}/v1" }, "b": { "type": "openai-compatible", "base_url": "{{provider.Urls.First()}}/v1" },
        "c": { "type": "openai-compatible", "base_url": "{{provider.Urls.First()}}/v1" }, "down": { "type": "openai-compatible", "base_url": "{{failing.Urls.First()}}/v1" } },
      "models": {
        "one": { "targets": [ { "model": "openai/gpt-4o" } ], "retries": 0 },
        "four": { "strategy": "weighted", "targets": [ { "model": "openai/gpt-4o" }, { "model": "a/m", "weight": 2 }, { "model": "b/m" }, { "model": "c/m" } ] },
        "over": { "targets": [ { "model": "down/m" }, { "model": "openai/gpt-4o" } ], "retries": 0 } },
      "resilience": { "failures_in_a_row": 1000000, "failure_ratio": 1, "minimum_requests": 1000000 } }
    """);
await using var server = new ServerProcess(args[1]);
// Too little memory for any requested entry: every hit comes from the shared store.
if (args.Length > 2)
{
    Set("STATE_STORE", "redis:" + args[2]);
    Set("CACHE_STORE", "redis");
    Set("CACHE_TIMEOUT_MILLISECONDS", "60000");
    Set("CACHE_MAX_BYTES", "1048576");
}
await using var shared = args.Length > 2 ? new ServerProcess(args[1]) : null;
(string Name, ServerProcess Server, string Model, bool IsCached, int Different)[] loads =
[
    ("direct", server, "openai/gpt-4o", false, 1),
    ("a plan of one", server, "one", false, 1),
    ("a plan of four, weighted", server, "four", false, 1),
    ("the second after a 503", server, "over", false, 1),
    ("a hit from memory", server, "openai/gpt-4o", true, 1),
    .. shared is null ? [] : (ReadOnlySpan<(string, ServerProcess, string, bool, int)>)[("direct, the process with Redis", shared, "openai/gpt-4o", false, 1),
    ("a hit from Redis", shared, "openai/gpt-4o", true, 2000)],
];
const int callers = 8, requests = 4000;
var cpu = loads.Select(_ => new List<double>()).ToArray();
foreach (var process in shared is null ? (ServerProcess[])[server] : [server, shared])
    while (!await AnswersAsync(process)) await process.WaitAsync();
// The first rounds compile hot code and fill the caches.
for (var round = -2; round < rounds; round++)
{
    for (var load = 0; load < loads.Length; load++)
    {
        await LoadAsync(loads[load], callers * 2);
        var before = ProcessClock.CpuMs(loads[load].Server.Id);
        await LoadAsync(loads[load], requests);
        if (round >= 0) cpu[load].Add((ProcessClock.CpuMs(loads[load].Server.Id) - before) * 1000 / requests);
    }
}
Console.WriteLine("| CPU µs per whole response | min | ratio | median | ratio |\n|---|--:|--:|--:|--:|");
for (var load = 0; load < loads.Length; load++)
{
    // A process is compared only with itself.
    var direct = Array.FindIndex(loads, one => one.Server == loads[load].Server);
    double Middle(int of) => cpu[of].Order().ElementAt(rounds / 2);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {loads[load].Name} | {cpu[load].Min():0.0} | {cpu[load].Min() / cpu[direct].Min():0.00} | {Middle(load):0.0} | {Middle(load) / Middle(direct):0.00} |"));
}

static void Set(string name, string value) => Environment.SetEnvironmentVariable(name, value);

Task LoadAsync((string Name, ServerProcess Server, string Model, bool IsCached, int Different) load, int number) => Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
{
    using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = load.Server.Address };
    client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");
    if (load.IsCached) client.DefaultRequestHeaders.Add("x-nano-cache", "ttl=3600");
    for (var i = 0; i < number / callers; i++) await AskAsync(client, load.Model, (i * callers + caller) % load.Different);
}));

static async Task AskAsync(HttpClient client, string model, int which)
{
    using var content = new ByteArrayContent(
        Encoding.UTF8.GetBytes($"{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"system\",\"content\":\"Be brief.\"}},{{\"role\":\"user\",\"content\":\"What is the weather? {which}\"}}]}}"));
    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    using var response = await client.PostAsync("/v1/chat/completions", content);
    var body = await response.Content.ReadAsByteArrayAsync();
    if (!response.IsSuccessStatusCode) throw new InvalidOperationException(Encoding.UTF8.GetString(body));
}

static async Task<bool> AnswersAsync(ServerProcess process)
{
    try
    {
        using var client = new HttpClient { BaseAddress = process.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");
        await AskAsync(client, "openai/gpt-4o", 0);
        return true;
    }
    catch (HttpRequestException e) when (e.StatusCode is null)
    {
        return false;
    }
}

static async Task<WebApplication> StartFailingAsync()
{
    var app = await Provider.StartAsync(static async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.StatusCode = 503;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"error":{"message":"overloaded"}}""");
    });
    return app;
}
