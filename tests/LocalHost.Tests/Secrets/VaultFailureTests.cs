using System.Net;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Secrets;

/// <summary>The errors for callers and operators when the vault returns no key, and how the gateway recovers.</summary>
public sealed class VaultFailureTests
{
    private const string Key = "sk-of-the-vault-0123456789";

    public static TheoryData<string, string, string, string[]> Refusals => new()
    {
        { "no role", "403 Forbidden ForbiddenByRbac", "key_unavailable", ["'Key Vault Secrets User'", "managed identity"] },
        { "no access policy", "403 Forbidden AccessDenied", "key_unavailable", ["'Key Vault Secrets User'"] },
        { "a firewall", "403 Forbidden ForbiddenByFirewall", "key_unavailable", ["firewall", "private endpoint"] },
        { "an expired secret that is refused", "403 Forbidden SecretExpired", "key_unavailable", ["'openai-api-key'", "has expired"] },
        { "an early secret that is refused", "403 Forbidden SecretNotYetValid", "key_unavailable", ["'openai-api-key'", "not valid yet"] },
        { "throttling", "429 Throttled", "key_unavailable", ["429"] },
        { "a fault of the vault", "500 InternalServerError", "key_unavailable", ["status 500"] },
        { "no vault at all", "404 NotFound", "key_unavailable", ["KEY_VAULT_URI"] },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_vault_that_refuses_is_a_503_that_names_the_fix(string what, string answer, string code, string[] words)
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Key);
        var parts = answer.Split(' ');
        gateway.Vault.Refusal = new VaultRefusal(int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1], "words of the vault's own",
            parts.ElementAtOrDefault(2));
        var reply = await gateway.AskAsync();
        Unavailable(reply, code, [gateway.Vault.Host, .. words]);
        reply.Text.ShouldNotContain("words of the vault's own", Case.Sensitive, what);
        gateway.Upstream.Requests.ShouldBeEmpty();
    }

    // enabled, seconds until it is valid and until it expires (0: not limited), value
    [Theory]
    [InlineData(false, 0, 0, Key, "is disabled")]
    [InlineData(true, 0, -60, Key, "expired at")]
    [InlineData(true, 3600, 0, Key, "is not valid before")]
    [InlineData(true, 0, 0, "", "is empty")]
    [InlineData(true, 0, 0, Key + "\r\nx-injected: yes", "line break")]
    [InlineData(true, 0, 0, Key + "\n", "line break")]
    [InlineData(true, 0, 0, "\"" + Key + "\"", "quotes")]
    [InlineData(true, 0, 0, "schlüssel-0123456789", "not ASCII")]
    public async Task An_invalid_secret_is_a_503_that_names_it_and_is_not_sent(bool enabled, int start, int end, string value, string words)
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        var now = gateway.Time.GetUtcNow();
        gateway.Vault.Set("openai-api-key", value, enabled, start == 0 ? null : now.AddSeconds(start), end == 0 ? null : now.AddSeconds(end));
        Unavailable(await gateway.AskAsync(), "key_unavailable", ["'openai-api-key'", gateway.Vault.Host, words]);
        gateway.Upstream.Requests.ShouldBeEmpty();

        // Once it is fixed, it works without a restart.
        gateway.Vault.Set("openai-api-key", Key);
        gateway.Time.Advance(TimeSpan.FromSeconds(31));
        gateway.AnswerWell();
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        gateway.KeysSent.ShouldBe([Key]);
    }

    [Fact]
    public async Task A_missing_secret_is_a_503_that_names_setting_and_secret()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        Unavailable(await gateway.AskAsync(), "provider_not_configured", ["OPENAI_API_KEY", "openai-api-key"]);
        gateway.Vault.Set("openai-api-key", Key);
        gateway.Time.Advance(TimeSpan.FromSeconds(31));
        gateway.AnswerWell();
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_disabled_secret_removes_the_key()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Key);
        gateway.AnswerWell(2);
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        gateway.Vault.Set("openai-api-key", Key, enabled: false);
        gateway.Time.Advance(TimeSpan.FromSeconds(301));
        await gateway.AskAsync();
        await Wait.UntilAsync(() => gateway.Usage.Lines.Any(line => line.Contains("OPENAI_API_KEY cannot be used", StringComparison.Ordinal)));
        Unavailable(await gateway.AskAsync(), "key_unavailable", ["'openai-api-key'", "is disabled"]);
    }

    [Fact]
    public async Task A_429_stops_reads_of_all_secrets_until_its_retry_after()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Key);
        gateway.Vault.Set("xai-api-key", Key + "-x");
        gateway.Vault.Refusal = new VaultRefusal(429, "Throttled", "Too many requests", RetryAfter: "60");
        (await gateway.AskAsync()).Headers["retry-after"].ShouldBe("60");
        gateway.Vault.Refusal = null;
        gateway.Time.Advance(TimeSpan.FromSeconds(59));
        Unavailable(await gateway.AskAsync(), "key_unavailable", ["429"]);
        Unavailable(await gateway.AskAsync("xai/grok-4"), "key_unavailable", ["429"]);
        gateway.Vault.Reads.ShouldHaveSingleItem("asked before its time");
        gateway.Time.Advance(TimeSpan.FromSeconds(2));
        gateway.AnswerWell(2);
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.AskAsync("xai/grok-4")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_slow_vault_is_a_503_within_the_wait_for_a_first_value_and_serves_the_next()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Key);
        var gate = new TaskCompletionSource();
        gateway.Vault.Gate = gate.Task;
        var asked = gateway.AskAsync();
        await Wait.UntilAsync(() => gateway.Vault.Reads.Count > 0);
        asked.IsCompleted.ShouldBeFalse();
        gateway.Time.Advance(TimeSpan.FromSeconds(4.9));
        asked.IsCompleted.ShouldBeFalse();
        await gateway.MoveUntilAsync(() => asked.IsCompleted, TimeSpan.FromSeconds(0.2));
        Unavailable(await asked, "key_unavailable", ["has not responded within 5 seconds"]);
        gateway.Vault.Gate = Task.CompletedTask;
        gate.SetResult();
        gateway.AnswerWell();
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        gateway.Vault.Reads.ShouldHaveSingleItem("the slow read was of use");
    }

    [Fact]
    public async Task A_vault_that_goes_down_removes_no_key_and_readyz_reports_it()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Key);
        var ready = await gateway.ReadyAsync();
        ready.Status.ShouldBe(HttpStatusCode.OK);
        State(ready).ShouldBe("ok");

        await gateway.Vault.GoDownAsync();
        gateway.Time.Advance(TimeSpan.FromSeconds(301));
        for (var i = 0; i < 3; i++)
        {
            gateway.AnswerWell();
            (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        }
        await Wait.UntilAsync(async () => State(ready = await gateway.ReadyAsync()) == "degraded");
        ready.Status.ShouldBe(HttpStatusCode.OK);
        var vault = ready.Json.GetProperty("key_vault");
        vault.GetProperty("message").GetString()!.ShouldContain("the connection was refused");
        vault.GetProperty("failing_since").GetString().ShouldNotBeNullOrEmpty();
        ready.Json.GetProperty("provider_keys").GetProperty("openai").GetString().ShouldBe("set");
        gateway.AnswerWell();
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);

        await gateway.Vault.ListenAsync();
        await Wait.UntilAsync(async () =>
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(31));
            return State(ready = await gateway.ReadyAsync()) == "ok";
        });
        ready.Json.GetProperty("key_vault").TryGetProperty("failing_since", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_refused_while_the_vault_is_down_stays_the_providers_error()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Key);
        gateway.AnswerWell();
        await gateway.AskAsync();
        await gateway.Vault.GoDownAsync();
        gateway.RefuseKey(Key);
        var reply = await gateway.AskAsync();
        reply.Status.ShouldBe(HttpStatusCode.BadGateway);
        reply.Error().GetProperty("code").GetString().ShouldBe("provider_auth_failed");
    }

    private static string? State(GatewayReply reply) => reply.Json.GetProperty("key_vault").GetProperty("state").GetString();

    private static void Unavailable(GatewayReply reply, string code, string[] words)
    {
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable, reply.Text);
        var error = reply.Error();
        error.GetProperty("code").GetString().ShouldBe(code);
        foreach (var word in words) error.GetProperty("message").GetString()!.ShouldContain(word, Case.Sensitive);
        if (code == "key_unavailable") int.Parse(reply.Headers["retry-after"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
    }
}
