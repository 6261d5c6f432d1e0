using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Nano.Bench.ColdStart;
using Nano.Bench.Pairs;
using Nano.Bench.Worker;

// PairsBench ROUNDS COMMAND [CALLER...]   COMMAND starts a LocalHost. CPU of its process per whole response and per streamed chunk, for callers of
// each API with providers of each API, in turns, in one process. The passthroughs are the pairs of one API.
var rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
await using var provider = await Provider.StartAsync();
var url = provider.Urls.First();
foreach (var (name, value) in new (string, string)[]
{
    ("OPENAI_BASE_URL", url + "/v1"), ("OPENAI_API_KEY", "k"), ("ANTHROPIC_BASE_URL", url), ("ANTHROPIC_API_KEY", "k"), ("GOOGLE_BASE_URL", url), ("GOOGLE_API_KEY", "k"),
    ("CUSTOM_ANY_BASE_URL", url + "/v1"),
}) Environment.SetEnvironmentVariable(name, value);
await using var server = new ServerProcess(args[1]);
using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { BaseAddress = server.Address };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Nano");

const string schema = """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}""";
const string function = "\"name\":\"get_weather\",\"description\":\"The weather of a city.\",\"parameters\":" + schema;
(string Title, string Model)[] providers = [("Chat", "any/m"), ("Responses", "openai/gpt-6.2-sol"), ("Messages", "anthropic/claude-sonnet-5"),
    ("Gemini", "google/gemini-3.8-flash")];
(string Title, Func<string, bool, (string Path, string Body)> Ask)[] callers =
[
    ("Chat", (model, stream) => ("/v1/chat/completions",
        $$$"""{"model":"{{{model}}}",{{{(stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "")}}}"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What is the weather?"}],"tools":[{"type":"function","function":{{{{function}}}}}]}""")),
    ("Responses", (model, stream) => ("/v1/responses",
        $$$"""{"model":"{{{model}}}",{{{(stream ? "\"stream\":true," : "")}}}"store":false,"instructions":"Be brief.","input":[{"role":"user","content":"What is the weather?"}],"tools":[{"type":"function",{{{function}}}}]}""")),
    ("Messages", (model, stream) => ("/v1/messages",
        $$$"""{"model":"{{{model}}}",{{{(stream ? "\"stream\":true," : "")}}}"max_tokens":4096,"system":"Be brief.","messages":[{"role":"user","content":"What is the weather?"}],"tools":[{"name":"get_weather","description":"The weather of a city.","input_schema":{{{schema}}}}]}""")),
    ("Gemini", (model, stream) => ($"/v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
        $$$"""{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"What is the weather?"}]}],"tools":[{"functionDeclarations":[{{{{function}}}}]}]}""")),
];
var pairs = callers.Where(c => args.Length < 3 || args[2..].Contains(c.Title))
    .SelectMany(caller => providers.Select(target => (Caller: caller.Title, Provider: target.Title, Whole: caller.Ask(target.Model, false),
    Stream: caller.Ask(target.Model, true)))).ToArray();
var whole = pairs.Select(_ => new List<double>()).ToArray();
var chunk = pairs.Select(_ => new List<double>()).ToArray();

for (var ready = false; !ready;)
{
    await server.WaitAsync();
    try
    {
        ready = (await client.GetAsync("/healthz")).IsSuccessStatusCode;
    }
    catch (HttpRequestException)
    {
        // It does not listen yet.
    }
}
// The first rounds compile what is hot.
for (var round = -2; round < rounds; round++)
{
    for (var i = 0; i < pairs.Length; i++)
    {
        await MeasureAsync(pairs[i].Whole, 2000, 1, round >= 0 ? whole[i] : null);
        await MeasureAsync(pairs[i].Stream, 160, Provider.Words, round >= 0 ? chunk[i] : null);
    }
    Console.Error.Write('.');
}
Console.WriteLine("\n| caller | provider | whole, µs | ratio to its passthrough | to Chat's | chunk, µs | ratio to its passthrough | to Chat's |\n|---|---|--:|--:|--:|--:|--:|--:|");
for (var i = 0; i < pairs.Length; i++)
{
    var own = Array.FindIndex(pairs, pair => pair.Caller == pairs[i].Caller && pair.Provider == pair.Caller);
    var (w, c) = (whole[i].Min(), chunk[i].Min());
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {pairs[i].Caller} | {pairs[i].Provider} | {w:0.0} | {w / whole[own].Min():0.00} | {w / whole[0].Min():0.00} | {c:0.00} | {c / chunk[own].Min():0.00} | {c / chunk[0].Min():0.00} |"));
}

async Task MeasureAsync((string Path, string Body) request, int count, int units, List<double>? results)
{
    var body = Encoding.UTF8.GetBytes(request.Body);
    await LoadAsync(request.Path, body, 16);
    var before = ProcessClock.CpuMs(server.Id);
    await LoadAsync(request.Path, body, count);
    results?.Add((ProcessClock.CpuMs(server.Id) - before) * 1000 / (count * units));
}

Task LoadAsync(string path, byte[] body, int count) => Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
{
    for (var i = 0; i < count / 8; i++)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await client.PostAsync(path, content);
        var said = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode || said.AsSpan().IndexOf("wordin"u8) + said.AsSpan().IndexOf("get_weather"u8) < 0)
            throw new InvalidOperationException($"{path}: {Encoding.UTF8.GetString(said)}");
    }
}));
