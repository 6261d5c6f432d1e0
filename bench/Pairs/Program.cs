using System.Globalization;
using Nano.Bench.Pairs;

// PairsBench ROUNDS COMMAND [SERIES...]   COMMAND starts a LocalHost. Its CPU and its allocations, alternating, in one process: per whole response and per
// streamed chunk for callers of each API with providers of each API, for the request of a coding agent, and for embeddings compared with a bare relay.
// SERIES are names of callers ("Chat"), "agent" and "embeddings"; without any, all.
// PairsBench relay URL   The bare relay.
if (args[0] == "relay")
{
    await Relay.RunAsync(args[1]);
    return;
}
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
await using var provider = await Provider.StartAsync();
var url = provider.Urls.First();
foreach (var (name, value) in new (string, string)[]
{
    ("OPENAI_BASE_URL", url + "/v1"), ("OPENAI_API_KEY", "k"), ("ANTHROPIC_BASE_URL", url), ("ANTHROPIC_API_KEY", "k"), ("GOOGLE_BASE_URL", url), ("GOOGLE_API_KEY", "k"),
    ("CUSTOM_ANY_BASE_URL", url + "/v1"),
}) Environment.SetEnvironmentVariable(name, value);
await using var gateway = new Target(args[1]);
var self = Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? $"{Environment.ProcessPath} {typeof(Target).Assembly.Location}" : Environment.ProcessPath;
await using var relay = new Target($"{self} relay {url}");
await gateway.WaitAsync();
await relay.WaitAsync();

var pairs = Callers.All.Where(caller => IsWanted(caller.Title)).SelectMany(caller => Callers.Providers.Select(to => (Caller: caller.Title, Provider: to.Title,
    Whole: new Series(gateway, caller.Ask(to.Model, false), 2000), Stream: new Series(gateway, caller.Ask(to.Model, true), 320)))).ToArray();
var (relayed, relayedStream) = (new Series(relay, Callers.All[0].Ask("any/m", false), 2000), new Series(relay, Callers.All[0].Ask("any/m", true), 320));
var agents = Callers.Providers.Where(_ => IsWanted("agent")).Select(to => (to.Title, Series: new Series(gateway, Callers.Agent(to.Model), 400))).ToArray();
var embeddings = new[] { (Title: "bare relay", Target: relay), (Title: "gateway", Target: gateway) }.Where(_ => IsWanted("embeddings"))
    .Select(one => (one.Title, Series: new Series(one.Target, Callers.Embeddings("openai/text-embedding-3-small"), 80))).ToArray();
Series[] all =
[
    .. pairs.Length > 0 ? new[] { relayed, relayedStream } : [], .. pairs.SelectMany(p => new[] { p.Whole, p.Stream }), .. agents.Select(a => a.Series),
    .. embeddings.Select(e => e.Series),
];

// The first rounds compile hot code.
for (var round = -2; round < rounds; round++)
{
    foreach (var series in all) await series.MeasureAsync(keep: round >= 0);
    Console.Error.Write('.');
}

Print("caller | provider | whole, µs | to its passthrough | to Chat's | KB allocated | chunk, µs | to its passthrough | to Chat's | KB allocated per stream", left: 2);
foreach (var pair in pairs)
{
    var own = pairs.First(other => other.Caller == pair.Caller && other.Provider == pair.Caller);
    Print($"{pair.Caller} | {pair.Provider} | {pair.Whole.Cpu:0.0} | {pair.Whole.To(own.Whole)} | {pair.Whole.To(pairs[0].Whole)} | {pair.Whole.Kilobytes:0.0} | "
        + $"{pair.Stream.Cpu / Provider.Words:0.00} | {pair.Stream.To(own.Stream)} | {pair.Stream.To(pairs[0].Stream)} | {pair.Stream.Kilobytes:0.0}");
}
if (pairs.Length > 0)
{
    Print($"bare relay | Chat | {relayed.Cpu:0.0} | | {relayed.To(pairs[0].Whole)} | {relayed.Kilobytes:0.0} | {relayedStream.Cpu / Provider.Words:0.00} | | "
        + $"{relayedStream.To(pairs[0].Stream)} | {relayedStream.Kilobytes:0.0}");
}
if (agents.Length > 0) Print($"a request of {Callers.Agent("").Body.Length / 1024} KB with 70 tools, from Messages to | µs | to its passthrough | KB allocated", left: 1);
foreach (var (title, series) in agents) Print($"{title} | {series.Cpu:0.0} | {series.To(agents.First(a => a.Title == "Messages").Series)} | {series.Kilobytes:0.0}");
if (embeddings.Length > 0) Print("embeddings, 100 x 1,536 floats | µs | to the bare relay's | KB allocated", left: 1);
foreach (var (title, series) in embeddings) Print($"{title} | {series.Cpu:0.0} | {series.To(embeddings[0].Series)} | {series.Kilobytes:0.0}");

bool IsWanted(string title) => args.Length < 3 || args[2..].Contains(title);

// A row; the first row of a table names the columns with numbers.
static void Print(string row, int left = 0)
{
    Console.WriteLine(left == 0 ? $"| {row} |" : $"\n| {row} |\n|{string.Concat(Enumerable.Range(0, row.Split('|').Length).Select(i => i < left ? "---|" : "--:|"))}");
}
