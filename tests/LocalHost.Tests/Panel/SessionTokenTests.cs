using Nano.Configuration;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Panel;

/// <summary>Session tokens over the real host: minting, what they allow, and what they do not.</summary>
public sealed class SessionTokenTests(PanelGateway gateway) : IClassFixture<PanelGateway>
{
    private const string ChatResponseBody =
        """{"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}""";

    [Theory]
    [InlineData(null, 900, "null", "null")]
    [InlineData("{}", 900, "null", "null")]
    [InlineData("""{"lifetime_seconds":null,"requests_per_minute":null}""", 900, "null", "null")]
    [InlineData("""{"lifetime_seconds":60}""", 60, "null", "null")]
    [InlineData("""{"lifetime_seconds":86400,"requests_per_minute":1}""", 86400, "null", "1")]
    [InlineData("""{"models":["openai/gpt-4o"]}""", 900, """["openai/gpt-4o"]""", "null")]
    // Bare names are reported in full, and once.
    [InlineData("""{"models":["gpt-4o","openai/gpt-4o","gpt-from-tomorrow"]}""", 900, """["openai/gpt-4o","openai/gpt-from-tomorrow"]""", "null")]
    public async Task A_token_reports_its_scope(string? body, int seconds, string models, string perMinute)
    {
        var now = gateway.Clock.GetUtcNow();
        var reply = await gateway.OwnerAsync("POST", "/api/providers/openai/session", body);
        ((int)reply.Status).ShouldBe(201);
        reply.Headers["cache-control"].ShouldBe("no-store");
        var token = reply.Json;
        token.GetProperty("token").GetString()!.ShouldStartWith("eyJ");
        token.GetProperty("token_type").GetString().ShouldBe("Bearer");
        token.GetProperty("provider").GetString().ShouldBe("openai");
        token.GetProperty("expires_in").GetInt32().ShouldBe(seconds);
        token.GetProperty("expires_at").GetDateTimeOffset().ToUnixTimeSeconds().ShouldBe(now.ToUnixTimeSeconds() + seconds);
        token.GetProperty("models").GetRawText().ShouldBe(models);
        token.GetProperty("requests_per_minute").GetRawText().ShouldBe(perMinute);
        token.GetProperty("base_url").GetString().ShouldBe(new Uri(gateway.Client.BaseAddress!, "/v1").ToString());
    }

    [Theory]
    [InlineData("""{"lifetime_seconds":59}""", "60 to 86400")]
    [InlineData("""{"lifetime_seconds":86401}""", "60 to 86400")]
    [InlineData("""{"lifetime_seconds":"900"}""", "60 to 86400")]
    [InlineData("""{"lifetime_seconds":90.5}""", "60 to 86400")]
    [InlineData("""{"lifetime_seconds":-900}""", "60 to 86400")]
    [InlineData("""{"lifetime_seconds":1e99}""", "60 to 86400")]
    [InlineData("""{"requests_per_minute":0}""", "1 to 100000")]
    [InlineData("""{"requests_per_minute":4294967297}""", "1 to 100000")]
    [InlineData("""{"models":[]}""", "1 to 32")]
    [InlineData("""{"models":null}""", "1 to 32")]
    [InlineData("""{"models":"openai/gpt-4o"}""", "1 to 32")]
    [InlineData("""{"models":[7]}""", "1 to 32")]
    [InlineData("""{"models":["anthropic/claude-opus-5-5"]}""", "one provider")]
    [InlineData("""{"models":["no such model"]}""", "does not exist")]
    [InlineData("""{"modells":["openai/gpt-4o"]}""", "modells")]
    [InlineData("""{"models":["openai/gpt-4o"],"models":null}""", "twice")]
    [InlineData("""["openai/gpt-4o"]""", "object")]
    [InlineData("""{"models":["openai/gpt-4o"]""", "JSON")]
    public async Task An_invalid_request_creates_no_token(string body, string word)
    {
        var reply = await gateway.OwnerAsync("POST", "/api/providers/openai/session", body);
        ((int)reply.Status).ShouldBe(400);
        reply.Error().GetProperty("message").GetString()!.ShouldContain(word);
    }

    [Fact]
    public async Task Thirty_two_models_are_the_most_and_long_names_make_fewer()
    {
        var reply = await gateway.OwnerAsync("POST", "/api/providers/openai/session", Models(32, "gpt"));
        ((int)reply.Status).ShouldBe(201);
        reply.Json.GetProperty("models").GetArrayLength().ShouldBe(32);
        ((int)(await gateway.ChatAsync("Authorization: Bearer " + reply.Json.GetProperty("token").GetString(), "xai/grok-4.6")).Status).ShouldBe(403, "it is read as a token");
        ((int)(await gateway.OwnerAsync("POST", "/api/providers/openai/session", Models(33, "gpt"))).Status).ShouldBe(400);
        var long32 = await gateway.OwnerAsync("POST", "/api/providers/openai/session", Models(32, new string('g', 190)));
        ((int)long32.Status).ShouldBe(400);
        long32.Error().GetProperty("message").GetString()!.ShouldContain("too long");

        static string Models(int count, string name) => $$"""{"models":[{{string.Join(",", Enumerable.Range(0, count).Select(i => $"\"openai/{name}-{i}\""))}}]}""";
    }

    [Theory]
    [InlineData("chatgpt", "openai")]
    [InlineData("claude", "anthropic")]
    [InlineData("grok", "xai")]
    [InlineData("gemini", "google")]
    public async Task The_old_names_of_providers_work(string name, string id) =>
        (await gateway.OwnerAsync("POST", $"/api/providers/{name}/session")).Json.GetProperty("provider").GetString().ShouldBe(id);

    [Fact]
    public async Task The_error_for_an_unknown_provider_lists_the_known_ones()
    {
        var reply = await gateway.OwnerAsync("POST", "/api/providers/openia/session");
        ((int)reply.Status).ShouldBe(404);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_not_found");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("openai");
    }

    [Theory]
    [InlineData("Authorization: Bearer ")]
    [InlineData("Authorization: bearer ")]
    [InlineData("x-api-key: ")]
    [InlineData("api-key: ")]
    [InlineData("x-goog-api-key: ")]
    public async Task A_token_is_accepted_in_every_header_for_a_key(string place)
    {
        var token = await gateway.MintAsync("nano");
        ((int)(await gateway.ChatAsync(place + token, "nano/echo")).Status).ShouldBe(200);
        var models = await gateway.CallAsync("GET", "/v1/models", null, place + token);
        models.Text.ShouldContain("nano/echo");
        models.Text.ShouldNotContain("openai/");
    }

    [Fact]
    public async Task A_request_outside_of_the_scope_is_a_403_that_names_the_scope_and_nothing_is_sent()
    {
        var forProvider = "Authorization: Bearer " + await gateway.MintAsync("nano");
        var forModel = "Authorization: Bearer " + await gateway.MintAsync("openai", """{"models":["openai/gpt-4o"]}""");
        gateway.Script();
        foreach (var (credential, model, covers) in new[] { (forProvider, "openai/gpt-4o", "provider 'nano'"), (forModel, "openai/gpt-5.5", "openai/gpt-4o"),
            (forModel, "nano/echo", "openai/gpt-4o"), (forModel, "openai/gpt-4o-2024-08-06", "openai/gpt-4o") })
        {
            var reply = await gateway.ChatAsync(credential, model);
            ((int)reply.Status).ShouldBe(403, model);
            var error = reply.Error();
            error.GetProperty("code").GetString().ShouldBe("model_not_allowed");
            error.GetProperty("message").GetString()!.ShouldContain(covers);
        }
        gateway.Upstream.Requests.ShouldBeEmpty();
        ((int)(await gateway.CallAsync("GET", "/v1/models/openai/gpt-4o", null, forModel)).Status).ShouldBe(200);
        ((int)(await gateway.CallAsync("GET", "/v1/models/nano/echo", null, forModel)).Status).ShouldBe(403);
        (await gateway.CallAsync("GET", "/v1/models", null, forModel)).Json.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString())
            .ShouldBe(["openai/gpt-4o"]);
    }

    [Fact]
    public async Task No_token_opens_the_panel_or_makes_another_token()
    {
        var credential = "Authorization: Bearer " + await gateway.MintAsync("nano");
        foreach (var (method, path) in new[] { ("GET", "/api/providers"), ("GET", "/api/providers/nano/status"), ("GET", "/api/models"), ("GET", "/api/activity"),
            ("POST", "/api/providers/nano/session") })
        {
            var reply = await gateway.CallAsync(method, path, null, credential);
            ((int)reply.Status).ShouldBe(403, path);
            reply.Error().GetProperty("code").GetString().ShouldBe("owner_only");
        }
        (await gateway.CallAsync("GET", "/api/session", null, credential)).Json.GetProperty("signed_in").GetBoolean().ShouldBeFalse();
        var token = credential["Authorization: Bearer ".Length..];
        ((int)(await gateway.CallAsync("GET", "/api/providers", null, "Cookie: nano_session=" + token, "x-nano-panel: 1")).Status).ShouldBe(401, "nor as a cookie");
        ((int)(await gateway.CallAsync("POST", "/api/session", $$"""{"key":"{{token}}"}""")).Status).ShouldBe(401, "nor as the key to sign in with");
    }

    [Fact]
    public async Task The_cookie_is_not_a_token()
    {
        var cookie = (await gateway.SignInAsync())["Cookie: nano_session=".Length..];
        foreach (var place in new[] { "Authorization: Bearer ", "x-api-key: ", "api-key: ", "x-goog-api-key: " })
            ((int)(await gateway.ChatAsync(place + cookie, "nano/echo")).Status).ShouldBe(401, place);
    }

    [Fact]
    public async Task An_expired_token_is_a_401_that_names_the_reason()
    {
        var credential = "Authorization: Bearer " + await gateway.MintAsync("nano", """{"lifetime_seconds":60}""");
        ((int)(await gateway.ChatAsync(credential, "nano/echo")).Status).ShouldBe(200);
        gateway.Clock.Advance(TimeSpan.FromSeconds(60));
        var reply = await gateway.ChatAsync(credential, "nano/echo");
        ((int)reply.Status).ShouldBe(401);
        reply.Error().GetProperty("code").GetString().ShouldBe("token_expired");
    }

    [Fact]
    public async Task Requests_beyond_the_limit_per_minute_get_a_retry_after()
    {
        var credential = "Authorization: Bearer " + await gateway.MintAsync("nano", """{"requests_per_minute":2}""");
        ((int)(await gateway.ChatAsync(credential, "openai/gpt-4o")).Status).ShouldBe(403, "what is not allowed does not count");
        for (var i = 0; i < 2; i++) ((int)(await gateway.ChatAsync(credential, "nano/echo")).Status).ShouldBe(200);
        gateway.Clock.Advance(TimeSpan.FromSeconds(18.5));
        var reply = await gateway.ChatAsync(credential, "nano/echo");
        ((int)reply.Status).ShouldBe(429);
        int.Parse(reply.Headers["retry-after"]).ShouldBe(42);
        reply.Error().GetProperty("code").GetString().ShouldBe("rate_limit_exceeded");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("each instance");
        ((int)(await gateway.CallAsync("GET", "/v1/models", null, credential)).Status).ShouldBe(200, "lists do not count");
        gateway.Clock.Advance(TimeSpan.FromSeconds(42));
        ((int)(await gateway.ChatAsync(credential, "nano/echo")).Status).ShouldBe(200);
    }

    [Fact]
    public async Task Neither_token_nor_cookie_is_sent_upstream()
    {
        var token = await gateway.MintAsync("openai");
        gateway.Script(UpstreamScript.Json(ChatResponseBody), UpstreamScript.Json(ChatResponseBody));
        ((int)(await gateway.ChatAsync("Authorization: Bearer " + token, "openai/gpt-4o")).Status).ShouldBe(200);
        var cookie = await gateway.SignInAsync();
        ((int)(await gateway.ChatAsync(cookie, "openai/gpt-4o", "x-nano-panel: 1")).Status).ShouldBe(200);
        gateway.Upstream.Requests.Count.ShouldBe(2);
        foreach (var request in gateway.Upstream.Requests)
        {
            request.Headers["authorization"].ShouldBe("Bearer " + GatewayFixture.ProviderKey("openai"));
            request.Headers.Keys.ShouldNotContain("cookie");
            request.Headers.Keys.ShouldNotContain("x-nano-panel");
            var all = string.Join("\n", request.Headers.Select(h => h.Key + h.Value)) + request.Target + request.BodyText;
            all.ShouldNotContain(token);
            all.ShouldNotContain(cookie["Cookie: nano_session=".Length..]);
        }
        string.Join("\n", gateway.Usage.Lines).ShouldNotContain(token);
    }

    [Fact]
    public async Task An_instance_with_the_same_key_accepts_a_token_and_one_with_another_key_does_not()
    {
        await using var twin = new OtherGateway(GatewayFixture.CallerKey);
        await using var stranger = new OtherGateway("another-key-0123456789");
        await twin.StartAsync();
        await stranger.StartAsync();
        var token = "Authorization: Bearer " + await gateway.MintAsync("nano");
        var cookie = await gateway.SignInAsync();
        // Their clocks differ: set them to ours.
        foreach (var other in new[] { twin, stranger }) if (gateway.Clock.GetUtcNow() is var now && now > other.Clock.GetUtcNow()) other.Clock.SetUtcNow(now);
        ((int)(await twin.ChatAsync(token, "nano/echo")).Status).ShouldBe(200);
        ((int)(await twin.CallAsync("GET", "/api/providers", null, cookie, "x-nano-panel: 1")).Status).ShouldBe(200);
        var refused = await stranger.ChatAsync(token, "nano/echo");
        ((int)refused.Status).ShouldBe(401);
        refused.Error().GetProperty("message").GetString()!.ShouldContain("the gateway's key has changed since");
        ((int)(await stranger.CallAsync("GET", "/api/providers", null, cookie, "x-nano-panel: 1")).Status).ShouldBe(401);
    }

    [Fact]
    public async Task Records_name_the_token_only_by_its_id()
    {
        var token = await gateway.MintAsync("nano");
        gateway.Script();
        await gateway.ChatAsync("Authorization: Bearer " + token, "nano/echo");
        var caller = (string)(await gateway.Usage.OneAsync())["Caller"]!;
        caller.ShouldMatch("^token:[a-z0-9]{16}$");
        token.ShouldNotContain(caller["token:".Length..]);
    }

    private sealed class OtherGateway(string key) : PanelGateway, IAsyncDisposable
    {
        protected override Dictionary<string, string> Settings(string upstream) => new(base.Settings(upstream)) { ["API_KEY"] = key };

        public Task StartAsync() => ((IAsyncLifetime)this).InitializeAsync();

        async ValueTask IAsyncDisposable.DisposeAsync() => await ((IAsyncLifetime)this).DisposeAsync();
    }
}
