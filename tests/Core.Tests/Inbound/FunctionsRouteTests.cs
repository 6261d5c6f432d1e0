using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Nano.Inbound;
using Nano.Testing;

namespace Nano.Tests.Inbound;

/// <summary>
/// The triggers of the Functions app equal the route table. They are read as text, so that these tests need no worker;
/// <c>tests/Functions.Tests</c> queries the worker itself.
/// </summary>
public sealed partial class FunctionsRouteTests
{
    private static readonly string Source = File.ReadAllText(Path.Combine(WireCorpus.RepositoryRoot, "src", "Functions", "GatewayFunctions.cs"));
    private static readonly List<Trigger> Triggers = [.. Attribute().Matches(Source).Select(Read)];

    [Fact]
    public void Every_trigger_is_understood()
    {
        Triggers.Count.ShouldBe(Regex.Count(Source, @"\[HttpTrigger\("));
        Triggers.Count.ShouldBe(Regex.Count(Source, @"\[Function\("));
        Triggers.ShouldAllBe(trigger => trigger.Function == trigger.Method, "a function is named like its method");
        Triggers.Select(trigger => trigger.Function).ShouldBeUnique();
    }

    [Fact]
    public void Each_route_has_a_trigger_and_each_trigger_a_route() =>
        Triggers.Where(trigger => !trigger.IsForTheRest).SelectMany(trigger => trigger.Methods.Select(method => $"{method.ToUpperInvariant()} /{trigger.Route}"))
        .Order(StringComparer.Ordinal)
            .ShouldBe(GatewayRoutes.All.Select(route => $"{route.Method} {route.Pattern}").Order(StringComparer.Ordinal));

    [Fact]
    public void Paths_without_a_route_reach_the_gateway_too() =>
        Triggers.Single(trigger => trigger.IsForTheRest).Methods.ShouldBeEmpty("it takes every method");

    [Fact]
    public void The_platform_requires_no_key() => Triggers.ShouldAllBe(trigger => trigger.Level == "Anonymous");

    /// <summary>The Functions host reserves them (ScriptHost.ValidateHttpFunction) and would refuse to load the function.</summary>
    [Fact]
    public void No_route_is_reserved_by_the_platform() =>
        Triggers.ShouldAllBe(trigger => !trigger.Route.StartsWith("admin", StringComparison.OrdinalIgnoreCase)
        && !trigger.Route.StartsWith("runtime", StringComparison.OrdinalIgnoreCase));

    /// <summary>With the route prefix of host.json the path would have two slashes.</summary>
    [Fact]
    public void No_route_begins_with_a_slash() => Triggers.ShouldAllBe(trigger => !trigger.Route.StartsWith('/'));

    /// <summary>
    /// The Functions host sorts functions by name, ignoring case, and runs the first whose route and methods match
    /// (Azure/azure-functions-host, FunctionMetadataManager and WebScriptHostHttpRoutesManager).
    /// </summary>
    [Fact]
    public void No_function_is_shadowed_by_one_whose_name_sorts_before_its_own()
    {
        var ordered = Triggers.OrderBy(trigger => trigger.Function, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var trigger in Triggers)
        {
            var path = "/" + (trigger.IsForTheRest ? "no/such/path" : CatchAll().Replace(trigger.Route, "a/b").Replace("{id}", "a"));
            path.ShouldNotContain("{", customMessage: "a parameter that this test has no value for");
            foreach (var method in trigger.Methods.DefaultIfEmpty("patch"))
                ordered.First(candidate => candidate.Takes(method, path)).Function.ShouldBe(trigger.Function, $"{method} {path}");
        }
    }

    private static Trigger Read(Match match) => new(
        match.Groups["function"].Value, match.Groups["method"].Value, match.Groups["level"].Value,
        [.. Quoted().Matches(match.Groups["methods"].Value).Select(word => word.Groups[1].Value)], match.Groups["route"].Value);

    private sealed record Trigger(string Function, string Method, string Level, string[] Methods, string Route)
    {
        public bool IsForTheRest => Route == "{**path}";

        public bool Takes(string method, string path) =>
            (Methods.Length == 0 || Methods.Contains(method))
            && new TemplateMatcher(TemplateParser.Parse(Route), new RouteValueDictionary()).TryMatch(path, new RouteValueDictionary());
    }

    [GeneratedRegex("""\[Function\("(?<function>\w+)"\)\]\s+public Task<IResult> (?<method>\w+)\(\[HttpTrigger\(AuthorizationLevel\.(?<level>\w+),(?<methods>(?: "\w+",)*) Route = "(?<route>[^"]+)"\)\]""")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"\{\*\*\w+\}")]
    private static partial Regex CatchAll();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Quoted();
}
