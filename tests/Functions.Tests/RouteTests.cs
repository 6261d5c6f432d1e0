using System.Text;
using System.Text.RegularExpressions;
using Nano.Inbound;
using Nano.Functions.Tests.Hosting;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.Functions.Tests;

/// <summary>A worker behind the Functions host responds to every request as LocalHost does: same status, headers and body.</summary>
public sealed partial class RouteTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private const string Hello = """{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""";
    private const string HelloStream = """{"model":"nano/echo","stream":true,"messages":[{"role":"user","content":"Hello"}]}""";

    [Theory]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions", Hello)]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions?api-version=1", Hello)]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions/", Hello)]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions", HelloStream)]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions", "{")]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions", "")]
    [InlineData("ChatCompletions", "POST", "/v1/chat/completions", """{"model":"xai/grok-4","messages":[]}""")]
    [InlineData("Unmatched", "GET", "/v1/chat/completions")]
    [InlineData("Unmatched", "DELETE", "/v1/chat/completions")]
    [InlineData("Unmatched", "PATCH", "/v1/chat/completions", "{}")]
    [InlineData("Unmatched", "OPTIONS", "/v1/chat/completions")]
    [InlineData("ChatCompletions", "POST", "/V1/Chat/Completions", Hello)]
    [InlineData("Unmatched", "POST", "/chat/completions", Hello)]
    [InlineData("Unmatched", "POST", "/openai/deployments/nano%2Fecho/chat/completions?api-version=2024-10-21", Hello)]
    [InlineData("Unmatched", "POST", "/openai/deployments/nano/echo/chat/completions?api-version=2024-10-21", HelloStream)]
    [InlineData("Responses", "POST", "/v1/responses", """{"model":"nano/none","input":"Hello"}""")]
    [InlineData("Messages", "POST", "/v1/messages?beta=true", """{"model":"nano/none","max_tokens":9,"messages":[]}""")]
    [InlineData("GeminiMethod", "POST", "/v1beta/models/nano/echo:generateContent", "{")]
    [InlineData("GeminiMethod", "POST", "/v1beta/models/nano%2Fecho:streamGenerateContent?alt=sse", "{")]
    [InlineData("GeminiMethodV1", "POST", "/v1/models/nano/echo:generateContent", "{")]
    [InlineData("GeminiModels", "GET", "/v1beta/models")]
    [InlineData("OneGeminiModel", "GET", "/v1beta/models/nano/echo")]
    [InlineData("Unmatched", "HEAD", "/")]
    [InlineData("Unmatched", "HEAD", "/api/hello")]
    [InlineData("Models", "GET", "/v1/models")]
    [InlineData("Unmatched", "HEAD", "/v1/models")]
    [InlineData("Models", "GET", "/v1/models/")]
    [InlineData("GeminiMethodV1", "POST", "/v1/models", "{}")]
    [InlineData("OneModel", "GET", "/v1/models/nano/echo")]
    [InlineData("Unmatched", "HEAD", "/v1/models/nano/echo")]
    [InlineData("OneModel", "GET", "/v1/models/nano%2Fecho")]
    [InlineData("OneModel", "GET", "/v1/models/nano%2fecho")]
    [InlineData("OneModel", "GET", "/v1/models/nano%252Fecho")]
    [InlineData("OneModel", "GET", "/v1/models/n%61no/echo")]
    [InlineData("OneModel", "GET", "/v1/models/openai/a%20b%3Fc%23d%25e+f;g=h&i")]
    [InlineData("OneModel", "GET", "/v1/models/%C3%BC/%E2%82%AC")]
    [InlineData("OneModel", "GET", "/v1/models/a//b")]
    [InlineData("Unmatched", "DELETE", "/v1/models/nano/echo")]
    [InlineData("Session", "GET", "/api/session")]
    [InlineData("Session", "DELETE", "/api/session")]
    [InlineData("Session", "POST", "/api/session", "{}")]
    [InlineData("Unmatched", "PUT", "/api/session", "{}")]
    [InlineData("Providers", "GET", "/api/providers")]
    [InlineData("ProviderStatus", "GET", "/api/providers/nobody/status")]
    [InlineData("Unmatched", "GET", "/api/providers/a/b/status")]
    [InlineData("ProviderSession", "POST", "/api/providers/nobody/session", "{}")]
    [InlineData("PanelModels", "GET", "/api/models")]
    [InlineData("Unmatched", "POST", "/api/activity", "{}")]
    [InlineData("Activity", "GET", "/api/activity?request_id=nobodys")]
    [InlineData("Panel", "GET", "/access")]
    [InlineData("Unmatched", "HEAD", "/access")]
    [InlineData("Panel", "GET", "/access/")]
    [InlineData("Unmatched", "POST", "/access", "{}")]
    [InlineData("PanelFile", "GET", "/access/0000000000000000/app.js")]
    [InlineData("PanelFile", "GET", "/access/index.html")]
    [InlineData("Health", "GET", "/healthz")]
    [InlineData("Unmatched", "HEAD", "/healthz")]
    [InlineData("Unmatched", "POST", "/healthz", "")]
    [InlineData("Ready", "GET", "/readyz")]
    [InlineData("Unmatched", "GET", "/readyz/more")]
    [InlineData("Unmatched", "GET", "/")]
    [InlineData("Unmatched", "GET", "/nowhere")]
    [InlineData("Unmatched", "PUT", "/no/where", "{}")]
    [InlineData("Unmatched", "GET", "/api/v1/models")]
    public async Task A_request_has_the_same_response_as_under_LocalHost(string function, string method, string target, string? body = null)
    {
        hosts.Script();
        using var first = await BothHosts.SendAsync(hosts.Local, Request(method, target, body));
        using var second = await BothHosts.SendAsync(hosts.Functions, Request(method, target, body));
        var local = Told(await GatewayReply.ReadAsync(first));
        Told(await GatewayReply.ReadAsync(second)).ShouldBe(local);
        local.ShouldNotContain("broken");
        (await BothHosts.SoonAsync(() => hosts.Results.FirstOrDefault())).Function.ShouldBe(function);
    }

    /// <summary>Also applies to routes that are added later, whatever their function is called.</summary>
    [Fact]
    public async Task Each_route_runs_its_own_function()
    {
        foreach (var route in GatewayRoutes.All)
        {
            // A response id that names no deployment belongs to the only provider that stores responses.
            hosts.Script(UpstreamScript.Json("{}"));
            using var response = await BothHosts.SendAsync(hosts.Functions, Request(route.Method, Parameter().Replace(route.Pattern, "any"), route.Method == "POST" ? "{}" : null));
            await GatewayReply.ReadAsync(response);
            var own = hosts.Triggers.Single(trigger => "/" + trigger.Route == route.Pattern && trigger.Methods!.Contains(route.Method));
            (await BothHosts.SoonAsync(() => hosts.Results.FirstOrDefault())).Function.ShouldBe(own.Function, $"{route.Method} {route.Pattern}");
        }
    }

    /// <summary>
    /// The host keeps a record only if host.json keeps the category of the function that served it. Also for a route that is added later, and for the paths of
    /// the APIs that have no function of their own.
    /// </summary>
    [Fact]
    public async Task The_host_keeps_the_usage_record_of_every_route_of_an_API()
    {
        string[] otherPaths = ["/chat/completions", "/responses", "/messages", "/embeddings", "/openai/deployments/nano/echo/chat/completions", "/openai/v1/responses"];
        var routes = GatewayRoutes.All.Where(route => route.Pattern.StartsWith("/v1", StringComparison.Ordinal)).Select(route => (route.Method, route.Pattern))
            .Concat(otherPaths.Select(path => (Method: "POST", Pattern: path))).ToList();
        var kept = new List<string>();
        foreach (var (method, pattern) in routes)
        {
            hosts.Script(UpstreamScript.Json("{}"));
            var parameter = method == "POST" && pattern.EndsWith("models/{**id}", StringComparison.Ordinal) ? "nano/echo:generateContent" : "any";
            using var response = await BothHosts.SendAsync(hosts.Functions, Request(method, Parameter().Replace(pattern, parameter), method == "POST" ? "{}" : null));
            await GatewayReply.ReadAsync(response);
            var function = (await BothHosts.SoonAsync(() => hosts.Results.FirstOrDefault())).Function;
            // The worker sends the record before it reports that the call has ended.
            var written = hosts.Logs.Count(log => IsRecord(log.Message));
            // Lists of models use nothing.
            written.ShouldBe(method == "GET" && pattern.Contains("/models", StringComparison.Ordinal) ? 0 : 1, $"{method} {pattern}");
            hosts.HostLogs.Where(log => IsRecord(log.Message)).Select(log => log.Category).ShouldBe(Enumerable.Repeat($"Function.{function}.User", written), $"{method} {pattern}");
            if (written > 0) kept.Add(function);
        }
        kept.ShouldBeSubsetOf(hosts.Triggers.Select(trigger => trigger.Function));
        kept.Distinct().Count().ShouldBeGreaterThan(10);

        static bool IsRecord(string message) => message.StartsWith("usage id=", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_begins_with_two_slashes_is_the_hosts_own_404()
    {
        using var response = await BothHosts.SendAsync(hosts.Functions, Request("GET", "//v1/models", null));
        var reply = await GatewayReply.ReadAsync(response);
        ((int)reply.Status).ShouldBe(404);
        reply.Body.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("authorization", "Bearer wrong", "/v1/models")]
    [InlineData("x-api-key", BothHosts.CallerKey, "/v1/models")]
    [InlineData("x-goog-api-key", BothHosts.CallerKey, "/v1/models")]
    [InlineData("anthropic-version", "2023-06-01", "/v1/models")]
    [InlineData("anthropic-version", "2023-06-01", "/nowhere")]
    [InlineData("host", "elsewhere.example", "/v1/models")]
    [InlineData("x-forwarded-host", "elsewhere.example", "/v1/models")]
    public async Task A_header_has_the_same_effect(string name, string value, string target)
    {
        var replies = new List<string>();
        foreach (var client in new[] { hosts.Local, hosts.Functions })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
            using var response = await BothHosts.SendAsync(client, request);
            replies.Add(Told(await GatewayReply.ReadAsync(response)));
        }
        replies[1].ShouldBe(replies[0]);
    }

    /// <summary>Every file of the panel, compressed and not, with its policies, its caching and its tag.</summary>
    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("identity")]
    public async Task The_panel_is_the_same(string encoding)
    {
        var page = await hosts.Local.GetStringAsync("/access");
        var addresses = PanelAddress().Matches(page).Select(match => "/" + match.Groups[1].Value).Distinct().Prepend("/access").ToList();
        addresses.Count.ShouldBeGreaterThan(40);
        foreach (var address in addresses)
        {
            var replies = new List<GatewayReply>();
            foreach (var client in new[] { hosts.Local, hosts.Functions })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
                using var response = await BothHosts.SendAsync(client, request);
                replies.Add(await GatewayReply.ReadAsync(response));
            }
            ((int)replies[0].Status).ShouldBe(200, address);
            replies[1].Body.ShouldBe(replies[0].Body, address);
            Told(replies[1] with { Body = [] }).ShouldBe(Told(replies[0] with { Body = [] }), address);
        }
    }

    [Fact]
    public async Task Calls_that_come_together_get_their_own_responses()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            using var response = await BothHosts.SendAsync(hosts.Functions, BothHosts.Chat(Hello.Replace("Hello", $"number {i};")));
            return (await GatewayReply.ReadAsync(response)).Text;
        }));
        for (var i = 0; i < replies.Length; i++) replies[i].ShouldContain($"number {i};");
    }

    private static HttpRequestMessage Request(string method, string target, string? body)
    {
        // A path of two slashes is not a reference to a host here.
        var request = new HttpRequestMessage(new HttpMethod(method), target.StartsWith("//", StringComparison.Ordinal) ? "." + target : target);
        request.Headers.Authorization = BothHosts.Authorization;
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return request;
    }

    /// <summary>All of a response except the parts that differ between any two responses, or any two gateways.</summary>
    private static string Told(GatewayReply reply)
    {
        var told = new StringBuilder($"{(int)reply.Status}{(reply.IsBroken ? " broken" : "")}\n");
        foreach (var (name, value) in reply.Headers.OrderBy(header => header.Key, StringComparer.Ordinal))
            if (name != "date") told.Append(name).Append(": ")
                .Append(name is "x-request-id" or "request-id" || (name == "content-length" && value == $"{reply.Body.Length}") ? "..." : value).Append('\n');
        return Changing().Replace(told.Append('\n').Append(reply.Text).ToString(), "...");
    }

    [GeneratedRegex("[{][^}]+[}]")]
    private static partial Regex Parameter();

    [GeneratedRegex("(?:src|href)=\"(access/[^\"]+)\"")]
    private static partial Regex PanelAddress();

    [GeneratedRegex("(?<=\"created\":)[0-9]+|(?<=\"id\":\"chatcmpl-)[A-Za-z0-9-]+|(?<=\"(?:instance|started_at|request_id)\":\")[^\"]+|(?<=http://127[.]0[.]0[.]1:)[0-9]+")]
    private static partial Regex Changing();
}
