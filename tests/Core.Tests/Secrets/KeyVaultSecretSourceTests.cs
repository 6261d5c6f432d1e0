using Microsoft.Extensions.Time.Testing;
using Nano.Secrets;
using Nano.Testing;
using Nano.Timing;

namespace Nano.Tests.Secrets;

/// <summary>The precedence of settings and secrets, and the health of the vault as a whole.</summary>
public sealed class KeyVaultSecretSourceTests
{
    private static readonly string[] Google = ["GOOGLE_API_KEY", "GEMINI_API_KEY"];

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeVault _vault = new();

    [Theory]
    [InlineData("", "", null, null, SecretOrigin.None, "google-api-key gemini-api-key")]
    [InlineData("GOOGLE_API_KEY=s", "google-api-key=v", "s", "GOOGLE_API_KEY", SecretOrigin.Setting, "")]
    [InlineData("GEMINI_API_KEY=s", "google-api-key=v", "s", "GEMINI_API_KEY", SecretOrigin.Setting, "")]
    [InlineData("GOOGLE_API_KEY= ", "google-api-key=v", "v", "GOOGLE_API_KEY", SecretOrigin.KeyVault, "google-api-key gemini-api-key")]
    [InlineData("", "gemini-api-key=v", "v", "GEMINI_API_KEY", SecretOrigin.KeyVault, "google-api-key gemini-api-key")]
    [InlineData("", "google-api-key=v;gemini-api-key=w", "v", "GOOGLE_API_KEY", SecretOrigin.KeyVault, "google-api-key gemini-api-key")]
    public async Task All_settings_come_first_then_the_vault(string settings, string secrets, string? value, string? setting, SecretOrigin origin, string asked)
    {
        foreach (var (name, secret) in Pairs(secrets)) _vault.Answers[name] = VaultReading.Found(secret);
        var found = await Source(settings).FindAsync(Google, CancellationToken.None);
        (found.Value, found.Setting, found.Origin, found.Unavailable).ShouldBe((value, setting, origin, null));
        // Both calls start together, and the second may arrive after the response to the first.
        var expected = asked.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await Wait.UntilAsync(() => _vault.Asked.Count >= expected.Length);
        _vault.Asked.ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public async Task A_key_that_was_switched_off_is_not_replaced_by_another_accounts()
    {
        _vault.Answers["google-api-key"] = VaultReading.Unusable("disabled");
        _vault.Answers["gemini-api-key"] = VaultReading.Found("other");
        (await Source("").FindAsync(Google, CancellationToken.None)).Unavailable.ShouldBe("disabled");
    }

    /// <summary>The read of a name that the vault did not have is due every 30 seconds; a request with a key does not wait for it.</summary>
    [Fact]
    public async Task A_known_second_choice_is_used_while_the_vault_hangs()
    {
        _vault.Answers["gemini-api-key"] = VaultReading.Found("second");
        var source = Source("");
        (await source.FindAsync(Google, CancellationToken.None)).Value.ShouldBe("second");
        _time.Advance(new VaultTimes().RefreshWithoutValue);
        var silence = _vault.Silence = new TaskCompletionSource();
        for (var i = 0; i < 3; i++) Now(source, Google).Value.ShouldBe("second");
        await Wait.UntilAsync(() => _vault.Asked.Count == 3);
        _vault.Asked[^1].ShouldBe("google-api-key", "the read goes on behind the requests");
        // A first choice that was set meanwhile is used once it has been read.
        _vault.Answers["google-api-key"] = VaultReading.Found("first");
        silence.SetResult();
        await Wait.UntilAsync(() => Now(source, Google).Value == "first");
    }

    [Fact]
    public async Task A_known_key_in_parts_is_used_while_the_vault_hangs()
    {
        string[] whole = ["BEDROCK_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"];
        _vault.Answers["aws-access-key-id"] = VaultReading.Found("id");
        _vault.Answers["aws-secret-access-key"] = VaultReading.Found("secret");
        var source = new JointKeySource(Source(""), new SettingsSecretSource(Pairs("")), whole, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]);
        (await source.FindAsync(whole, CancellationToken.None)).Value.ShouldBe("id\nsecret");
        var reads = _vault.Asked.Count;
        _time.Advance(new VaultTimes().RefreshWithoutValue);
        _vault.Silence = new TaskCompletionSource();
        for (var i = 0; i < 3; i++) Now(source, whole).Value.ShouldBe("id\nsecret");
        await Wait.UntilAsync(() => _vault.Asked.Count == reads + 3);
        _vault.Asked.Skip(reads).ShouldBe(["bedrock-api-key", "aws-bearer-token-bedrock", "aws-session-token"], ignoreOrder: true);
        _vault.Silence.SetResult();
    }

    /// <summary>Without any value, requests wait, but not for one name after the other.</summary>
    [Fact]
    public async Task Names_that_the_vault_did_not_have_are_read_together()
    {
        var source = Source("");
        (await source.FindAsync(Google, CancellationToken.None)).IsMissing.ShouldBeTrue();
        _time.Advance(new VaultTimes().RefreshWithoutValue);
        _vault.Silence = new TaskCompletionSource();
        var pending = source.FindAsync(Google, CancellationToken.None);
        pending.IsCompleted.ShouldBeFalse();
        await Wait.UntilAsync(() => _vault.Asked.Count == 4);
        _vault.Answers["gemini-api-key"] = VaultReading.Found("new");
        _vault.Silence.SetResult();
        (await pending).Value.ShouldBe("new");
    }

    [Fact]
    public async Task A_setting_is_never_looked_up_again()
    {
        var source = Source("XAI_API_KEY=s");
        (await source.RereadAsync(["XAI_API_KEY"], "s", CancellationToken.None)).Value.ShouldBe("s");
        _vault.Asked.ShouldBeEmpty();
        source.Vault!.State.ShouldBe("not asked yet");
    }

    [Fact]
    public async Task A_refused_second_choice_is_replaced_by_a_first_choice_that_was_set_meanwhile()
    {
        var source = Source("");
        _vault.Answers["gemini-api-key"] = VaultReading.Found("second");
        (await source.FindAsync(Google, CancellationToken.None)).Value.ShouldBe("second");
        _vault.Answers["google-api-key"] = VaultReading.Found("first");
        (await source.RereadAsync(Google, "second", CancellationToken.None)).Value.ShouldBe("first");
    }

    /// <summary>A limit applies to the whole vault: no secret is read before it ends, including early reads.</summary>
    [Fact]
    public async Task A_throttled_gateway_reads_nothing_before_the_vault_allows_it()
    {
        var source = Source("");
        _vault.Answers["xai-api-key"] = VaultReading.Found("x");
        _vault.Answers["openai-api-key"] = VaultReading.Failed("throttled", TimeSpan.FromSeconds(50));
        await source.FindAsync(["XAI_API_KEY"], CancellationToken.None);
        (await source.FindAsync(["OPENAI_API_KEY"], CancellationToken.None)).RetryAfterSeconds.ShouldBe("50");
        _vault.Asked.Count.ShouldBe(2);

        _time.Advance(TimeSpan.FromSeconds(20));
        var other = await source.FindAsync(["ANTHROPIC_API_KEY"], CancellationToken.None);
        (other.Unavailable, other.RetryAfterSeconds).ShouldBe(("throttled", "30"));
        (await source.RereadAsync(["XAI_API_KEY"], "x", CancellationToken.None)).Unavailable.ShouldBe("throttled");
        (await source.FindAsync(["XAI_API_KEY"], CancellationToken.None)).Value.ShouldBe("x");
        _time.Advance(TimeSpan.FromSeconds(29));
        await source.FindAsync(["OPENAI_API_KEY"], CancellationToken.None);
        _vault.Asked.Count.ShouldBe(2);

        _vault.Answers["openai-api-key"] = VaultReading.Found("o");
        _time.Advance(TimeSpan.FromSeconds(1));
        (await source.FindAsync(["OPENAI_API_KEY"], CancellationToken.None)).Value.ShouldBe("o");
        (await source.FindAsync(["ANTHROPIC_API_KEY"], CancellationToken.None)).IsMissing.ShouldBeTrue();
    }

    [Fact]
    public async Task An_absurd_pause_is_limited()
    {
        var source = Source("");
        _vault.Answers["xai-api-key"] = VaultReading.Failed("throttled", TimeSpan.FromDays(10_000));
        (await source.FindAsync(["XAI_API_KEY"], CancellationToken.None)).RetryAfterSeconds.ShouldBe("600");
        _vault.Answers["xai-api-key"] = VaultReading.Found("x");
        _time.Advance(TimeSpan.FromMinutes(10));
        (await source.FindAsync(["XAI_API_KEY"], CancellationToken.None)).Value.ShouldBe("x");
    }

    [Fact]
    public async Task The_vaults_health_follows_the_results_of_reads()
    {
        var source = Source("");
        source.Vault.ShouldBe(new VaultHealth("not asked yet", null, null, null));

        _vault.Answers["xai-api-key"] = VaultReading.Found("x");
        await source.FindAsync(["XAI_API_KEY"], CancellationToken.None);
        var start = _time.GetUtcNow();
        source.Vault.ShouldBe(new VaultHealth("ok", start, null, null));

        _vault.Answers["xai-api-key"] = VaultReading.Failed("down");
        _time.Advance(TimeSpan.FromMinutes(5));
        await source.RereadAsync(["XAI_API_KEY"], "x", CancellationToken.None);
        source.Vault.ShouldBe(new VaultHealth("degraded", start, start + TimeSpan.FromMinutes(5), "down"));

        _vault.Answers["openai-api-key"] = VaultReading.Failed("down as well");
        await source.FindAsync(["OPENAI_API_KEY"], CancellationToken.None);
        source.Vault.ShouldBe(new VaultHealth("unavailable", start, start + TimeSpan.FromMinutes(5), "down as well"));

        _vault.Answers.Clear();
        _time.Advance(TimeSpan.FromMinutes(1));
        await source.RereadAsync(["XAI_API_KEY"], "x", CancellationToken.None);
        await source.FindAsync(["OPENAI_API_KEY"], CancellationToken.None);
        source.Vault.ShouldBe(new VaultHealth("ok", _time.GetUtcNow(), null, null));
    }

    /// <summary>Case 29.</summary>
    [Fact]
    public void Case29_Types_that_pass_a_value_on_do_not_print_it()
    {
        const string key = "sk-not-to-be-seen";
        var secret = Secret.Found(key, "X", SecretOrigin.KeyVault);
        object[] holders = [VaultReading.Found(key), secret, new RefreshState<Secret> { HasValue = true, Value = secret }, Reading<Secret>.Found(secret, TimeSpan.Zero),
            Reading<string>.Found(key, TimeSpan.Zero)];
        foreach (var holder in holders) $"{holder}".ShouldNotContain(key, Case.Sensitive, holder.GetType().Name);
    }

    [Theory]
    [InlineData("sk-good_1.2~", null)]
    [InlineData("two words", "blank")]
    [InlineData("line\n", "line break")]
    [InlineData("a\r\nx-evil: 1", "line break")]
    [InlineData("schl\u00fcssel", "not ASCII")]
    [InlineData("\"quoted\"", "quotes")]
    public void A_key_is_visible_ascii(string key, string? problem)
    {
        if (problem is null) KeyText.Problem(key).ShouldBeNull();
        else KeyText.Problem(key)!.ShouldContain(problem);
    }

    /// <summary>The value that a request gets without waiting.</summary>
    private static Secret Now(ISecretSource source, string[] names)
    {
        var pending = source.FindAsync(names, CancellationToken.None).AsTask();
        pending.IsCompletedSuccessfully.ShouldBeTrue("it waits");
        return pending.GetAwaiter().GetResult();
    }

    private KeyVaultSecretSource Source(string settings) =>
        new(new SettingsSecretSource(Pairs(settings)), _vault, new VaultTimes(), _time, new FakeVault.Log());

    private static Dictionary<string, string> Pairs(string pairs) =>
        pairs.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
