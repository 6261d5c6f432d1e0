using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Nano.Access;
using Nano.Configuration;
using Nano.Secrets;
using Nano.Tests.Secrets;

namespace Nano.Tests.Access;

/// <summary>The gateway's own key, if a Key Vault may contain it: which callers are admitted, and the errors for the others.</summary>
public sealed class GatewayKeyTests
{
    private static readonly Uri VaultUri = new("https://kv.vault.azure.net");

    private readonly FakeTimeProvider _time = new();
    private readonly FakeVault _vault = new();
    private readonly KeyVaultSecretSource _source;

    public GatewayKeyTests() =>
        _source = new KeyVaultSecretSource(new SettingsSecretSource(new Dictionary<string, string>()), _vault, new VaultTimes(), _time, new FakeVault.Log());

    [Theory]
    [InlineData("azure", "found", "the-vaults-key-0123", 0, "")]
    [InlineData("azure", "found", "Nano", 401, "not this gateway's key")]
    [InlineData("azure", "missing", "Nano", 503, "This gateway refuses all callers: API_KEY is not set. Set the app setting API_KEY, or the Key Vault secret api-key")]
    [InlineData("azure", "Nano", "Nano", 503, "its key is 'Nano', which is public")]
    [InlineData("azure", "NANO", "NANO", 503, "its key is 'Nano', which is public")]
    [InlineData("azure", "endless", "x", 503, "its key has more than 512 characters")]
    [InlineData("azure", "down", "the-vaults-key-0123", 503, "The gateway's key cannot be read now: down")]
    [InlineData("azure", "disabled", "the-vaults-key-0123", 503, "The gateway's key cannot be read now: disabled")]
    [InlineData("laptop", "found", "the-vaults-key-0123", 0, "")]
    [InlineData("laptop", "found", "Nano", 401, "not this gateway's key")]
    [InlineData("laptop", "missing", "Nano", 0, "")]
    [InlineData("laptop", "missing", "x", 401, "not this gateway's key")]
    [InlineData("laptop", "Nano", "Nano", 0, "")]
    [InlineData("laptop", "down", "Nano", 503, "The gateway's key cannot be read now: down To work without it, set API_KEY.")]
    [InlineData("open laptop", "missing", "Nano", 503, "API_KEY is not set")]
    [InlineData("open laptop", "Nano", "Nano", 503, "which is public")]
    [InlineData("open laptop", "found", "the-vaults-key-0123", 0, "")]
    [InlineData("laptop behind a proxy", "missing", "Nano", 503, "API_KEY is not set")]
    [InlineData("laptop behind a proxy", "Nano", "Nano", 503, "which is public")]
    [InlineData("laptop behind a proxy", "found", "the-vaults-key-0123", 0, "")]
    public async Task A_key_is_checked_against_the_setting_and_the_vault(string where, string vault, string key, int status, string message)
    {
        if (vault != "missing") _vault.Answers["api-key"] = vault switch
        {
            "found" => VaultReading.Found("the-vaults-key-0123"),
            "down" => VaultReading.Failed("down"),
            "disabled" => VaultReading.Unusable("disabled"),
            "endless" => VaultReading.Found(new string('x', 513)),
            _ => VaultReading.Found(vault),
        };
        var check = await Check(Authenticator(where), key);
        (check.Refused?.Status ?? 0).ShouldBe(status);
        (check.Refused?.Message ?? "").ShouldContain(message);
    }

    [Fact]
    public async Task A_new_key_is_valid_immediately_and_the_old_one_is_not()
    {
        var authenticator = Authenticator("azure");
        _vault.Answers["api-key"] = VaultReading.Found("the-old-key-0123456");
        (await Check(authenticator, "the-old-key-0123456")).Refused.ShouldBeNull();
        _vault.Answers["api-key"] = VaultReading.Found("the-new-key-0123456");

        (await Check(authenticator, "the-new-key-0123456")).Refused.ShouldBeNull();
        (await Check(authenticator, "the-old-key-0123456")).Refused!.Status.ShouldBe(401);
    }

    [Fact]
    public async Task Wrong_keys_cause_few_reads_of_the_vault()
    {
        var authenticator = Authenticator("azure");
        _vault.Answers["api-key"] = VaultReading.Found("the-key-0123456789");
        for (var i = 0; i < 100; i++) (await Check(authenticator, $"wrong-{i}")).Refused!.Status.ShouldBe(401);
        // The first read, and one early read.
        _vault.Asked.Count.ShouldBe(2);
        (await authenticator.CheckAsync(new HeaderDictionary(), CancellationToken.None)).Refused!.Status.ShouldBe(401);
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_request_without_a_key_causes_no_early_read_of_the_vault()
    {
        var authenticator = Authenticator("azure");
        _vault.Answers["api-key"] = VaultReading.Found("the-key-0123456789");
        await Check(authenticator, "the-key-0123456789");
        (await authenticator.CheckAsync(new HeaderDictionary(), CancellationToken.None)).Refused!.Status.ShouldBe(401);
        _vault.Asked.Count.ShouldBe(1);
        await Check(authenticator, "wrong");
        _vault.Asked.Count.ShouldBe(2);
    }

    /// <summary>Case 26: the caller may have the new key, and the vault cannot be read.</summary>
    [Fact]
    public async Task Case26_An_unknown_key_is_a_503_while_the_vault_is_down()
    {
        var authenticator = Authenticator("azure");
        _vault.Answers["api-key"] = VaultReading.Found("the-old-key-0123456");
        await Check(authenticator, "the-old-key-0123456");
        _vault.Answers["api-key"] = VaultReading.Failed("down");

        var refused = (await Check(authenticator, "the-new-key-0123456")).Refused!;
        (refused.Status, refused.Code).ShouldBe((503, "key_unavailable"));
        refused.RetryAfter.ShouldNotBeNull();
        (await Check(authenticator, "the-old-key-0123456")).Refused.ShouldBeNull();

        _vault.Answers["api-key"] = VaultReading.Found("the-new-key-0123456");
        _time.Advance(TimeSpan.FromSeconds(30));
        (await Check(authenticator, "the-new-key-0123456")).Refused.ShouldBeNull();
    }

    [Fact]
    public async Task Values_derived_from_a_key_are_computed_once()
    {
        var key = new GatewayKey(new GatewayOptions { ApiKey = null, KeyVaultUri = VaultUri, OnAzure = true }, _source);
        _vault.Answers["api-key"] = VaultReading.Found("the-key-0123456789");
        var first = await key.ReadAsync(CancellationToken.None);
        (await key.ReadAsync(CancellationToken.None)).Key.ShouldBeSameAs(first.Key);
        // Read again with the same value: session tokens and other derived values stay valid.
        (await key.FindNewerAsync(first.Key!, CancellationToken.None)).ShouldBeNull();
        (await key.ReadAsync(CancellationToken.None)).Key.ShouldBeSameAs(first.Key);
    }

    [Fact]
    public async Task A_session_token_of_the_new_key_is_valid_immediately()
    {
        var tokens = new CallerTokens(_time);
        _vault.Answers["api-key"] = VaultReading.Found("the-old-key-0123456");
        var authenticator = Authenticator("azure");
        await Check(authenticator, "the-old-key-0123456");
        _vault.Answers["api-key"] = VaultReading.Found("the-new-key-0123456");

        var token = tokens.Mint(new KeyMaterial("the-new-key-0123456"), new TokenScope("openai", null, null), TimeSpan.FromMinutes(1));

        (await Check(authenticator, token.Text)).Refused.ShouldBeNull();
    }

    [Fact]
    public async Task A_key_of_the_settings_is_the_key_and_the_vault_is_not_asked()
    {
        _vault.Answers["api-key"] = VaultReading.Found("the-vaults-key-0123");
        var authenticator = new CallerAuthenticator(
            new GatewayKey(new GatewayOptions { ApiKey = "the-settings-key-01", KeyVaultUri = VaultUri, OnAzure = true }, _source), new CallerTokens(_time));
        (await Check(authenticator, "the-settings-key-01")).Refused.ShouldBeNull();
        (await Check(authenticator, "the-vaults-key-0123")).Refused!.Status.ShouldBe(401);
        _vault.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_of_512_characters_is_a_key_and_a_gateway_without_one_reports_that_no_retry_helps()
    {
        var longest = new string('k', 512);
        _vault.Answers["api-key"] = VaultReading.Found(longest);
        (await Check(Authenticator("azure"), longest)).Refused.ShouldBeNull();

        var refused = (await new GatewayKey(new GatewayOptions { ApiKey = null, CallerKeyProblem = "no key", OnAzure = true }).ReadAsync(CancellationToken.None)).Error!;
        (refused.Status, refused.Code, refused.IsFinal, refused.Message).ShouldBe((503, "gateway_not_configured", true, "no key"));
    }

    [Fact]
    public async Task A_key_that_changes_while_it_is_first_read_lets_in_at_once()
    {
        var source = new KeyVaultSecretSource(new SettingsSecretSource(new Dictionary<string, string>()), new ChangingVault(), new VaultTimes(), _time, new FakeVault.Log());
        var key = new GatewayKey(new GatewayOptions { ApiKey = null, KeyVaultUri = VaultUri, OnAzure = true }, source);
        (await Check(new CallerAuthenticator(key, new CallerTokens(_time)), "the-key-of-read-2-01")).Refused.ShouldBeNull();
    }

    private CallerAuthenticator Authenticator(string where) => new(
        new GatewayKey(new GatewayOptions
        {
            ApiKey = null, KeyVaultUri = VaultUri, OnAzure = where == "azure", Host = where == "open laptop" ? "*" : "127.0.0.1",
            CustomEndpointUrl = where == "laptop behind a proxy" ? new Uri("https://ai.example.org") : null,
        }, _source),
        new CallerTokens(_time));

    private static ValueTask<CallerCheck> Check(CallerAuthenticator authenticator, string key) =>
        authenticator.CheckAsync(new HeaderDictionary { ["api-key"] = key }, CancellationToken.None);

    /// <summary>Returns another key with each read.</summary>
    private sealed class ChangingVault : IVaultReader
    {
        private int _reads;

        public string Host => VaultUri.Host;

        public Task<VaultReading> ReadAsync(string name, CancellationToken cancellationToken) => Task.FromResult(VaultReading.Found($"the-key-of-read-{++_reads}-01"));
    }
}
