using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nano.Testing;

namespace Nano.Tests.Documentation;

/// <summary>
/// Checks host.json against the rules of its published schema (SchemaStore, host.json, version 2) and against the gateway's needs.
/// JSON has no comments, so the reasons for the values are here.
/// </summary>
public sealed partial class HostFileTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "host.json"));
    private static readonly JsonElement Host = JsonDocument.Parse(Text).RootElement;

    /// <summary>The schema's rule for each member that the gateway uses; most objects allow no other members.</summary>
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

    /// <summary>Base URLs are the same under both hosts.</summary>
    [Fact]
    public void Routes_have_no_prefix() => Http("routePrefix").GetString().ShouldBe("");

    /// <summary>
    /// The gateway limits its open requests itself, with an error in the caller's dialect (MAX_CONCURRENT_REQUESTS), and Flex Consumption
    /// limits them per instance. A queue in the host would delay streams, and its 429 has no body.
    /// </summary>
    [Fact]
    public void The_host_neither_queues_nor_refuses()
    {
        Http("maxOutstandingRequests").GetInt32().ShouldBe(-1);
        Http("maxConcurrentRequests").GetInt32().ShouldBe(-1);
        Http("dynamicThrottlesEnabled").GetBoolean().ShouldBeFalse();
    }

    /// <summary>
    /// When the timeout passes, the host ends the worker process with all its calls, so it must be longer than any call. An hour is also
    /// the longest that Flex Consumption waits for the calls of an instance that it removes.
    /// </summary>
    [Fact]
    public void A_call_may_take_an_hour() => TimeSpan.Parse(Host.GetProperty("functionTimeout").GetString()!).ShouldBe(TimeSpan.FromHours(1));

    /// <summary>Usage records are traces that bills depend on: none may be dropped. Requests may, since each contains its sampling weight.</summary>
    [Fact]
    public void Usage_records_are_not_sampled() =>
        Host.GetProperty("logging").GetProperty("applicationInsights").GetProperty("samplingSettings").GetProperty("excludedTypes").GetString()!.Split(';').ShouldContain("Trace");

    /// <summary>
    /// A function's logs have the category Function.NAME.User in the host, whatever the worker's own category is
    /// (Azure/azure-functions-host, GrpcWorkerChannel.Log writes to the logger of the invocation). The wildcard admits the records of every
    /// function, including later ones. Core Tools do not support wildcards, so the chat function is also listed by name.
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
    /// The host's own lines about a call (category Function.NAME: its start and its end) would triple the cost of logs. When a caller disconnects,
    /// the last of them is an error with an exception (DefaultHttpProxyService.EnsureSuccessfulForwardingAsync). Host.Results also has
    /// every failed call with its exception, so nothing is lost.
    /// </summary>
    [Fact]
    public void The_host_logs_only_the_result_of_a_call()
    {
        var enabled = Levels();
        enabled("Function.ChatCompletions", LogLevel.Critical).ShouldBeFalse();
        enabled("Function.Unmatched", LogLevel.Critical).ShouldBeFalse();
        // This category becomes the requests in Application Insights.
        enabled("Host.Results", LogLevel.Information).ShouldBeTrue();
        enabled("Host.Startup", LogLevel.Information).ShouldBeFalse();
        enabled("Host.Function.Console", LogLevel.Error).ShouldBeTrue("what the worker writes about its settings before the first call");
    }

    /// <summary>Evaluates levels like the host: by Microsoft.Extensions.Logging, the longest matching category applies.</summary>
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
