using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Nano.Bench.ColdStart;
using Nano.Bench.Worker;
using Nano.Functions.Tests.Hosting;

// WorkerBench start RUNS NAME=FOLDER...          each worker started RUNS times, alternating: from before its process until the first response
// WorkerBench requests NUMBER ROUNDS NAME=WHERE...   CPU of the server's process per request, alternating; WHERE is a worker's folder, or a
//                                                 command that listens at PORT on 127.0.0.1
var settings = new Dictionary<string, string> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development" };
return args[0] == "start" ? await StartsAsync() : await RequestsAsync();

async Task<int> StartsAsync()
{
    var runs = int.Parse(args[1], CultureInfo.InvariantCulture);
    var subjects = args[2..].Select(arg => arg.Split('=', 2)).Select(pair => (Name: pair[0], Folder: pair[1], Wall: new List<double>(), Cpu: new List<double>())).ToList();
    for (var run = -1; run < runs; run++)
    {
        foreach (var (_, folder, wall, cpu) in subjects)
        {
            var begin = Stopwatch.GetTimestamp();
            await using var host = await FunctionsHost.StartAsync(settings, folder);
            using var client = Client(host.Address);
            await AskAsync(client);
            // The first turn warms this process, the stand-in, and the files.
            if (run < 0) continue;
            wall.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            cpu.Add(ProcessClock.CpuMs(host.WorkerId));
        }
    }
    Console.WriteLine("| | ms, min | ms, median | CPU ms, min | CPU ms, median |\n|---|--:|--:|--:|--:|");
    foreach (var (name, _, wall, cpu) in subjects) Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {wall.Min():0} | {Median(wall):0} | {cpu.Min():0} | {Median(cpu):0} |"));
    return 0;
}

async Task<int> RequestsAsync()
{
    var number = int.Parse(args[1], CultureInfo.InvariantCulture);
    var rounds = int.Parse(args[2], CultureInfo.InvariantCulture);
    var servers = new List<(string Name, HttpClient Client, int Process, IAsyncDisposable Host, List<double> Cpu)>();
    foreach (var pair in args[3..].Select(arg => arg.Split('=', 2))) servers.Add(await ServerAsync(pair[0], pair[1]));
    try
    {
        // Round -1 compiles hot code.
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (_, client, process, _, cpu) in servers)
            {
                await LoadAsync(client, number / 5);
                var before = ProcessClock.CpuMs(process);
                await LoadAsync(client, number);
                if (round >= 0) cpu.Add((ProcessClock.CpuMs(process) - before) * 1000 / number);
            }
        }
    }
    finally
    {
        foreach (var server in servers) await server.Host.DisposeAsync();
    }
    Console.WriteLine("| | CPU µs per request, min | median |\n|---|--:|--:|");
    foreach (var server in servers) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {server.Name} | {server.Cpu.Min():0.0} | {Median(server.Cpu):0.0} |"));
    return 0;
}

async Task<(string, HttpClient, int, IAsyncDisposable, List<double>)> ServerAsync(string name, string where)
{
    if (Directory.Exists(where))
    {
        var host = await FunctionsHost.StartAsync(settings, where);
        return (name, Client(host.Address), host.WorkerId, host, []);
    }
    var process = new ServerProcess(where);
    var client = Client(process.Address);
    while (!await AnswersAsync(client)) await process.WaitAsync();
    return (name, client, process.Id, process, []);
}

static HttpClient Client(Uri address)
{
    var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = address };
    client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");
    return client;
}

// Eight callers, each sending its next request when it has its response.
static Task LoadAsync(HttpClient client, int number) => Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
{
    for (var i = 0; i < number / 8; i++) await AskAsync(client);
}));

static async Task AskAsync(HttpClient client)
{
    using var body = new StringContent("""{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""", Encoding.UTF8, "application/json");
    using var answer = await client.PostAsync("/v1/chat/completions", body);
    answer.EnsureSuccessStatusCode();
    await answer.Content.ReadAsByteArrayAsync();
}

static async Task<bool> AnswersAsync(HttpClient client)
{
    try
    {
        await AskAsync(client);
        return true;
    }
    catch (HttpRequestException e) when (e.StatusCode is null)
    {
        return false;
    }
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
