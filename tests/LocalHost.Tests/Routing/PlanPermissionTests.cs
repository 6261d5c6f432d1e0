using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Routing;

/// <summary>Who may choose a route plan, and session tokens for aliases.</summary>
public sealed class PlanPermissionTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("nano-plans");
    private RoutingGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _gateway = await RoutingGateway.StartAsync("""
            "models": { "fast": { "targets": [ { "model": "one/m" }, { "model": "two/m" } ], "retries": 0 }, "other": { "targets": [ { "model": "two/m" } ] } }
            """, providers: upstream => $$""","openrouter": { "type": "openrouter", "base_url": "{{upstream}}/router/v1", "key": "ONE_API_KEY" }""", more: [("STATE_STORE", "sqlite:" + Path.Combine(_folder.FullName, "state.db")), ("STATE_TIMEOUT_MILLISECONDS", "60000")]);
        _gateway.Answer(name => name == "one" ? Responses.Error(503) : Responses.Whole());
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("""{"organization":"a"}""", 403, "plan_not_allowed")]
    [InlineData("""{"organization":"b","may_choose_plan":false}""", 403, "plan_not_allowed")]
    [InlineData("""{"organization":"c","may_choose_plan":true}""", 200, null)]
    // Models that the caller may not use are left out of the plan.
    [InlineData("""{"organization":"d","may_choose_plan":true,"models":["one/*"]}""", 503, null)]
    public async Task A_virtual_key_may_choose_a_plan_where_its_policy_allows_it(string key, int status, string? code)
    {
        var created = await CallAsync("/api/keys", key, GatewayFixture.CallerKey);
        var secret = created.Json.GetProperty("key").GetString()!;
        foreach (var (body, header) in ((string, string?)[])[("""{"model":"one/m","models":["two/m"],"messages":[{"role":"user","content":"Hi"}]}""", null),
            ("""{"model":"one/m","messages":[{"role":"user","content":"Hi"}]}""", "two/m")])
        {
            var reply = await CallAsync("/v1/chat/completions", body, secret, header);
            ((int)reply.Status).ShouldBe(status, reply.Text);
            if (code is not null) reply.Error().GetProperty("code").GetString().ShouldBe(code);
        }
    }

    /// <summary>OpenRouter reads the list itself, so that it is forwarded.</summary>
    [Theory]
    [InlineData("""{"organization":"e"}""", "[\"a/m\",\"b/m\"]", 403)]
    [InlineData("""{"organization":"e"}""", "[]", 200)]
    [InlineData("""{"organization":"f","may_choose_plan":true}""", "[\"a/m\",\"b/m\"]", 200)]
    public async Task A_list_that_the_provider_reads_needs_the_same_permission(string key, string models, int status)
    {
        var secret = (await CallAsync("/api/keys", key, GatewayFixture.CallerKey)).Json.GetProperty("key").GetString()!;
        _gateway.Answer(_ => Responses.Whole());
        var reply = await CallAsync("/v1/chat/completions", $$"""{"model":"openrouter/a/m","models":{{models}},"messages":[{"role":"user","content":"Hi"}]}""", secret);
        ((int)reply.Status).ShouldBe(status, reply.Text);
        if (status == 403) reply.Error().GetProperty("code").GetString().ShouldBe("plan_not_allowed");
        else _gateway.Upstream.Requests.Single().BodyText.ShouldContain("\"models\":" + models);
    }

    [Fact]
    public async Task A_policy_of_the_organization_applies_unless_the_key_overrides_it()
    {
        (await CallAsync("/api/policies", """{"organization":"p","may_choose_plan":true}""", GatewayFixture.CallerKey)).Status.ShouldBe(HttpStatusCode.Created);
        foreach (var (more, status) in ((string, HttpStatusCode)[])[("", HttpStatusCode.OK), (",\"may_choose_plan\":false", HttpStatusCode.Forbidden)])
        {
            var secret = (await CallAsync("/api/keys", $$"""{"organization":"p"{{more}}}""", GatewayFixture.CallerKey)).Json.GetProperty("key").GetString()!;
            (await CallAsync("/v1/chat/completions", GatewayFixture.Ask("one/m"), secret, "two/m")).Status.ShouldBe(status);
        }
    }

    [Fact]
    public async Task A_session_token_for_an_alias_is_valid_for_its_whole_plan_and_for_nothing_else()
    {
        var minted = await CallAsync("/api/providers/nano/session", """{"models":["fast"]}""", GatewayFixture.CallerKey);
        minted.Status.ShouldBe(HttpStatusCode.Created, minted.Text);
        var token = minted.Json.GetProperty("token").GetString()!;
        var reply = await CallAsync("/v1/chat/completions", GatewayFixture.Ask("fast"), token);
        (reply.Status, reply.Headers["x-nano-deployment"]).ShouldBe((HttpStatusCode.OK, "two/m"), reply.Text);
        foreach (var model in (string[])["two/m", "one/m", "other", "nano/echo"])
            (await CallAsync("/v1/chat/completions", GatewayFixture.Ask(model), token)).Status.ShouldBe(HttpStatusCode.Forbidden, model);
        (await CallAsync("/v1/chat/completions", GatewayFixture.Ask("fast"), token, "two/m")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await CallAsync("/v1/chat/completions", """{"model":"fast","models":["two/m"],"messages":[{"role":"user","content":"Hi"}]}""", token)).Status.ShouldBe(
            HttpStatusCode.Forbidden);
        // A token for all models of the built-in provider has never been one for aliases.
        var all = (await CallAsync("/api/providers/nano/session", "{}", GatewayFixture.CallerKey)).Json.GetProperty("token").GetString()!;
        (await CallAsync("/v1/chat/completions", GatewayFixture.Ask("fast"), all)).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<GatewayReply> CallAsync(string path, string body, string key, string? fallback = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _gateway.Client.BaseAddress, Timeout = _gateway.Client.Timeout };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (fallback is not null) request.Headers.Add("x-nano-fallback", fallback);
        using var response = await client.SendAsync(request);
        return await GatewayReply.ReadAsync(response);
    }
}
