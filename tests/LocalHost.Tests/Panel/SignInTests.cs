using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>Signing in and out; a page of another site cannot use the cookie.</summary>
public sealed class SignInTests(PanelGateway gateway) : IClassFixture<PanelGateway>
{
    private const string FromThePanel = "x-nano-panel: 1";

    [Fact]
    public async Task The_key_becomes_a_cookie_that_no_script_can_read_and_that_expires()
    {
        var before = gateway.Clock.GetUtcNow();
        var reply = await gateway.CallAsync("POST", "/api/session", $$"""{"key":"{{GatewayFixture.CallerKey}}"}""");
        ((int)reply.Status).ShouldBe(200);
        reply.Headers["cache-control"].ShouldBe("no-store");
        reply.Headers["set-cookie"].ShouldMatch(
            "^nano_session=eyJ[^;]+; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict, ?nano_browser=eyJ[^;]+; Path=/api/session; Max-Age=7776000; HttpOnly; SameSite=Strict$");
        reply.Json.GetProperty("signed_in").GetBoolean().ShouldBeTrue();
        var end = reply.Json.GetProperty("expires_at").GetDateTimeOffset();
        end.ShouldBeInRange(before.AddHours(8).AddSeconds(-1), before.AddHours(8).AddMinutes(1));
        (reply.Text + reply.Headers["set-cookie"]).ShouldNotContain(GatewayFixture.CallerKey);

        var cookie = "Cookie: " + reply.Headers["set-cookie"].Split(';')[0];
        var state = (await gateway.CallAsync("GET", "/api/session", null, cookie, FromThePanel)).Json;
        state.GetProperty("signed_in").GetBoolean().ShouldBeTrue();
        state.GetProperty("expires_at").GetDateTimeOffset().ShouldBe(end);
        ((int)(await gateway.CallAsync("GET", "/api/providers", null, cookie, FromThePanel)).Status).ShouldBe(200);
        ((int)(await gateway.CallAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("nano/echo"), cookie, FromThePanel)).Status).ShouldBe(200);

        gateway.Clock.Advance(TimeSpan.FromHours(8));
        var late = await gateway.CallAsync("GET", "/api/providers", null, cookie, FromThePanel);
        ((int)late.Status).ShouldBe(401);
        late.Error().GetProperty("code").GetString().ShouldBe("token_expired");
        (await gateway.CallAsync("GET", "/api/session", null, cookie, FromThePanel)).Json.GetProperty("signed_in").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Every_caller_gets_the_data_of_the_sign_in_page()
    {
        var state = (await gateway.CallAsync("GET", "/api/session")).Json;
        state.GetProperty("signed_in").GetBoolean().ShouldBeFalse();
        state.GetProperty("version").GetString()!.ShouldMatch(@"^\d+\.\d+\.\d+$");
        state.GetProperty("base_url").GetString().ShouldBe(new Uri(gateway.Client.BaseAddress!, "/v1").ToString());
        state.GetProperty("default_key").GetBoolean().ShouldBeFalse();
        state.GetProperty("max_request_bytes").GetInt64().ShouldBe(32 * 1024 * 1024);
        state.GetProperty("problem").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task Signing_out_makes_the_browser_forget()
    {
        var reply = await gateway.CallAsync("DELETE", "/api/session", null, await gateway.SignInAsync(), FromThePanel);
        ((int)reply.Status).ShouldBe(204);
        reply.Body.ShouldBeEmpty();
        reply.Headers["set-cookie"].ShouldBe("nano_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    }

    [Theory]
    [InlineData(200, FromThePanel)]
    [InlineData(200, FromThePanel, "Sec-Fetch-Site: same-origin")]
    [InlineData(200, FromThePanel, "Sec-Fetch-Site: none")]
    [InlineData(401)]
    [InlineData(401, "Sec-Fetch-Site: same-origin")]
    [InlineData(401, "x-nano-panel: 0")]
    [InlineData(401, FromThePanel, "Sec-Fetch-Site: cross-site")]
    [InlineData(401, FromThePanel, "Sec-Fetch-Site: same-site")]
    // A request that also contains a key is judged by the key.
    [InlineData(401, FromThePanel, "Authorization: Bearer wrong")]
    public async Task A_page_of_another_site_cannot_use_the_cookie(int status, params string[] headers)
    {
        var cookie = await gateway.SignInAsync();
        foreach (var path in new[] { "/api/providers", "/api/activity", "/api/models", "/v1/models" })
            ((int)(await gateway.CallAsync("GET", path, null, [cookie, .. headers])).Status).ShouldBe(status, path);
        ((int)(await gateway.CallAsync("POST", "/v1/chat/completions", GatewayFixture.Ask("nano/echo"), [cookie, .. headers])).Status).ShouldBe(status);
        ((int)(await gateway.CallAsync("POST", "/api/providers/nano/session", null, [cookie, .. headers])).Status).ShouldBe(status == 200 ? 201 : status);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Another_site_can_neither_sign_in_nor_out(string method)
    {
        foreach (var site in new[] { "cross-site", "same-site" })
        {
            var reply = await gateway.CallAsync(method, "/api/session", $$"""{"key":"{{GatewayFixture.CallerKey}}"}""", "Sec-Fetch-Site: " + site);
            ((int)reply.Status).ShouldBe(403);
            reply.Error().GetProperty("code").GetString().ShouldBe("cross_site_request");
            reply.Headers.Keys.ShouldNotContain("set-cookie");
        }
    }

    [Fact]
    public async Task Plain_http_from_another_machine_is_refused_in_favour_of_https()
    {
        await using var open = new OpenGateway();
        await open.StartAsync();
        var reply = await open.CallAsync("POST", "/api/session", $$"""{"key":"{{GatewayFixture.CallerKey}}"}""", "Host: gateway.example", "Origin: http://gateway.example");
        ((int)reply.Status).ShouldBe(403);
        reply.Error().GetProperty("code").GetString().ShouldBe("https_required");
        reply = await open.CallAsync("POST", "/api/session", $$"""{"key":"{{GatewayFixture.CallerKey}}"}""", "Host: gateway.example", "Origin: https://gateway.example");
        reply.Headers["set-cookie"].ShouldMatch("^nano_session=[^,]+; Secure, ?nano_browser=[^,]+; Secure$");
        // A script's own request, without a browser or page.
        (await open.CallAsync("POST", "/api/session", $$"""{"key":"{{GatewayFixture.CallerKey}}"}""", "Host: gateway.example")).Headers["set-cookie"].ShouldEndWith("; Secure");
    }

    [Theory]
    [InlineData(400, """{}""", "key")]
    [InlineData(400, """{"key":null}""", "key")]
    [InlineData(400, """{"key":7}""", "key")]
    [InlineData(400, """{"key":""}""", "key")]
    [InlineData(400, """{"key":"a","key":"b"}""", "twice")]
    [InlineData(400, """{"pass":"a"}""", "pass")]
    [InlineData(400, """[]""", "object")]
    [InlineData(400, "{\"key\":\"a\\\"", "JSON")]
    [InlineData(400, "", "JSON")]
    [InlineData(401, """{"key":"\ud800"}""", "key")]
    public async Task The_error_of_an_invalid_sign_in_names_the_reason(int status, string body, string word)
    {
        var reply = await gateway.CallAsync("POST", "/api/session", body);
        ((int)reply.Status).ShouldBe(status);
        reply.Error().GetProperty("message").GetString()!.ShouldContain(word);
        gateway.Clock.Advance(TimeSpan.FromMinutes(15));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("")]
    public async Task A_content_type_that_a_form_can_send_is_refused(string type) =>
        ((int)(await gateway.CallAsync("POST", "/api/session", $$"""{"key":"{{GatewayFixture.CallerKey}}"}""", "Content-Type: " + type)).Status).ShouldBe(415);

    [Fact]
    public async Task A_large_body_is_refused()
    {
        var reply = await gateway.CallAsync("POST", "/api/session", "{\"key\":\"" + new string('x', 8192) + "\"}");
        ((int)reply.Status).ShouldBe(413);
        reply.Error().GetProperty("message").GetString().ShouldBe("The request body is larger than 8192 bytes.");
    }

    [Fact]
    public async Task Guessing_keys_is_slowed_down_with_a_retry_after()
    {
        await using var host = new ThrottledGateway();
        await host.StartAsync();
        const string right = $$"""{"key":"{{GatewayFixture.CallerKey}}"}""";
        for (var i = 0; i < 5; i++) ((int)(await host.CallAsync("POST", "/api/session", """{"key":"wrong"}""", "X-Forwarded-For: 203.0.113." + i)).Status).ShouldBe(401);
        var slowed = await host.CallAsync("POST", "/api/session", right, "X-Forwarded-For: 203.0.113.99");
        ((int)slowed.Status).ShouldBe(429);
        slowed.Headers["retry-after"].ShouldBe("2");
        slowed.Error().GetProperty("code").GetString().ShouldBe("too_many_attempts");
        slowed.Headers.Keys.ShouldNotContain("set-cookie");
        ((int)(await host.OwnerAsync("GET", "/v1/models")).Status).ShouldBe(200, "only the sign-in waits");
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        ((int)(await host.CallAsync("POST", "/api/session", right)).Status).ShouldBe(200);
        ((int)(await host.CallAsync("POST", "/api/session", """{"key":"wrong"}""")).Status).ShouldBe(401, "it begins anew");
    }

    /// <summary>Behind a proxy all clients have one address, and one of them guesses keys without end.</summary>
    [Fact]
    public async Task A_browser_that_signed_in_before_is_not_blocked_by_others_at_the_same_address()
    {
        await using var host = new ThrottledGateway();
        await host.StartAsync();
        const string right = $$"""{"key":"{{GatewayFixture.CallerKey}}"}""";
        var browser = BrowserOf(await host.CallAsync("POST", "/api/session", right));
        for (var i = 0; i < 6; i++) await host.CallAsync("POST", "/api/session", """{"key":"wrong"}""");
        ((int)(await host.CallAsync("POST", "/api/session", right)).Status).ShouldBe(429, "whoever is not known waits");

        var again = await host.CallAsync("POST", "/api/session", right, browser);
        ((int)again.Status).ShouldBe(200);
        // Its own failures count like any other client's.
        for (var i = 0; i < 5; i++) ((int)(await host.CallAsync("POST", "/api/session", """{"key":"wrong"}""", browser)).Status).ShouldBe(401);
        ((int)(await host.CallAsync("POST", "/api/session", right, browser)).Status).ShouldBe(429);
    }

    [Fact]
    public async Task The_cookie_of_a_known_browser_grants_no_access_and_cannot_be_forged()
    {
        await using var host = new ThrottledGateway();
        await host.StartAsync();
        const string right = $$"""{"key":"{{GatewayFixture.CallerKey}}"}""";
        var signedIn = await host.CallAsync("POST", "/api/session", right);
        var session = signedIn.Headers["set-cookie"].Split(';')[0]["nano_session=".Length..];
        var browser = BrowserOf(signedIn)["Cookie: nano_browser=".Length..];
        ((int)(await host.CallAsync("GET", "/api/providers", null, "Cookie: nano_session=" + browser, FromThePanel)).Status).ShouldBe(401);
        ((int)(await host.CallAsync("GET", "/v1/models", null, "Authorization: Bearer " + browser)).Status).ShouldBe(401);

        for (var i = 0; i < 5; i++) await host.CallAsync("POST", "/api/session", """{"key":"wrong"}""");
        // Neither a cookie of another purpose, nor a token, nor anything else is counted as a separate party.
        foreach (var forged in new[] { session, await host.MintAsync("nano"), browser[..^4] + "AAAA", "eyJhbGciOiJub25lIn0.eyJqdGkiOiJ4In0.", "x", "" })
            ((int)(await host.CallAsync("POST", "/api/session", right, "Cookie: nano_browser=" + forged)).Status).ShouldBe(429, forged);
        host.Clock.Advance(TimeSpan.FromDays(90));
        for (var i = 0; i < 5; i++) ((int)(await host.CallAsync("POST", "/api/session", """{"key":"wrong"}""")).Status).ShouldBe(401);
        ((int)(await host.CallAsync("POST", "/api/session", right, "Cookie: nano_browser=" + browser)).Status).ShouldBe(429, "it ends after 90 days");
    }

    private static string BrowserOf(GatewayReply reply) => "Cookie: " + reply.Headers["set-cookie"].Split(',')[1].Trim().Split(';')[0];

    [Fact]
    public async Task Without_its_own_key_a_gateway_in_Azure_refuses_sign_ins_and_names_the_setting()
    {
        await using var host = new KeylessGateway();
        await host.StartAsync();
        var reply = await host.CallAsync("POST", "/api/session", """{"key":"Nano"}""");
        ((int)reply.Status).ShouldBe(503);
        reply.Error().GetProperty("message").GetString()!.ShouldContain("API_KEY");
        var state = (await host.CallAsync("GET", "/api/session")).Json;
        state.GetProperty("problem").GetString()!.ShouldContain("API_KEY");
        state.GetProperty("default_key").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task The_reported_address_is_the_public_one()
    {
        await using var host = new NamedGateway();
        await host.StartAsync();
        (await host.CallAsync("GET", "/api/session")).Json.GetProperty("base_url").GetString().ShouldBe("https://ai.example.org/nano/v1");
    }

    /// <summary>A host for one test.</summary>
    private abstract class OneGateway : PanelGateway, IAsyncDisposable
    {
        public Task StartAsync() => ((IAsyncLifetime)this).InitializeAsync();

        async ValueTask IAsyncDisposable.DisposeAsync() => await ((IAsyncLifetime)this).DisposeAsync();
    }

    private sealed class OpenGateway : OneGateway
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["HOST"] = "0.0.0.0" };
    }

    private sealed class ThrottledGateway : OneGateway;

    private sealed class NamedGateway : OneGateway
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["CUSTOM_ENDPOINT_URL"] = "https://ai.example.org/nano/" };
    }

    private sealed class KeylessGateway : OneGateway
    {
        protected override Dictionary<string, string> Settings(string upstream)
        {
            var settings = new Dictionary<string, string>(base.Settings(upstream)) { ["WEBSITE_SITE_NAME"] = "nano" };
            settings.Remove("API_KEY");
            return settings;
        }
    }
}
