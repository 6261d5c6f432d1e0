using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Nano.Bench.Bridge;
using Nano.Bench.ColdStart;
using Nano.Bench.Worker;

// BridgeBench ROUNDS COMMAND   COMMAND starts a LocalHost. CPU of its process per whole response and per streamed chunk: the same request by
// passthrough (gpt-4o) and over Responses (gpt-6.2-sol), alternating, in one process.
var rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
await using var provider = await Provider.StartAsync();
Environment.SetEnvironmentVariable("OPENAI_BASE_URL", provider.Urls.First() + "/v1");
Environment.SetEnvironmentVariable("OPENAI_API_KEY", "k");
await using var server = new ServerProcess(args[1]);
using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = server.Address };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");

const string tools = """
    "tools":[{"type":"function","function":{"name":"get_weather","description":"The weather of a city.","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}}]
    """;
(string Name, string Members, int Callers, int Requests, int Units)[] loads =
[
    ("whole response", "", 8, 4000, 1),
    ("chunk, all at once", "\"stream\":true,\"stream_options\":{\"include_usage\":true},", 8, 320, Provider.Words),
    ("chunk, one at a time", "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"user\":\"paced\",", 40, 40, Provider.Words),
];
string[] models = ["openai/gpt-4o", "openai/gpt-6.2-sol"];
var cpu = loads.Select(_ => models.Select(_ => new List<double>()).ToArray()).ToArray();

while (!await AnswersAsync()) await server.WaitAsync();
// The first rounds compile hot code.
for (var round = -2; round < rounds; round++)
{
    for (var load = 0; load < loads.Length; load++)
    {
        for (var way = 0; way < models.Length; way++)
        {
            var (_, members, callers, requests, units) = loads[load];
            var body = Encoding.UTF8.GetBytes(
                $"{{\"model\":\"{models[way]}\",{members}\"messages\":[{{\"role\":\"system\",\"content\":\"Be brief.\"}},{{\"role\":\"user\",\"content\":\"What is the weather?\"}}],{tools}}}");
            await LoadAsync(body, callers, callers * 2);
            var before = ProcessClock.CpuMs(server.Id);
            await LoadAsync(body, callers, requests);
            if (round >= 0) cpu[load][way].Add((ProcessClock.CpuMs(server.Id) - before) * 1000 / (requests * units));
        }
    }
}
Console.WriteLine("| CPU µs per | passthrough, min | over Responses, min | ratio | median | median | ratio |\n|---|--:|--:|--:|--:|--:|--:|");
for (var load = 0; load < loads.Length; load++)
{
    double Least(int way) => cpu[load][way].Min();
    double Middle(int way) => cpu[load][way].Order().ElementAt(rounds / 2);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {loads[load].Name} | {Least(0):0.00} | {Least(1):0.00} | {Least(1) / Least(0):0.00} | {Middle(0):0.00} | {Middle(1):0.00} | {Middle(1) / Middle(0):0.00} |"));
}

Task LoadAsync(byte[] body, int callers, int number) => Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
{
    for (var i = 0; i < number / callers; i++) await AskAsync(body);
}));

async Task AskAsync(byte[] body)
{
    using var content = new ByteArrayContent(body);
    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    using var answer = await client.PostAsync("/v1/chat/completions", content);
    var said = await answer.Content.ReadAsByteArrayAsync();
    if (!answer.IsSuccessStatusCode || said.AsSpan().IndexOf("wording"u8) + said.AsSpan().IndexOf("get_weather"u8) < 0)
        throw new InvalidOperationException(Encoding.UTF8.GetString(said));
}

async Task<bool> AnswersAsync()
{
    try
    {
        await AskAsync("""{"model":"openai/gpt-4o","messages":[{"role":"user","content":"Hello"}]}"""u8.ToArray());
        return true;
    }
    catch (HttpRequestException e) when (e.StatusCode is null)
    {
        return false;
    }
}
