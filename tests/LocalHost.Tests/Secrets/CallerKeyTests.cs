using System.Net;
using Nano.LocalHost.Tests.Hosting;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Secrets;

/// <summary>The gateway's own key when it is the Key Vault secret <c>api-key</c>.</summary>
public sealed class CallerKeyTests
{
    private const string Old = "callers-old-0123456789abcdef";
    private const string New = "callers-new-fedcba9876543210";
    private const string Echo = "nano/echo";

    [Fact]
    public async Task Only_the_vaults_key_is_accepted()
    {
        await using var gateway = await VaultGateway.StartAsync();
        gateway.Vault.Set("api-key", Old);
        (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.AskAsync(Echo, New)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.AskAsync(Echo, "Nano")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_setting_wins_over_the_vault()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("api-key", Old);
        (await gateway.AskAsync(Echo)).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Vault.Reads.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rotated_key_is_accepted_at_once_and_the_former_one_refused()
    {
        await using var gateway = await VaultGateway.StartAsync();
        gateway.Vault.Set("api-key", Old);
        (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.OK);
        gateway.Vault.Set("api-key", New);
        (await gateway.AskAsync(Echo, New)).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.AskAsync(Echo, New)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Guessing_keys_does_not_overload_the_vault()
    {
        await using var gateway = await VaultGateway.StartAsync();
        gateway.Vault.Set("api-key", Old);
        for (var i = 0; i < 20; i++) (await gateway.AskAsync(Echo, $"guess-{i}")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Vault.Reads.Count.ShouldBeLessThanOrEqualTo(2);
    }

    [Theory]
    [InlineData(Old)]
    [InlineData("a-wrong-key")]
    [InlineData("Nano")]
    public async Task A_vault_that_is_down_at_the_start_is_a_503_for_every_caller_until_it_recovers(string key)
    {
        await using var gateway = await VaultGateway.StartAsync();
        gateway.Vault.Set("api-key", Old);
        await gateway.Vault.GoDownAsync();
        var reply = await gateway.AskAsync(Echo, key);
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        reply.Error().GetProperty("code").GetString().ShouldBe("key_unavailable");
        reply.Headers.ContainsKey("retry-after").ShouldBeTrue();
        (await gateway.ReadyAsync()).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await gateway.Vault.ListenAsync();
        await Wait.UntilAsync(async () =>
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(31));
            return (await gateway.AskAsync(Echo, Old)).Status == HttpStatusCode.OK;
        });
        (await gateway.AskAsync(Echo, key)).Status.ShouldBe(key == Old ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_vault_that_goes_down_leaves_the_last_key_in_force()
    {
        await using var gateway = await VaultGateway.StartAsync();
        gateway.Vault.Set("api-key", Old);
        (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.OK);
        await gateway.Vault.GoDownAsync();
        gateway.Time.Advance(TimeSpan.FromHours(5));
        for (var i = 0; i < 3; i++) (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.OK);
        // It may be the newer one: it cannot be checked.
        (await gateway.AskAsync(Echo, New)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await gateway.AskAsync(Echo, Old)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(Old + "\r\nx: y")]
    [InlineData("key with blanks")]
    public async Task An_invalid_secret_refuses_every_caller(string value)
    {
        await using var gateway = await VaultGateway.StartAsync();
        gateway.Vault.Set("api-key", value);
        GatewayReply[] replies = [await gateway.AskAsync(Echo, Old), await gateway.AskAsync(Echo, "Nano")];
        foreach (var reply in replies)
        {
            reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            reply.Error().GetProperty("message").GetString()!.ShouldContain("'api-key'");
        }
    }

    // In Azure no caller; on a laptop, behind loopback, the key that is public.
    [Theory]
    [InlineData(false, "Nano", HttpStatusCode.OK)]
    [InlineData(false, Old, HttpStatusCode.Unauthorized)]
    [InlineData(true, "Nano", HttpStatusCode.ServiceUnavailable)]
    [InlineData(true, Old, HttpStatusCode.ServiceUnavailable)]
    public async Task Without_the_secret_only_a_laptop_accepts_its_default_key(bool onAzure, string key, HttpStatusCode expected)
    {
        await using var gateway = await VaultGateway.StartAsync(onAzure ? [("WEBSITE_SITE_NAME", "nano")] : []);
        (await gateway.AskAsync(Echo, key)).Status.ShouldBe(expected);
    }
}
