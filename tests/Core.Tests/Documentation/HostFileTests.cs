using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Inbound;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>
/// host.json, held against the rules of its published schema (SchemaStore, host.json, version 2) and against what the gateway needs of
/// the Functions host. JSON has no comments: why a value is what it is is here.
/// </summary>
public sealed partial class HostFileTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "host.json"));
    private static readonly JsonElement Host = JsonDocument.Parse(Text).RootElement;

    /// <summary>Member by member what the schema allows of what the gateway uses; it allows no others in most places.</summary>
    private static readonly Dictionary<string, Func<JsonElement, bool>> Schema = new()
    {
        [".version"] = value => value.GetString() == "2.0",
        [".functionTimeout"] = value => Duration().IsMatch(value.GetString()!),
        [".extensions.http.routePrefix"] = value => value.ValueKind == JsonValueKind.String,
        [".extensions.http.maxOutstandingRequests"] = value => value.TryGetInt32(out _),
        [".extensions.http.maxConcurrentRequests"] = value => value.TryGetInt32(out _),
        [".extensions.http.dynamicThrottlesEnabled"] = value => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        [".logging.applicationInsights.samplingSettings.isEnabled"] = value => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        [".logging.applicationInsights.samplingSettings.excludedTypes"] = value =>
            value.GetString()!.Split(';').All(type => type is "Dependency" or "Event" or "Exception" or "PageView" or "Request" or "Trace"),
    };

    [Fact]
    public void It_keeps_to_its_schema()
    {
        var leaves = Leaves("", Host).ToList();
        leaves.Select(leaf => leaf.Path).ShouldBeUnique("a member is there twice");
        foreach (var (path, value) in leaves)
        {
            if (path.StartsWith(".logging.logLevel.", StringComparison.Ordinal)) Enum.TryParse<LogLevel>(value.GetString(), ignoreCase: false, out _).ShouldBeTrue(path);
            else Schema.GetValueOrDefault(path, _ => false)(value).ShouldBeTrue($"{path} is not what the schema allows");
        }
    }

    /// <summary>A base URL is the same under both hosts.</summary>
    [Fact]
    public void Routes_have_no_prefix() => Http("routePrefix").GetString().ShouldBe("");

    /// <summary>
    /// The gateway bounds its open requests itself and says so in the caller's dialect (MAX_CONCURRENT_REQUESTS), and Flex Consumption
    /// bounds them for each instance; a queue in the host would keep streams waiting, and its 429 has no body.
    /// </summary>
    [Fact]
    public void The_host_neither_queues_nor_refuses()
    {
        Http("maxOutstandingRequests").GetInt32().ShouldBe(-1);
        Http("maxConcurrentRequests").GetInt32().ShouldBe(-1);
        Http("dynamicThrottlesEnabled").GetBoolean().ShouldBeFalse();
    }

    /// <summary>
    /// When it runs out, the host ends the worker's process, and with it every other call: so it is longer than any call. An hour is also
    /// the longest that Flex Consumption waits for calls of an instance that it takes away.
    /// </summary>
    [Fact]
    public void A_call_may_take_an_hour() => TimeSpan.Parse(Host.GetProperty("functionTimeout").GetString()!).ShouldBe(TimeSpan.FromHours(1));

    /// <summary>Usage records are traces, and they are bills: none may be left out. Requests may, since each says how many it stands for.</summary>
    [Fact]
    public void Usage_records_are_not_sampled() =>
        Host.GetProperty("logging").GetProperty("applicationInsights").GetProperty("samplingSettings").GetProperty("excludedTypes").GetString()!.Split(';').ShouldContain("Trace");

    /// <summary>
    /// What a function logs has the category Function.NAME.User in the host, whatever the worker's own category is
    /// (Azure/azure-functions-host, GrpcWorkerChannel.Log writes to the logger of the invocation). The wildcard lets through the records of every
    /// function, also of one that is added later. Core Tools know no wildcards: the chat function is also listed by name.
    /// </summary>
    [Fact]
    public void The_records_of_every_function_are_kept()
    {
        var enabled = Levels();
        var functions = FunctionName().Matches(File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "src", "Functions", "GatewayFunctions.cs")))
            .Select(match => match.Groups[1].Value).ToList();
        functions.Count.ShouldBeGreaterThan(10);
        foreach (var function in functions) enabled($"Function.{function}.User", LogLevel.Information).ShouldBeTrue(function);
        Host.GetProperty("logging").GetProperty("logLevel").GetProperty("Function.ChatCompletions.User").GetString().ShouldBe("Information");
    }

    /// <summary>
    /// The host's own lines about a call (category Function.NAME: that it began, that it ended) would treble what is paid for. When a caller leaves,
    /// the last of them is an error with an exception (DefaultHttpProxyService.EnsureSuccessfulForwardingAsync). Host.Results has every
    /// failed call with its exception as well, so nothing is lost.
    /// </summary>
    [Fact]
    public void Of_a_call_the_host_logs_its_result_and_nothing_else()
    {
        var enabled = Levels();
        enabled("Function.ChatCompletions", LogLevel.Critical).ShouldBeFalse();
        enabled("Function.Unmatched", LogLevel.Critical).ShouldBeFalse();
        // The requests of Application Insights.
        enabled("Host.Results", LogLevel.Information).ShouldBeTrue();
        enabled("Host.Startup", LogLevel.Information).ShouldBeFalse();
        enabled("Host.Function.Console", LogLevel.Error).ShouldBeTrue("what the worker writes about its settings before the first call");
    }

    /// <summary>As the host reads them: by Microsoft.Extensions.Logging, the longest category that fits.</summary>
    private static Func<string, LogLevel, bool> Levels()
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Text))).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddConfiguration(configuration.GetSection("logging")).AddProvider(new Everything()));
        var factory = services.BuildServiceProvider().GetRequiredService<ILoggerFactory>();
        return (category, level) => factory.CreateLogger(category).IsEnabled(level);
    }

    private static JsonElement Http(string name) => Host.GetProperty("extensions").GetProperty("http").GetProperty(name);

    private static IEnumerable<(string Path, JsonElement Value)> Leaves(string path, JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? value.EnumerateObject().SelectMany(member => Leaves($"{path}.{member.Name}", member.Value))
        : [(path, value)];

    [GeneratedRegex("^(-1|([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])$")]
    private static partial Regex Duration();

    [GeneratedRegex("""\[Function\("(\w+)"\)\]""")]
    private static partial Regex FunctionName();

    private sealed class Everything : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) { }

        public void Dispose() { }
    }
}
