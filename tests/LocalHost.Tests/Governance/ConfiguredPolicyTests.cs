using Nano.LocalHost.Tests.Hosting;
using Nano.Testing.Entra;
using Nano.Testing.Upstream;

namespace Nano.LocalHost.Tests.Governance;

/// <summary>A gateway with policies in nano.json, and with users of Entra ID.</summary>
public sealed class PolicyGateway : GovernedGateway
{
    public EntraServer Entra { get; private set; } = null!;

    protected override Dictionary<string, string> Settings(string upstream)
    {
        // The host is built before the rest of the fixture is known.
        Entra = EntraServer.StartAsync().GetAwaiter().GetResult();
        return new(base.Settings(upstream))
        {
            ["ENTRA_TENANT_ID"] = EntraServer.Tenant,
            ["ENTRA_AUDIENCE"] = $"11111111-0000-0000-0000-000000000000, {EntraServer.Audience}",
            ["ENTRA_AUTHORITY"] = Entra.Authority + "/",
            ["NANO_CONFIG"] = """
                {
                  "prices": { "openai/tuned": { "input": 1000, "output": 2000 } },
                  "models": { "small": { "targets": [ { "model": "nano/echo" } ] } },
                  "policies": {
                    "trial": { "models": ["small"], "budgets": [ { "usd": 0.0005, "window": "month", "time_zone": "Europe/Berlin" } ], "tags": { "plan": "trial", "app": "policy" } },
                    "other": { "entra": { "roles": ["Nano.Other"], "organization": "changed" } },
                    "slow": { "requests_per_minute": 2, "entra": { "roles": ["Nano.Slow"], "organization": "entra" } },
                    "past": { "expires_at": "2020-01-01T00:00:00Z" },
                    "acme": { "concurrency": 3 }
                  }
                }
                """,
        };
    }

    protected override async Task EndAsync() => await Entra.DisposeAsync();
}

public sealed class ConfiguredPolicyTests(PolicyGateway gateway) : IClassFixture<PolicyGateway>
{
    private const string User = "aaaaaaaa-0000-0000-0000-000000000001";

    [Fact]
    public async Task A_policy_applies_to_each_key_that_names_it()
    {
        var (_, one) = await gateway.CreateKeyAsync("""{"policy":"trial","organization":"named","tags":{"app":"shop"}}""");
        var (_, two) = await gateway.CreateKeyAsync("""{"policy":"trial","organization":"named"}""");
        foreach (var key in new[] { one, two })
        {
            // 0.0005 USD are enough for one of them at a time; 250 tokens of output cost 0.0005.
            var reply = await gateway.ChatAsync(key, GovernedGateway.Echo(64));
            ((int)reply.Status).ShouldBe(200, reply.Text);
            var refused = await gateway.ChatAsync(key, GovernedGateway.Echo(250));
            ((int)refused.Status).ShouldBe(429, refused.Text);
            refused.Error().GetProperty("code").GetString().ShouldBe("budget_exceeded");
            var tags = (await gateway.UsageOfAsync(reply)).GetProperty("tags");
            tags.GetProperty("plan").GetString().ShouldBe("trial");
            tags.GetProperty("app").GetString().ShouldBe(key == one ? "shop" : "policy", "a key's own tag counts");
        }
        var other = await gateway.ChatAsync(one, GatewayFixture.Ask("openai/gpt-4o"));
        (other.Status, other.Error().GetProperty("message").GetString()).ShouldBe((System.Net.HttpStatusCode.Forbidden,
            "The policy 'trial' may use small, nano/echo and not openai/gpt-4o."));
        ((int)(await gateway.ChatAsync(two, """{"model":"small","max_tokens":2,"messages":[{"role":"user","content":"Hi"}]}""")).Status).ShouldBe(200,
            "an alias stands for the models of its targets");
    }

    /// <summary>Of two budgets with the same window, the smaller one applies.</summary>
    [Fact]
    public async Task The_budgets_of_a_policy_are_listed_for_each_key_that_names_it()
    {
        var (one, _) = await gateway.CreateKeyAsync("""{"policy":"trial","organization":"listing"}""");
        var (two, _) = await gateway.CreateKeyAsync(
            """{"policy":"trial","organization":"listing","budgets":[{"usd":9,"window":"total"},{"usd":3,"window":"month","time_zone":"Europe/Berlin"}]}""");
        var budgets = (await gateway.OwnerAsync("GET", "/api/budgets")).Json.GetProperty("data").EnumerateArray()
            .Where(budget => budget.GetProperty("organization").GetString() == "listing")
            .Select(budget => $"{budget.GetProperty("key")} {budget.GetProperty("window")} {budget.GetProperty("usd")} {budget.GetProperty("left_usd")}");
        budgets.ShouldBe([$"{one} month 0.0005 0.0005", $"{two} total 9 9", $"{two} month 0.0005 0.0005"]);
    }

    [Fact]
    public async Task A_model_with_a_price_in_the_file_may_be_used_under_a_budget()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"budgets":[{"usd":100000,"window":"month"}]}""");
        gateway.Script(UpstreamScript.Json(
            """{"id":"c","object":"chat.completion","created":1,"model":"own.gguf","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"""));
        var reply = await gateway.ChatAsync(key, GatewayFixture.Ask("openai/tuned"));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Headers["x-nano-cost"].ShouldBe("0.007");
        var attempt = (await gateway.UsageOfAsync(reply)).GetProperty("attempts")[0];
        attempt.GetProperty("price_version").GetString().ShouldBe("configured");
    }

    [Fact]
    public async Task A_keys_own_limits_apply_as_well_and_the_smaller_ones_count()
    {
        var (id, key) = await gateway.CreateKeyAsync("""{"policy":"slow","requests_per_minute":50}""");
        (await gateway.ChatAsync(key, GovernedGateway.Echo(4))).Headers["x-ratelimit-limit-requests"].ShouldBe("2");
        var patched = await gateway.OwnerAsync("PATCH", "/api/keys/" + id, """{"policy":""}""");
        patched.Json.GetProperty("policy").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        (await gateway.ChatAsync(key, GovernedGateway.Echo(4))).Headers["x-ratelimit-limit-requests"].ShouldBe("50");
    }

    [Fact]
    public async Task An_expired_or_missing_policy_allows_nothing()
    {
        var (_, key) = await gateway.CreateKeyAsync("""{"policy":"past"}""");
        var refused = await gateway.ChatAsync(key, GovernedGateway.Echo(4));
        (refused.Status, refused.Error().GetProperty("code").GetString()).ShouldBe((System.Net.HttpStatusCode.Unauthorized, "key_expired"));
        var unknown = await gateway.OwnerAsync("POST", "/api/keys", """{"policy":"none"}""");
        ((int)unknown.Status).ShouldBe(400, unknown.Text);
    }

    [Fact]
    public async Task Policies_are_listed_with_their_source_and_a_name_in_both_is_an_error()
    {
        ((int)(await gateway.OwnerAsync("POST", "/api/policies", """{"organization":"listed","requests_per_minute":5}""")).Status).ShouldBe(201);
        var all = (await gateway.OwnerAsync("GET", "/api/policies")).Json.GetProperty("data").EnumerateArray().ToDictionary(policy => policy.GetProperty("id").GetString()!);
        (all["trial"].GetProperty("source").GetString(), all["trial"].GetProperty("read_only").GetBoolean()).ShouldBe(("nano.json", true));
        all["trial"].GetProperty("budgets")[0].GetProperty("time_zone").GetString().ShouldBe("Europe/Berlin");
        (all["listed"].GetProperty("source").GetString(), all["listed"].GetProperty("read_only").GetBoolean()).ShouldBe(("api", false));
        (await gateway.OwnerAsync("GET", "/api/policies/slow")).Json.GetProperty("requests_per_minute").GetInt32().ShouldBe(2);
        (string Method, string Path, string? Body, string Code)[] refused =
        [
            ("POST", "/api/policies", """{"organization":"acme","requests_per_minute":5}""", "policy_conflict"),
            ("PATCH", "/api/policies/slow", """{"requests_per_minute":5}""", "policy_read_only"),
            ("DELETE", "/api/policies/slow", null, "policy_read_only"),
        ];
        foreach (var (method, path, body, code) in refused)
        {
            var reply = await gateway.OwnerAsync(method, path, body);
            (((int)reply.Status), reply.Error().GetProperty("code").GetString()).ShouldBe((409, code), reply.Text);
        }
    }

    [Fact]
    public async Task A_change_of_an_organizations_limits_applies_to_its_Entra_users_at_once()
    {
        ((int)(await gateway.OwnerAsync("POST", "/api/policies", """{"organization":"changed"}""")).Status).ShouldBe(201);
        var token = gateway.Entra.Sign(gateway.Entra.Claims(User, DateTimeOffset.UtcNow, "Nano.Other"));
        (await StatusAsync()).ShouldBe(200);
        ((int)(await gateway.OwnerAsync("PATCH", "/api/policies/changed", """{"models":["openai/other"]}""")).Status).ShouldBe(200);
        (await StatusAsync()).ShouldBe(403);
        ((int)(await gateway.OwnerAsync("DELETE", "/api/policies/changed")).Status).ShouldBe(204);
        (await StatusAsync()).ShouldBe(200);

        async Task<int> StatusAsync() => (int)(await gateway.ChatAsync(token, GovernedGateway.Echo(4))).Status;
    }

    [Fact]
    public async Task An_access_token_of_Entra_has_the_policy_of_its_role_and_its_user_is_the_scope()
    {
        var token = gateway.Entra.Sign(gateway.Entra.Claims(User, DateTimeOffset.UtcNow, "Nano.Slow"));
        var reply = await gateway.ChatAsync(token, GovernedGateway.Echo(4));
        ((int)reply.Status).ShouldBe(200, reply.Text);
        reply.Headers["x-ratelimit-limit-requests"].ShouldBe("2");
        var usage = await gateway.UsageOfAsync(reply);
        (usage.GetProperty("organization").GetString(), usage.GetProperty("user").GetString()).ShouldBe(("entra", User));
        ((int)(await gateway.CallAsync("GET", "/api/keys", null, "Bearer " + token)).Status).ShouldBe(403, "a user is not the administrator");
        ((int)(await gateway.ChatAsync(gateway.Entra.Sign(gateway.Entra.Claims(User, DateTimeOffset.UtcNow)), GovernedGateway.Echo(4))).Status).ShouldBe(403);
        ((int)(await gateway.ChatAsync(token[..^6] + "AAAAAA", GovernedGateway.Echo(4))).Status).ShouldBe(401);
    }
}

/// <summary>Without a state store, requests that have to be counted are refused, and all other limits apply.</summary>
public sealed class PolicyWithoutStoreTests
{
    [Fact]
    public async Task Models_apply_and_rates_are_a_503_that_names_the_setting()
    {
        await using var entra = await EntraServer.StartAsync();
        await using var gateway = await Routing.RoutingGateway.StartAsync("""
            "policies": {
              "echo": { "models": ["nano/echo"], "entra": { "roles": ["Echo"] } },
              "slow": { "requests_per_minute": 2, "entra": { "roles": ["Slow"] } }
            }
            """, null, null, null, ("STATE_STORE", "none"), ("ENTRA_TENANT_ID", EntraServer.Tenant), ("ENTRA_AUDIENCE", EntraServer.Audience),
            ("ENTRA_AUTHORITY", entra.Authority));
        ((int)(await AskAsync("nano/echo", "Echo")).Status).ShouldBe(200);
        ((int)(await AskAsync("one/gpt", "Echo")).Status).ShouldBe(403);
        var refused = await AskAsync("nano/echo", "Slow");
        ((int)refused.Status).ShouldBe(503, refused.Text);
        refused.Error().GetProperty("code").GetString().ShouldBe("state_store_not_configured");
        refused.Headers["x-should-retry"].ShouldBe("false");

        Task<GatewayReply> AskAsync(string model, string role) =>
            gateway.ChatAsync(model, headers: ("Authorization", "Bearer " + entra.Sign(entra.Claims("aaaaaaaa-0000-0000-0000-000000000001", DateTimeOffset.UtcNow, role))));
    }
}
