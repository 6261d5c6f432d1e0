using Nano.LocalHost.Tests.Hosting;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>Virtual keys over the real host: the API that manages them, and what they allow.</summary>
public sealed class VirtualKeyTests(GovernedGateway gateway) : IClassFixture<GovernedGateway>
{
    /// <summary>Keys of the right length that are not this gateway's: the last one is base64url, the others are not.</summary>
    [Theory]
    [InlineData('a')]
    [InlineData('!')]
    [InlineData(' ')]
    [InlineData('=')]
    [InlineData('A')]
    public async Task A_guessed_key_is_a_401(char guess)
    {
        await gateway.CreateKeyAsync("{}");
        var reply = await gateway.ChatAsync("sk-nano-x" + new string(guess, 52) + "x", GovernedGateway.Echo(8));
        ((int)reply.Status).ShouldBe(401, reply.Text);
        reply.Error().GetProperty("code").GetString().ShouldBe("invalid_api_key");
    }

    [Fact]
    public async Task A_key_is_created_shown_once_and_opens_models()
    {
        var reply = await gateway.OwnerAsync("POST", "/api/keys",
            """{"name":"ci","organization":"acme","team":"web","user":"ann","tags":{"app":"shop"},"models":["openai/*","nano/echo"],"budgets":[{"usd":5,"window":"month"}],"requests_per_minute":60,"tokens_per_minute":100000,"max_concurrency":10,"expires_in_seconds":86400}""");
        ((int)reply.Status).ShouldBe(201, reply.Text);
        reply.Headers["cache-control"].ShouldBe("no-store");
        var created = reply.Json;
        var (id, key) = (created.GetProperty("id").GetString()!, created.GetProperty("key").GetString()!);
        id.ShouldStartWith("key_");
        key.ShouldStartWith("sk-nano-");
        var read = await gateway.OwnerAsync("GET", "/api/keys/" + id);
        read.Text.ShouldNotContain(key);
        var shown = read.Json;
        shown.TryGetProperty("key", out _).ShouldBeFalse();
        shown.GetProperty("name").GetString().ShouldBe("ci");
        shown.GetProperty("organization").GetString().ShouldBe("acme");
        shown.GetProperty("tags").GetRawText().ShouldBe("""{"app":"shop"}""");
        shown.GetProperty("models").GetRawText().ShouldBe("""["openai/*","nano/echo"]""");
        shown.GetProperty("budgets").GetRawText().ShouldBe("""[{"usd":5,"window":"month","time_zone":"UTC"}]""");
        (shown.GetProperty("expires_at").GetDateTimeOffset() - shown.GetProperty("created_at").GetDateTimeOffset()).TotalSeconds.ShouldBe(86400, 0.01);
        var list = await gateway.OwnerAsync("GET", "/api/keys?limit=1000");
        list.Json.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("id").GetString()).ShouldContain(id);
        list.Text.ShouldNotContain(key);

        foreach (var place in new[] { "Authorization: Bearer ", "x-api-key: ", "api-key: ", "x-goog-api-key: " })
            ((int)(await gateway.CallAsync("POST", "/v1/chat/completions", GovernedGateway.Echo(8), "", place + key)).Status).ShouldBe(200, place);
        ((int)(await gateway.ChatAsync(key[..^1] + (key[^1] == 'A' ? 'E' : 'A'), GovernedGateway.Echo(8))).Status).ShouldBe(401);
        string.Join('\n', gateway.Usage.Lines).ShouldNotContain(key);
    }

    [Fact]
    public async Task A_model_that_no_pattern_allows_is_a_403_and_is_not_listed()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"models":["nano/*"]}""");
        gateway.Script();
        var reply = await gateway.ChatAsync(key, GatewayFixture.Ask("openai/gpt-4o"));
        ((int)reply.Status).ShouldBe(403);
        reply.Error().GetProperty("code").GetString().ShouldBe("model_not_allowed");
        reply.Error().GetProperty("message").GetString()!.ShouldContain("nano/*");
        gateway.Upstream.Requests.ShouldBeEmpty();
        var models = await gateway.CallAsync("GET", "/v1/models", null, "Bearer " + key);
        models.Json.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ShouldBe(["nano/echo"]);
    }

    [Fact]
    public async Task No_virtual_key_manages_the_gateway()
    {
        var (id, key) = await gateway.CreateKeyAsync();
        foreach (var (method, path) in new[] { ("GET", "/api/keys"), ("POST", "/api/keys"), ("DELETE", "/api/keys/" + id), ("POST", $"/api/keys/{id}/rotate"),
            ("GET", "/api/usage"), ("GET", "/api/policies"), ("GET", "/api/activity") })
        {
            var reply = await gateway.CallAsync(method, path, method == "POST" ? "{}" : null, "Bearer " + key);
            ((int)reply.Status).ShouldBe(403, path);
            reply.Error().GetProperty("code").GetString().ShouldBe("owner_only");
        }
    }

    [Fact]
    public async Task A_change_applies_to_the_next_request()
    {
        var (id, key) = await gateway.CreateKeyAsync();
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(200);
        (await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"disabled":true,"name":"off"}""")).Json.GetProperty("name").GetString().ShouldBe("off");
        var disabled = await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        ((int)disabled.Status).ShouldBe(401);
        disabled.Error().GetProperty("code").GetString().ShouldBe("key_disabled");
        await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"disabled":false}""");
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(200);
        ((int)(await gateway.OwnerAsync("DELETE", "/api/keys/" + id)).Status).ShouldBe(204);
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(401);
        ((int)(await gateway.OwnerAsync("GET", "/api/keys/" + id)).Status).ShouldBe(404);
        ((int)(await gateway.OwnerAsync("DELETE", "/api/keys/" + id)).Status).ShouldBe(404);
        ((int)(await gateway.OwnerAsync("PATCH", "/api/keys/" + id, "{}")).Status).ShouldBe(404);
    }

    [Fact]
    public async Task What_happens_without_the_store_is_kept_shown_and_changed()
    {
        var (id, _) = await gateway.CreateKeyAsync("""{"serve_without_store":true,"may_choose_plan":true}""");
        (await gateway.OwnerAsync("GET", "/api/keys/" + id)).Json.GetProperty("serve_without_store").GetBoolean().ShouldBeTrue();
        (await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"serve_without_store":false}""")).Json.GetProperty("serve_without_store").GetBoolean().ShouldBeFalse();
        var removed = await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"serve_without_store":null,"may_choose_plan":null}""");
        ((int)removed.Status).ShouldBe(200, removed.Text);
        var kept = (await gateway.OwnerAsync("GET", "/api/keys/" + id)).Json;
        foreach (var name in new[] { "serve_without_store", "may_choose_plan" }) kept.TryGetProperty(name, out _).ShouldBeFalse(name);
        var (other, _) = await gateway.CreateKeyAsync();
        (await gateway.OwnerAsync("GET", "/api/keys/" + other)).Json.TryGetProperty("serve_without_store", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_can_have_as_many_models_and_prices_as_the_routes_permit()
    {
        var models = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"{"custom/" + new string('m', 246)}{i:000}\""));
        var prices = string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"{"custom/" + new string('p', 246)}{i:000}\":{{\"input\":999999.999999,\"output\":999999.999999}}"));
        var (id, _) = await gateway.CreateKeyAsync($"{{\"models\":[{models}],\"prices\":{{{prices}}}}}");
        var kept = (await gateway.OwnerAsync("GET", "/api/keys/" + id)).Json;
        (kept.GetProperty("models").GetArrayLength(), kept.GetProperty("prices").EnumerateObject().Count()).ShouldBe((100, 50));
    }

    [Fact]
    public async Task A_rotated_key_overlaps_for_the_requested_time()
    {
        var (id, first) = await gateway.CreateKeyAsync();
        var rotated = await gateway.OwnerAsync("POST", $"/api/keys/{id}/rotate");
        var second = rotated.Json.GetProperty("key").GetString()!;
        rotated.Json.GetProperty("id").GetString().ShouldBe(id);
        second.ShouldNotBe(first);
        foreach (var key in new[] { first, second }) ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(200);
        var third = (await gateway.OwnerAsync("POST", $"/api/keys/{id}/rotate", """{"overlap_seconds":0}""")).Json.GetProperty("key").GetString()!;
        ((int)(await gateway.ChatAsync(third, GovernedGateway.Echo(8))).Status).ShouldBe(200);
        foreach (var key in new[] { first, second }) ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(401);
    }

    /// <summary>A second rotation, because the response of the first was lost, must not end the key that is in use.</summary>
    [Fact]
    public async Task A_key_stays_valid_for_its_overlap_when_the_rotation_is_repeated()
    {
        var (id, first) = await gateway.CreateKeyAsync();
        for (var i = 0; i < 8; i++) ((int)(await gateway.OwnerAsync("POST", $"/api/keys/{id}/rotate")).Status).ShouldBe(200);
        ((int)(await gateway.ChatAsync(first, GovernedGateway.Echo(8))).Status).ShouldBe(200);
        var refused = await gateway.OwnerAsync("POST", $"/api/keys/{id}/rotate");
        ((int)refused.Status, refused.Error().GetProperty("code").GetString()).ShouldBe((409, "too_many_former_keys"), refused.Text);
        ((int)(await gateway.OwnerAsync("POST", $"/api/keys/{id}/rotate", """{"overlap_seconds":0}""")).Status).ShouldBe(200);
        ((int)(await gateway.ChatAsync(first, GovernedGateway.Echo(8))).Status).ShouldBe(401);
    }

    [Theory]
    [InlineData("""{"budget":5}""", "budget")]
    [InlineData("""{"budgets":[{"usd":0,"window":"day"}]}""", "budgets")]
    [InlineData("""{"budgets":[{"usd":1,"window":"year"}]}""", "budgets")]
    [InlineData("""{"budgets":[{"usd":1,"window":"day","time_zone":"Mars/Base"}]}""", "budgets")]
    [InlineData("""{"organization":"a/b"}""", "organization")]
    [InlineData("""{"team":""}""", "team")]
    [InlineData("""{"models":"openai/*"}""", "models")]
    [InlineData("""{"requests_per_minute":-1}""", "requests_per_minute")]
    [InlineData("""{"max_concurrency":1.5}""", "max_concurrency")]
    [InlineData("""{"expires_in_seconds":"60"}""", "expires_in_seconds")]
    [InlineData("""{"tags":{"a b":"c"}}""", "tags")]
    [InlineData("""{"serve_without_store":"yes"}""", "serve_without_store")]
    public async Task Unknown_and_invalid_members_are_refused(string json, string param)
    {
        var reply = await gateway.OwnerAsync("POST", "/api/keys", json);
        ((int)reply.Status).ShouldBe(400);
        reply.Error().GetProperty("param").GetString().ShouldBe(param);
    }

    [Fact]
    public async Task An_expired_key_is_a_401_that_names_the_reason()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"expires_in_seconds":3600}""");
        ((int)(await gateway.ChatAsync(key, GovernedGateway.Echo(8))).Status).ShouldBe(200);
        await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"expires_in_seconds":1}""");
        GatewayReply reply;
        do reply = await gateway.ChatAsync(key, GovernedGateway.Echo(8)); while ((int)reply.Status == 200);
        ((int)reply.Status).ShouldBe(401);
        reply.Error().GetProperty("code").GetString().ShouldBe("key_expired");
    }

    [Fact]
    public async Task The_store_never_contains_a_key()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"name":"secret"}""");
        await gateway.ChatAsync(key, GovernedGateway.Echo(8));
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(gateway.Database)!))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            (await reader.ReadToEndAsync()).ShouldNotContain(key["sk-nano-".Length..][8..], Case.Sensitive, file);
        }
    }
}

/// <summary>Without a store, no key is created, and a text that looks like one is a wrong key.</summary>
public sealed class NoStoreTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("/api/keys")]
    [InlineData("/api/keys/key_1")]
    [InlineData("/api/policies/acme")]
    [InlineData("/api/usage")]
    [InlineData("/api/budgets")]
    public async Task Management_names_the_missing_setting(string path)
    {
        using var reply = await gateway.Client.GetAsync(path);
        ((int)reply.StatusCode).ShouldBe(503);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("This gateway has no state store, which keeps virtual keys, policies and usage. Set STATE_STORE, ");
    }

    [Fact]
    public async Task Keys_are_unknown()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer sk-nano-" + new string('a', 54));
        using var refused = await gateway.Client.SendAsync(request);
        ((int)refused.StatusCode).ShouldBe(401);
    }
}
