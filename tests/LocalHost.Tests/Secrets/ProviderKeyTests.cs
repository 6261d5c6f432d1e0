using System.Net;
using Nano.Testing.Upstream;
using Nano.Testing;

namespace Nano.LocalHost.Tests.Secrets;

/// <summary>A provider's key that comes from Key Vault: where it is looked up, and how requests behave when it changes.</summary>
public sealed class ProviderKeyTests
{
    private const string Old = "sk-old-0123456789abcdef";
    private const string New = "sk-new-fedcba9876543210";
    private const string Set = "sk-set-0011223344556677";

    // The requested model; settings; secrets; the key that the provider sees; the secrets that were read from the vault
    [Theory]
    [InlineData("openai/gpt-5", "", "openai-api-key=" + Old, Old, "openai-api-key")]
    [InlineData("openai/gpt-5", "OPENAI_API_KEY=" + Set, "openai-api-key=" + Old, Set, "")]
    [InlineData("openai/gpt-5", "OPENAI_API_KEY= ", "openai-api-key=" + Old, Old, "openai-api-key")]
    [InlineData("google/gemini-2.5-flash", "GEMINI_API_KEY=" + Set, "google-api-key=" + Old, Set, "")]
    public async Task The_key_comes_from_the_vault_unless_a_setting_has_it(string model, string setting, string secret, string expected, string reads)
    {
        await using var gateway =
            await VaultGateway.StartWithCallerKeyAsync([.. setting.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(s => (s.Split('=')[0], s.Split('=')[1]))]);
        gateway.Vault.Set(secret.Split('=')[0], secret.Split('=')[1]);
        gateway.AnswerWell(2);
        var first = await gateway.AskAsync(model);
        var second = await gateway.AskAsync(model);
        gateway.KeysSent.ShouldBe([expected, expected], $"{first.Text} {second.Text}");
        string.Join(' ', gateway.Vault.Reads).ShouldBe(reads);
    }

    [Fact]
    public async Task The_first_call_is_challenged_and_later_ones_send_the_token()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.Vault.Set("xai-api-key", New);
        gateway.AnswerWell(2);
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.AskAsync("xai/grok-4")).Status.ShouldBe(HttpStatusCode.OK);
        gateway.KeysSent.ShouldBe([Old, New]);
        gateway.Vault.Challenges.ShouldBe(1);
    }

    [Fact]
    public async Task Many_first_requests_cause_one_call_of_the_vault()
    {
        const int callers = 20;
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.AnswerWell(callers);
        var gate = new TaskCompletionSource();
        gateway.Vault.Gate = gate.Task;
        var asked = Enumerable.Range(0, callers).Select(_ => gateway.AskAsync()).ToList();
        await Wait.UntilAsync(() => gateway.Vault.Reads.Count > 0 && gateway.OpenRequests == callers);
        gate.SetResult();
        (await Task.WhenAll(asked)).ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        gateway.Vault.Reads.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_rotated_key_is_used_in_the_request_whose_key_is_refused()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.AnswerWell();
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        // A record may arrive after its response.
        await gateway.Usage.OneAsync();

        gateway.Vault.Set("openai-api-key", New);
        gateway.Script();
        gateway.RefuseKey(Old);
        gateway.AnswerWell(2);
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        (await gateway.Usage.OneAsync())["Attempts"].ShouldBe(2);
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        gateway.KeysSent.ShouldBe([Old, New, New]);
        gateway.Vault.Reads.Count.ShouldBe(2);
    }

    /// <summary>The panel's light: a user who puts a new key into the vault and presses "Check again" sees that it works.</summary>
    [Fact]
    public async Task A_rotated_key_is_used_by_the_check_whose_key_is_refused()
    {
        var models = UpstreamScript.Json("""{"object":"list","data":[]}""");
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Upstream.Lists = null;
        gateway.Vault.Set("openai-api-key", Old);
        gateway.Upstream.Answer(models);
        (await gateway.StatusAsync()).Json.GetProperty("light").GetString().ShouldBe("green");

        gateway.Vault.Set("openai-api-key", New);
        gateway.RefuseKey(Old);
        gateway.Upstream.Answer(models);
        (await gateway.StatusAsync()).Json.GetProperty("light").GetString().ShouldBe("green");
        gateway.KeysSent.ShouldBe([Old, Old, New]);

        // Once: if the new key is refused as well, the light is red, and the vault is not asked again and again.
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        gateway.Script();
        gateway.RefuseKey(New);
        var red = (await gateway.StatusAsync()).Json;
        red.GetProperty("light").GetString().ShouldBe("red");
        red.GetProperty("fix").GetString()!.ShouldContain("the Key Vault secret openai-api-key");
        gateway.KeysSent.ShouldBe([New]);
        gateway.Vault.Reads.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_key_rotated_under_many_requests_fails_none_of_them()
    {
        const int callers = 8;
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.AnswerWell();
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);

        gateway.Vault.Set("openai-api-key", New);
        gateway.Script();
        gateway.RefuseKey(Old, callers);
        gateway.AnswerWell(callers);
        var gate = new TaskCompletionSource();
        gateway.Vault.Gate = gate.Task;
        var asked = Enumerable.Range(0, callers).Select(_ => gateway.AskAsync()).ToList();
        await Wait.UntilAsync(() => gateway.Upstream.Waiting == callers);
        gate.SetResult();
        (await Task.WhenAll(asked)).ShouldAllBe(reply => reply.Status == HttpStatusCode.OK);
        gateway.KeysSent.Count(key => key == New).ShouldBe(callers);
        gateway.Vault.Reads.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_that_stays_invalid_does_not_overload_the_vault()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.RefuseKey(Old, 21);
        for (var i = 0; i < 20; i++)
        {
            var reply = await gateway.AskAsync();
            reply.Status.ShouldBe(HttpStatusCode.BadGateway);
            reply.Error().GetProperty("code").GetString().ShouldBe("provider_auth_failed");
        }
        gateway.Vault.Reads.Count.ShouldBe(2);
        gateway.Time.Advance(TimeSpan.FromSeconds(16));
        await gateway.AskAsync();
        gateway.Vault.Reads.Count.ShouldBe(3);
        gateway.Upstream.Requests.Count.ShouldBe(21);
    }

    [Fact]
    public async Task A_new_key_that_is_invalid_too_is_tried_once_and_neither_is_shown()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.AnswerWell();
        await gateway.AskAsync();
        gateway.Vault.Set("openai-api-key", New);
        gateway.Script();
        gateway.RefuseKey(Old);
        gateway.RefuseKey($"{New}, and before {Old}");
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.BadGateway);
        gateway.KeysSent.ShouldBe([Old, New]);
    }

    // The setting; the secret; what the error names, and what it does not name.
    [Theory]
    [InlineData("GEMINI_API_KEY", null, "the setting GEMINI_API_KEY", "GOOGLE_API_KEY")]
    [InlineData(null, "gemini-api-key", "the Key Vault secret 'gemini-api-key'", "google-api-key")]
    public async Task The_error_of_a_refused_key_names_the_place_of_that_key(string? setting, string? secret, string place, string other)
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync([.. new[] { setting }.OfType<string>().Select(name => (name, Set))]);
        if (secret is not null) gateway.Vault.Set(secret, Set);
        gateway.RefuseKey(Set);
        var message = (await gateway.AskAsync("google/gemini-2.5-flash")).Error().GetProperty("message").GetString()!;
        message.ShouldContain($"Check {place}.");
        message.ShouldNotContain(other, Case.Insensitive);
    }

    [Fact]
    public async Task A_refused_key_of_a_setting_causes_no_read_of_the_vault()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync(("OPENAI_API_KEY", Set));
        gateway.Vault.Set("openai-api-key", New);
        gateway.RefuseKey(Set);
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.BadGateway);
        gateway.Vault.Reads.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_value_is_in_use_after_the_refresh_without_a_wait()
    {
        await using var gateway = await VaultGateway.StartWithCallerKeyAsync();
        gateway.Vault.Set("openai-api-key", Old);
        gateway.AnswerWell(3);
        await gateway.AskAsync();
        gateway.Vault.Set("openai-api-key", New);
        gateway.Time.Advance(TimeSpan.FromSeconds(301));
        var gate = new TaskCompletionSource();
        gateway.Vault.Gate = gate.Task;
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        gate.SetResult();
        await Wait.UntilAsync(() => gateway.Usage.Lines.Any(line => line.Contains("OPENAI_API_KEY has a new value from Key Vault", StringComparison.Ordinal)));
        (await gateway.AskAsync()).Status.ShouldBe(HttpStatusCode.OK);
        gateway.KeysSent.ShouldBe([Old, Old, New]);
    }
}
