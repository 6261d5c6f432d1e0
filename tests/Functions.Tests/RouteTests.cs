using System.Text;
using System.Text.RegularExpressions;
using Nano.Functions.Tests.Hosting;
using Nano.LocalHost.Tests.Hosting;

namespace Nano.Functions.Tests;

/// <summary>Whatever a caller sends, a worker behind the Functions host answers as LocalHost does: status, headers and body.</summary>
public sealed partial class RouteTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private const string Hello = """{"model":"nano/echo","messages":[{"role":"user","content":"Hello"}]}""";
    private const string HelloStream = """{"model":"nano/echo","stream":true,"messages":[{"role":"user","content":"Hello"}]}""";

    [Theory]
    [InlineData("POST", "/v1/chat/completions", Hello)]
    [InlineData("POST", "/v1/chat/completions?api-version=1", Hello)]
    [InlineData("POST", "/v1/chat/completions/", Hello)]
    [InlineData("POST", "/v1/chat/completions", HelloStream)]
    [InlineData("POST", "/v1/chat/completions", "{")]
    [InlineData("POST", "/v1/chat/completions", "")]
    [InlineData("POST", "/v1/chat/completions", """{"model":"xai/grok-4","messages":[]}""")]
    [InlineData("GET", "/v1/chat/completions")]
    [InlineData("DELETE", "/v1/chat/completions")]
    [InlineData("PATCH", "/v1/chat/completions", "{}")]
    [InlineData("OPTIONS", "/v1/chat/completions")]
    [InlineData("POST", "/V1/Chat/Completions", Hello)]
    [InlineData("GET", "/v1/models")]
    [InlineData("HEAD", "/v1/models")]
    [InlineData("GET", "/v1/models/")]
    [InlineData("POST", "/v1/models", "{}")]
    [InlineData("GET", "/v1/models/nano/echo")]
    [InlineData("HEAD", "/v1/models/nano/echo")]
    [InlineData("GET", "/v1/models/nano%2Fecho")]
    [InlineData("GET", "/v1/models/nano%2fecho")]
    [InlineData("GET", "/v1/models/nano%252Fecho")]
    [InlineData("GET", "/v1/models/n%61no/echo")]
    [InlineData("GET", "/v1/models/openai/a%20b%3Fc%23d%25e+f;g=h&i")]
    [InlineData("GET", "/v1/models/%C3%BC/%E2%82%AC")]
    [InlineData("GET", "/v1/models/a//b")]
    [InlineData("DELETE", "/v1/models/nano/echo")]
    [InlineData("GET", "/api/session")]
    [InlineData("DELETE", "/api/session")]
    [InlineData("POST", "/api/session", "{}")]
    [InlineData("PUT", "/api/session", "{}")]
    [InlineData("GET", "/api/providers")]
    [InlineData("GET", "/api/providers/nobody/status")]
    [InlineData("GET", "/api/providers/a/b/status")]
    [InlineData("POST", "/api/providers/nobody/session", "{}")]
    [InlineData("GET", "/api/models")]
    [InlineData("POST", "/api/activity", "{}")]
    [InlineData("GET", "/api/activity?request_id=nobodys")]
    [InlineData("GET", "/access")]
    [InlineData("HEAD", "/access")]
    [InlineData("GET", "/access/")]
    [InlineData("POST", "/access", "{}")]
    [InlineData("GET", "/access/0000000000000000/app.js")]
    [InlineData("GET", "/access/index.html")]
    [InlineData("GET", "/healthz")]
    [InlineData("HEAD", "/healthz")]
    [InlineData("POST", "/healthz", "")]
    [InlineData("GET", "/readyz")]
    [InlineData("GET", "/readyz/more")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/nowhere")]
    [InlineData("PUT", "/no/where", "{}")]
    [InlineData("GET", "/api/v1/models")]
    [InlineData("GET", "//v1/models")]
    public async Task A_request_is_answered_as_under_LocalHost(string method, string target, string? body = null)
    {
        using var first = await BothHosts.SendAsync(hosts.Local, Request(method, target, body));
        using var second = await BothHosts.SendAsync(hosts.Functions, Request(method, target, body));
        var local = Told(await GatewayReply.ReadAsync(first));
        Told(await GatewayReply.ReadAsync(second)).ShouldBe(local);
        local.ShouldNotContain("broken");
    }

    [Theory]
    [InlineData("authorization", "Bearer wrong", "/v1/models")]
    [InlineData("x-api-key", BothHosts.CallerKey, "/v1/models")]
    [InlineData("x-goog-api-key", BothHosts.CallerKey, "/v1/models")]
    [InlineData("anthropic-version", "2023-06-01", "/v1/models")]
    [InlineData("anthropic-version", "2023-06-01", "/nowhere")]
    [InlineData("host", "elsewhere.example", "/v1/models")]
    [InlineData("x-forwarded-host", "elsewhere.example", "/v1/models")]
    public async Task A_header_means_the_same(string name, string value, string target)
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
    public async Task Calls_that_come_together_get_their_own_answers()
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
        // A path of two slashes is no reference to a host here.
        var request = new HttpRequestMessage(new HttpMethod(method), target.StartsWith("//", StringComparison.Ordinal) ? "." + target : target);
        request.Headers.Authorization = BothHosts.Authorization;
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return request;
    }

    /// <summary>All of an answer but what no two answers, or no two gateways, share.</summary>
    private static string Told(GatewayReply reply)
    {
        var told = new StringBuilder($"{(int)reply.Status}{(reply.IsBroken ? " broken" : "")}\n");
        foreach (var (name, value) in reply.Headers.OrderBy(header => header.Key, StringComparer.Ordinal))
            if (name != "date") told.Append(name).Append(": ").Append(name == "x-request-id" || (name == "content-length" && value == $"{reply.Body.Length}") ? "..." : value).Append('\n');
        return Changing().Replace(told.Append('\n').Append(reply.Text).ToString(), "...");
    }

    [GeneratedRegex("(?:src|href)=\"(access/[^\"]+)\"")]
    private static partial Regex PanelAddress();

    [GeneratedRegex("(?<=\"created\":)[0-9]+|(?<=\"id\":\"chatcmpl-)[A-Za-z0-9-]+|(?<=\"(?:instance|started_at)\":\")[^\"]+|(?<=http://127[.]0[.]0[.]1:)[0-9]+")]
    private static partial Regex Changing();
}
