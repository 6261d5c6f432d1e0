using static Nano.Functions.Tests.Facts.HostFact;

namespace Nano.Functions.Tests.Facts;

/// <summary>Which function runs for a request.</summary>
internal static class RoutingFacts
{
    public static IReadOnlyList<HostFact> All { get; } =
    [
        Runs("the order of names decides between routes that match", Order, "GET", "/a/b", "Any", ("Any", "{**path}", null), ("Exact", "a/b", null)),
        Runs("the order of names ignores case", Order, "GET", "/a/b", "any", ("Exact", "a/b", null), ("any", "{**path}", null)),
        Runs("a literal path has no precedence over a parameter", Routes, "GET", "/a/b", "First", ("Second", "a/b", null), ("First", "a/{id}", null)),
        Runs("the order in which the worker reports its functions does not matter", Order, "GET", "/a", "A", ("Z", "a", null), ("A", "a", null)),
        Runs("a route of another method is passed over", Routes, "POST", "/a", "B", ("A", "a", ["get"]), ("B", "a", ["post"])),
        Runs("a trigger without methods takes all", Routes, "PROPFIND", "/a", "A", ("A", "a", null)),
        Runs("methods ignore case", Routes, "POST", "/a", "A", ("A", "a", ["pOsT"])),
        Runs("HEAD is not GET", Routes, "HEAD", "/a", "B", ("A", "a", ["get"]), ("B", "{**path}", null)),
        Runs("OPTIONS is a method like others", Routes, "OPTIONS", "/a", "B", ("A", "a", ["get"]), ("B", "{**path}", null)),
        Runs("a trigger without a route has the function's name as its path", Routes, "GET", "/Hello", "Hello", ("Hello", null, null)),
        Runs("paths ignore case", AspNetRouting, "GET", "/A/b", "A", ("A", "a/B", null)),
        Runs("a slash at the end is ignored", AspNetRouting, "GET", "/a/", "A", ("A", "a", null)),
        Runs("the query is no part of the path", AspNetRouting, "GET", "/a?b=/c", "A", ("A", "a", null)),
        Runs("a parameter takes one segment", AspNetRouting, "GET", "/a/b/c", "B", ("A", "a/{id}", null), ("B", "{**path}", null)),
        Runs("a catch-all parameter takes several segments", AspNetRouting, "GET", "/a/b/c", "A", ("A", "a/{**rest}", null)),
        Runs("a catch-all parameter takes none as well", AspNetRouting, "GET", "/", "A", ("A", "{**path}", null)),
        Runs("an escaped slash is no end of a segment", AspNetRouting, "GET", "/a/b%2Fc", "A", ("A", "a/{id}", null), ("B", "{**path}", null)),
        Runs("a path that begins with two slashes matches nothing", AspNetRouting, "GET", "//a", null, ("A", "{**path}", null)),
        new("the route prefix is in front of every route", RouteBuilder, async () =>
        {
            await using var scene = await HostScene.StartAsync([("A", "a", null)], routePrefix: "api");
            (await scene.FunctionOfAsync("GET", "/api/a")).ShouldBe("A");
            (await scene.FunctionOfAsync("GET", "/a")).ShouldBeNull();
        }),
        new("what no route matches is an empty 404", Routes, async () =>
        {
            await using var scene = await HostScene.StartAsync([("A", "a", ["get"])]);
            var reply = await scene.SendAsync("POST", "/a");
            ((int)reply.Status).ShouldBe(404);
            reply.Body.ShouldBeEmpty();
            scene.Requests.ShouldBeEmpty();
        }),
    ];

    private static HostFact Runs(string says, string source, string method, string target, string? function, params (string, string?, string[]?)[] functions) =>
        new(says, source, async () =>
        {
            await using var scene = await HostScene.StartAsync(functions);
            (await scene.FunctionOfAsync(method, target)).ShouldBe(function);
        });
}
