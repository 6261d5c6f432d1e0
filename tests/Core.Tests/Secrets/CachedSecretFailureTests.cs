using Nano.Secrets;
using Nano.Testing;

namespace Nano.Tests.Secrets;

/// <summary>A vault that is down, silent or without the secret.</summary>
public sealed class CachedSecretFailureTests : CachedSecretFixture
{
    /// <summary>Case 26: down at start. It recovers automatically, and no caller gets the error for a missing key meanwhile.</summary>
    [Fact]
    public async Task Case26_Down_at_start_then_back()
    {
        _vault.Answers[Name] = VaultReading.Failed("down");
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            var calls = _vault.Asked.Count;
            var secret = await Find();
            secret.IsMissing.ShouldBeFalse();
            (secret.Unavailable, secret.RetryAfterSeconds).ShouldBe(("down", $"{pause}"));
            _time.Advance(TimeSpan.FromSeconds(pause - 0.5));
            Now().Unavailable.ShouldBe("down");
            _vault.Asked.Count.ShouldBe(calls + 1, $"a call within the pause of {pause} s");
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        _vault.Answers[Name] = VaultReading.Found("one");

        (await Find()).Value.ShouldBe("one");
        _secret.Last!.Failure.ShouldBeNull();
        // Failures start over.
        _vault.Answers[Name] = VaultReading.Failed("down");
        _time.Advance(Times.Refresh);
        await Ended(() => Now());
        _time.Advance(TimeSpan.FromSeconds(1));
        await Ended(() => Now());
    }

    [Theory]
    [InlineData("a value")]
    [InlineData("missing")]
    [InlineData("disabled")]
    public async Task The_last_value_of_the_vault_is_used_while_it_is_down(string said)
    {
        _vault.Answers[Name] = said switch
        {
            "a value" => VaultReading.Found("one"),
            "disabled" => VaultReading.Unusable("disabled"),
            _ => VaultReading.Missing,
        };
        var before = await Find();
        var since = _time.GetUtcNow();
        _vault.Answers[Name] = VaultReading.Failed("down");
        _time.Advance(Times.Refresh);
        await Ended(() => _secret.Start());

        for (var i = 0; i < 5; i++)
        {
            var secret = Now();
            (secret.Value, secret.Unavailable, secret.IsMissing).ShouldBe((before.Value, before.Unavailable, before.IsMissing));
            await Ended(() => _time.Advance(Times.MaxBackoff), andUse: true);
        }

        var known = _secret.Last!;
        (known.Failure, known.LastSuccess, known.FailingSince).ShouldBe(("down", since, since + Times.Refresh));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("disabled")]
    public async Task A_value_removed_from_the_vault_is_gone_after_the_next_read(string said)
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        _vault.Answers[Name] = said == "missing" ? VaultReading.Missing : VaultReading.Unusable("disabled");
        _time.Advance(Times.Refresh);

        await Ended(() => Now().Value.ShouldBe("one"));

        var secret = Now();
        (secret.Value, secret.IsMissing, secret.Unavailable).ShouldBe((null, said == "missing", said == "missing" ? null : "disabled"));
    }

    [Fact]
    public async Task A_missing_value_is_cached_for_a_while_and_then_read_again()
    {
        (await Find()).IsMissing.ShouldBeTrue();
        _time.Advance(Times.RefreshWithoutValue - TimeSpan.FromSeconds(1));
        Now().IsMissing.ShouldBeTrue();
        _vault.Asked.Count.ShouldBe(1);

        _vault.Answers[Name] = VaultReading.Found("one");
        _time.Advance(TimeSpan.FromSeconds(1));

        (await Find()).Value.ShouldBe("one");
    }

    [Fact]
    public async Task A_silent_vault_delays_a_missing_key_only_briefly()
    {
        await Find();
        _vault.Silence = new TaskCompletionSource();
        _time.Advance(Times.RefreshWithoutValue);
        var pending = _secret.FindAsync(CancellationToken.None).AsTask();
        await Wait.UntilAsync(() => _vault.Asked.Count == 2);
        _time.Advance(Times.PatienceWithResponse);
        (await pending).IsMissing.ShouldBeTrue();
    }

    [Theory]
    [InlineData("down")]
    [InlineData("slow")]
    public async Task A_newer_value_is_unavailable_while_the_vault_is_down_or_slow(string how)
    {
        _vault.Answers[Name] = VaultReading.Found("one");
        await Find();
        if (how == "down") _vault.Answers[Name] = VaultReading.Failed("down");
        else _vault.Silence = new TaskCompletionSource();

        var pending = Reread("one").AsTask();
        await Wait.UntilAsync(() => _vault.Asked.Count == 2);
        if (how == "slow") _time.Advance(Times.Patience);

        var secret = await pending;
        (secret.Value, secret.Unavailable is null).ShouldBe((null, false));
        // The value itself stays in use.
        Now().Value.ShouldBe("one");
        if (how == "down") (await Reread("one")).Unavailable.ShouldBe("down");
        _vault.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_internal_fault_is_a_failure_that_does_not_reveal_the_secret()
    {
        _vault.Broken = new FormatException("the value is sk-secret");
        (await Find()).Unavailable!.ShouldContain("FormatException");
        string.Join('\n', _log.Lines).ShouldNotContain("sk-secret");
    }

    [Fact]
    public async Task The_log_reports_each_change_once_and_never_a_value()
    {
        _vault.Answers[Name] = VaultReading.Failed("down");
        for (var i = 0; i < 4; i++)
        {
            await Find();
            _time.Advance(Times.MaxBackoff);
        }
        _vault.Answers[Name] = VaultReading.Found("sk-secret-one");
        await Find();
        _vault.Answers[Name] = VaultReading.Found("sk-secret-two");
        await Reread("sk-secret-one");
        _vault.Answers[Name] = VaultReading.Unusable("disabled");
        _time.Advance(Times.Refresh);
        await Ended(() => Now());

        _log.Lines.ShouldBe(
        [
            "Warning: XAI_API_KEY could not be read from Key Vault: down There is no earlier value.",
            "Information: Key Vault kv.vault.azure.net responds again (XAI_API_KEY).",
            "Information: XAI_API_KEY has a new value from Key Vault.",
            "Warning: XAI_API_KEY cannot be used: disabled",
        ]);
    }
}
